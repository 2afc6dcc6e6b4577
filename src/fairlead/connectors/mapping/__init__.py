"""Mapping file: rows and records of any CSV, JSON or NDJSON, as a declared mapping says.

Reads:       rows of text (CSV) or parsed values (JSON, NDJSON); no API of its own.
Emits:       whatever fact types the mapping declares.
Key:         the key columns of the fact type; each must be declared.
Order:       the declared `order`, else the instant that dates the fact type (its event column).
Limits:      none of its own; `each` maps a list inside one payload.
Not covered: values computed from several records; XML. Times that a zone's clock skips are
             refused, times that it shows twice are the first of the two.
Errors:      FL3111 for the mapping itself, all of them at once (`check_mapping`); FL3102, FL3103,
             FL3104, FL3109 and FL3110 for a record.
Source:      JMESPath (jmespath.org) for paths; the format is Fairlead's own.

A mapping, as the `settings` of a source or as a file of its own:

    records:
      - fact: deployment_events
        where: kind == 'deploy'              # JMESPath; rows without a truthy answer are left out
        order: {path: end.time, format: iso} # optional
        columns:
          event_ref: id                      # short for {path: id}
          deployment_ref: {path: run.id}
          event_at: {path: end.time, format: "%d.%m.%Y %H:%M", zone: Europe/Berlin}
          state: {path: status, map: {OK: success, KO: failure}, default: error}
          service_id: {const: search}
          version_label: {column: "Version (long)"}   # a CSV column, whatever its name
"""

from fairlead.connectors.contract import Connector
from fairlead.connectors.mapping.check import check_mapping
from fairlead.connectors.mapping.mapping import map_payload, split
from fairlead.facts import fact_types

__all__ = ["CONNECTOR", "check_mapping"]

CONNECTOR = Connector(
    id="mapping",
    name="Mapping file",
    emits=tuple(fact_types()),
    map_payload=map_payload,
    split=split,
    settings={
        "records": "List of `fact`, `columns` and optional `where`, `each`, `order`: one item per "
        "fact type that a payload yields."
    },
)

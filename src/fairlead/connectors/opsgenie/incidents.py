"""Map an incident of Opsgenie's REST API to one version of an incident."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairlead.connectors.causes import cause_field, cause_links
from fairlead.connectors.contract import Mapped, MappingContext
from fairlead.connectors.nesting import chosen, members, past_instant, required_past
from fairlead.connectors.reading import identifier, in_order, look_up, text
from fairlead.connectors.severity import incident_severity
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

STATES: dict[str, str | None] = {"open": "declared", "resolved": "resolved", "closed": "closed"}
SHIPPED = {f"P{n}": f"sev{n}" for n in range(1, 6)}


def map_incident(incident: Mapping[str, Any], context: MappingContext) -> Mapped:
    """No instant of the resolve is kept: the last update of a resolved incident stands in."""
    incident_id = f"{context.source}:{identifier(incident, 'id')}"
    state = chosen(identifier(incident, "status"), STATES, "$.status")
    declared_at = required_past(incident, "createdAt", context)
    updated_at = required_past(incident, "updatedAt", context)
    resolved_at = None if state == "declared" else updated_at
    in_order(declared_at, resolved_at, "$.createdAt")
    severity, flags = incident_severity(text(incident, "priority"), context, SHIPPED)
    values = {
        "incident_id": incident_id,
        "title": text(incident, "message"),
        "kind": "incident",
        "state": state,
        "severity_declared": severity,
        "severity_final": severity,
        "service_refs": [str(name) for name in members(incident, "impactedServices")] or None,
        "impact_started_at": past_instant(incident, "impactStartDate", context),
        "declared_at": declared_at,
        "mitigated_at": past_instant(incident, "impactEndDate", context),
        "resolved_at": resolved_at,
        "url": text(incident, "links.web"),
    }
    remarks = [*flags, *(["resolved_at_from_update"] if resolved_at else [])]
    fact = Fact("incidents", values, order_of(updated_at), identifier(incident, "id"))
    links = cause_links(incident_id, _cause(incident, context), updated_at, context)
    return Mapped([fact, *links], None, remarks)


def _cause(incident: Mapping[str, Any], context: MappingContext) -> str | None:
    field = cause_field(context)
    if field is None:
        return None
    properties = look_up(incident, "extraProperties") or {}
    return str(properties[field]) if field in properties else text(incident, field)

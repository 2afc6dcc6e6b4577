"""Time from the first page or the declaration, the earlier, to the last responder's joining.

Grain:    one row per incident and service that it affected.
Reads:    incidents.
Returns:  record_id | service_id | event_at | seconds | excluded_reason | severity; the engine gives
          the mean (setting `statistic`).
Window:   by the joining of the last responder, [start, end).
Null:     null with `no_incidents` when none was mobilised; never 0.
Late:     an incident counts where its last responder joined, whenever that is known.
Errors:   none of its own.
Differs:  an incident with fewer than two responders has no such instant: it is `not_mobilised`,
          listed and left out, never a time of 0.
Source:   incidents.md I1. Version: 1.
"""

from __future__ import annotations

import ibis.expr.types as ir

from fairlead.kpis.expressions.incident_pairs import Pair, pair_records
from fairlead.kpis.expressions.incident_spans import STATISTICS, per_service, real_incidents
from fairlead.kpis.expressions.instants import earlier
from fairlead.kpis.shelf import Facts, Kpi, Scope

MOBILISATION = Pair(ended="mobilised_at", missing_reason="not_mobilised")


def records(facts: Facts, scope: Scope) -> ir.Table:
    """Incidents with the time until all of their responders had joined."""
    incidents = real_incidents(facts)
    started_at = earlier(incidents.first_paged_at, incidents.declared_at)
    return per_service(facts, pair_records(incidents, scope, started_at, MOBILISATION))


KPI = Kpi(
    id="time_to_mobilise",
    name="Time to mobilise",
    form="duration",
    unit="seconds",
    direction="down",
    statistic="mean",
    version=1,
    records=records,
    reads=("incidents",),
    companion_of="time_to_restore",
    dimensions=("severity",),
    settings={"statistic": STATISTICS[0]},
    shared=True,
    empty_reason="no_incidents",
    quality=("incidents_with_service", "incidents_with_severity"),
)

"""Time from the start of an incident's impact to its detection.

Grain:    one row per incident and service that it affected.
Reads:    incidents.
Returns:  record_id | service_id | event_at | seconds | excluded_reason | severity | detected_by;
          the engine gives the mean (setting `statistic`).
Window:   by the detection, [start, end).
Null:     null with `no_incidents` when none was detected; never 0.
Late:     an incident counts where it was detected, whenever that is known.
Errors:   none of its own.
Differs:  a missing start of impact is `unknown` and counted as such, never replaced by the
          declaration, which would make detection look instant. What customers told us stays in and
          carries `detected_by`.
Source:   incidents.md I1. Version: 1.
"""

from __future__ import annotations

import ibis.expr.types as ir

from fairlead.kpis.expressions.incident_pairs import Pair, incident_pair
from fairlead.kpis.expressions.incident_spans import STATISTICS
from fairlead.kpis.shelf import Facts, Kpi, Scope


def records(facts: Facts, scope: Scope) -> ir.Table:
    """Incidents with the time from the start of their impact to their detection."""
    return incident_pair(facts, scope, "impact_started_at", Pair(ended="detected_at"))


KPI = Kpi(
    id="time_to_detect",
    name="Time to detect",
    form="duration",
    unit="seconds",
    direction="down",
    statistic="mean",
    version=1,
    records=records,
    reads=("incidents",),
    companion_of="time_to_restore",
    dimensions=("severity", "detected_by"),
    settings={"statistic": STATISTICS[0]},
    shared=True,
    empty_reason="no_incidents",
    quality=("incidents_with_service", "incidents_with_severity"),
)

"""Time from the detection of an incident to the end of its impact.

Grain:    one row per incident and service that it affected.
Reads:    incidents.
Returns:  record_id | service_id | event_at | seconds | censored_seconds | excluded_reason |
          severity; the engine gives the mean (setting `statistic`).
Window:   by the mitigation, [start, end); an open one is listed while it was detected before the
          end.
Null:     null with `no_incidents` when none was mitigated; never 0.
Late:     an incident counts where it was mitigated, whenever that is known.
Errors:   none of its own.
Differs:  it is not time to restore, which starts at the impact and leaves quiet time out. A
          resolution does not stand in for a mitigation: such an incident is `unknown`.
Source:   incidents.md I1. Version: 1.
"""

from __future__ import annotations

import ibis.expr.types as ir

from fairlead.kpis.expressions.incident_pairs import Pair, incident_pair
from fairlead.kpis.expressions.incident_spans import OVER_STATES, STATISTICS
from fairlead.kpis.shelf import Facts, Kpi, Scope

MITIGATION = Pair(ended="mitigated_at", over_states=OVER_STATES)


def records(facts: Facts, scope: Scope) -> ir.Table:
    """Incidents with the time from their detection to their mitigation."""
    return incident_pair(facts, scope, "detected_at", MITIGATION)


KPI = Kpi(
    id="time_to_mitigate",
    name="Time to mitigate",
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

"""Time from the detection of an incident to the fix being in place.

Grain:    one row per incident and service that it affected.
Reads:    incidents.
Returns:  record_id | service_id | event_at | seconds | censored_seconds | excluded_reason |
          severity; the engine gives the mean (setting `statistic`).
Window:   by the resolution, [start, end); an open one is listed while it was detected before the
          end.
Null:     null with `no_incidents` when none was resolved; never 0.
Late:     an incident counts where it was resolved, whenever that is known.
Errors:   none of its own.
Differs:  PagerDuty starts at the trigger; we start at the detection, and an undetected start is
          `unknown`.
Source:   incidents.md I1. Version: 1.
"""

from __future__ import annotations

import ibis.expr.types as ir

from fairlead.kpis.expressions.incident_pairs import Pair, incident_pair
from fairlead.kpis.expressions.incident_spans import STATISTICS
from fairlead.kpis.shelf import Facts, Kpi, Scope

RESOLUTION = Pair(ended="resolved_at", over_states=("resolved", "closed"))


def records(facts: Facts, scope: Scope) -> ir.Table:
    """Incidents with the time from their detection to their resolution."""
    return incident_pair(facts, scope, "detected_at", RESOLUTION)


KPI = Kpi(
    id="time_to_resolve",
    name="Time to resolve",
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

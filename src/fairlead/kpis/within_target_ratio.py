"""Share of incidents that were restored within the target time.

Grain:    one row per incident and service that it affected.
Reads:    incidents, impact_intervals.
Returns:  service_id | numerator restored in time | denominator restored, or open past the target |
          value ratio 0..1
Window:   by the last mitigation, [start, end); an open one is listed while it began before the end.
Null:     null with `no_incidents` when the denominator is 0; never 0.
Late:     an incident counts where it was mitigated last, whenever that is known.
Errors:   FL1007 for a setting `target_seconds` that is no number above 0, or `strict` that is
          neither true nor false.
Differs:  others count closed incidents only, so that the longest ones are missing while they hurt.
          An open incident already older than the target is a miss; a younger one is `pending`.
Source:   incidents.md I2. Version: 1.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.incident_spans import per_service, restores
from fairlead.kpis.expressions.settings import seconds
from fairlead.kpis.shelf import Facts, Kpi, Scope

TARGET_SECONDS = 3_600


def records(facts: Facts, scope: Scope) -> ir.Table:
    """Incidents with whether they were restored in at most the target time."""
    target = seconds(scope, "target_seconds", TARGET_SECONDS)
    rows = restores(facts, scope)
    missed_open = rows.is_open & (rows.censored_seconds > target).fill_null(False)
    within = rows.excluded_reason.isnull() & (rows.seconds <= target)
    judged = rows.mutate(
        excluded_reason=ibis.cases(
            (missed_open, ibis.null("string")),
            (rows.is_open, "pending"),
            else_=rows.excluded_reason,
        ),
        numerator=within.fill_null(False).cast("int64"),
        denominator=ibis.literal(1, type="int64"),
        target_seconds=ibis.literal(target, type="float64"),
    )
    return per_service(
        facts,
        judged.select(
            "incident_id",
            "title",
            "severity",
            "started_at",
            "ended_at",
            "service_ids",
            "event_at",
            "excluded_reason",
            "numerator",
            "denominator",
            "target_seconds",
            "seconds",
            "censored_seconds",
        ),
    )


KPI = Kpi(
    id="within_target_ratio",
    name="Restored within target",
    form="ratio",
    unit="ratio",
    direction="up",
    statistic="share",
    version=1,
    records=records,
    reads=("incidents", "impact_intervals"),
    companion_of="time_to_restore",
    dimensions=("severity",),
    settings={"target_seconds": TARGET_SECONDS, "strict": False},
    shared=True,
    empty_reason="no_incidents",
    quality=("incidents_with_service", "incidents_with_start", "incidents_with_severity"),
)

"""Time from the first page about an alert or incident to the first acknowledgement by a human.

Grain:    one row per paged alert episode; per paged incident and service where no episode of it was
          paged.
Reads:    alerts, incidents.
Returns:  record_id | service_id | event_at | seconds | censored_seconds | excluded_reason |
          severity | subject; the engine gives the mean (setting `statistic`).
Window:   by the acknowledgement, [start, end); an open one is listed while it was paged before the
          end.
Null:     null with `no_pages` when nothing was acknowledged; never 0.
Late:     an episode counts where it was acknowledged, whenever that is known.
Errors:   none of its own.
Differs:  automatic acknowledgements are not in `acknowledged_at` and do not count. What ended
          without one is `unacknowledged` with its age, not dropped.
Source:   incidents.md I1. Version: 1.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.incident_spans import STATISTICS, per_service, real_incidents
from fairlead.kpis.expressions.instants import cut_at, earlier, listed_at
from fairlead.kpis.shelf import Facts, Kpi, Scope, instant, seconds_between

COLUMNS = (
    "record_id",
    "service_id",
    "subject",
    "title",
    "severity",
    "first_paged_at",
    "acknowledged_at",
    "over_at",
)


def records(facts: Facts, scope: Scope) -> ir.Table:
    """Paged episodes and incidents with the time to their acknowledgement, or their age."""
    alerts = facts.alerts
    episodes = alerts.filter(alerts.first_paged_at.notnull()).mutate(
        record_id="alert:" + alerts.alert_id,
        subject=ibis.literal("alert"),
        over_at=alerts.resolved_at,
    )
    incidents = real_incidents(facts)
    incidents = incidents.filter(incidents.first_paged_at.notnull())
    incidents = incidents.anti_join(episodes, "incident_id")
    incidents = per_service(facts, incidents.mutate(over_at=incidents.resolved_at))
    incidents = incidents.mutate(
        record_id="incident:" + incidents.incident_id, subject=ibis.literal("incident")
    )
    return _clocked(episodes.select(*COLUMNS).union(incidents.select(*COLUMNS)), scope)


def _clocked(rows: ir.Table, scope: Scope) -> ir.Table:
    answered = rows.acknowledged_at.notnull()
    seconds = seconds_between(rows.first_paged_at, rows.acknowledged_at)
    unanswered_until = earlier(rows.over_at, instant(cut_at(scope)))
    age = seconds_between(rows.first_paged_at, unanswered_until)
    return rows.mutate(
        event_at=ibis.coalesce(
            rows.acknowledged_at, rows.over_at, listed_at(scope, rows.first_paged_at)
        ),
        excluded_reason=ibis.cases(
            (~answered & rows.over_at.isnull(), "open"),
            (~answered, "unacknowledged"),
            (seconds < 0, "order_violation"),
            else_=ibis.null("string"),
        ),
        seconds=seconds,
        censored_seconds=ibis.ifelse(
            ~answered & rows.over_at.isnull() & (age >= 0), age, ibis.null("float64")
        ),
        unacknowledged_seconds=ibis.ifelse(~answered, age, ibis.null("float64")),
    )


KPI = Kpi(
    id="time_to_acknowledge",
    name="Time to acknowledge",
    form="duration",
    unit="seconds",
    direction="down",
    statistic="mean",
    version=1,
    records=records,
    reads=("alerts", "incidents"),
    companion_of="time_to_restore",
    dimensions=("severity", "subject"),
    settings={"statistic": STATISTICS[0]},
    shared=True,
    empty_reason="no_pages",
)

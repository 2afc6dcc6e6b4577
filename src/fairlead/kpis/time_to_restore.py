"""Time for which users were impaired by an incident: the union of its impact intervals.

Grain:    one row per incident and service that it affected.
Reads:    incidents, impact_intervals, incident_links.
Returns:  record_id | service_id | event_at | seconds | censored_seconds | excluded_reason |
          severity | cause; the engine gives the mean (setting `statistic`).
Window:   by the last mitigation, [start, end); an open one is listed while it began before the end.
Null:     null with `no_incidents` or `source_silent` when none was restored; never 0.
Late:     an incident counts where it was mitigated last, whenever that is known.
Errors:   FL1007 for a setting `strict` that is neither true nor false.
Differs:  PagerDuty measures from trigger to resolve and Datadog from detection to the end of
          impact; others start at the ticket. We measure impact itself, count overlapping components
          once and the quiet time before a reopening not at all. Open incidents are censored.
Source:   DORA, Accelerate State of DevOps 2021, time to restore service; incidents.md I1,
          I2. Version: 1.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.incident_spans import STATISTICS, per_service, restores
from fairlead.kpis.shelf import Facts, Kpi, Scope

SHOWN = (
    "incident_id",
    "title",
    "state",
    "severity",
    "severity_declared",
    "severity_peak",
    "severity_final",
    "trigger_kind",
    "detected_by",
    "started_at",
    "ended_at",
    "mitigated_at",
    "span_start_basis",
    "span_end_basis",
    "interval_count",
    "service_ids",
    "event_at",
    "excluded_reason",
    "seconds",
    "censored_seconds",
    "elapsed_seconds",
)


def records(facts: Facts, scope: Scope) -> ir.Table:
    """Incidents with their restore time, or their age while the impact lasts."""
    rows = per_service(facts, restores(facts, scope).select(*SHOWN))
    links = facts.incident_links
    caused = (
        links.filter(links.relation == "caused_by_change", links.accepted.fill_null(True))
        .select(cause_ref="from_ref")
        .distinct()
    )
    joined = rows.left_join(caused, "incident:" + rows.record_id == caused.cause_ref)
    return joined.mutate(cause=ibis.ifelse(joined.cause_ref.notnull(), "change", "other")).drop(
        "cause_ref"
    )


KPI = Kpi(
    id="time_to_restore",
    name="Time to restore",
    form="duration",
    unit="seconds",
    direction="down",
    statistic="mean",
    version=1,
    records=records,
    reads=("incidents", "impact_intervals", "incident_links"),
    dimensions=("severity", "cause", "trigger_kind"),
    settings={"statistic": STATISTICS[0], "strict": False},
    shared=True,
    empty_reason="no_incidents",
    quality=("incidents_with_service", "incidents_with_start", "incidents_with_severity"),
)

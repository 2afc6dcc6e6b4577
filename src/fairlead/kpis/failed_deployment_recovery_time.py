"""Time from a deployment that failed in production to the recovery from it.

Grain:    one row per counted deployment group that failed.
Reads:    deployments, deployment_failures.
Returns:  record_id | service_id | event_at | seconds | censored_seconds | excluded_reason; the
          engine gives the median.
Window:   by the recovery, [start, end); an open one is listed while it began before the end.
Null:     null with `no_failed_deployments` when none recovered; never 0.
Late:     a failure counts where it recovered, whenever its evidence arrives.
Errors:   FL1007 for a setting `mechanisms` that is not allowed.
Differs:  it is not time to restore, which counts each incident and starts at the impact. DevLake's
          2023 figure ends at the resolution of the incident; we end at its mitigation, else at the
          rollback, hotfix or flag flip that ended the failure. Open ones are censored, not dropped.
Source:   DORA, Accelerate State of DevOps 2023, failed deployment recovery time; delivery.md
          4.11. Version: 1.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.counted_deployments import MECHANISMS
from fairlead.kpis.expressions.failed_deployments import groups_with_evidence
from fairlead.kpis.expressions.instants import cut_at, listed_at
from fairlead.kpis.shelf import Facts, Kpi, Scope, instant, seconds_between


def records(facts: Facts, scope: Scope) -> ir.Table:
    """Failed groups with their time to recovery, or their age while they are open."""
    rows = groups_with_evidence(facts, scope)
    rows = rows.filter(rows.is_failed)
    is_open = rows.recovered_at.isnull()
    seconds = seconds_between(rows.event_at, rows.recovered_at)
    age = seconds_between(rows.event_at, instant(cut_at(scope)))
    return rows.mutate(
        finished_at=rows.event_at,
        event_at=ibis.ifelse(is_open, listed_at(scope, rows.event_at), rows.recovered_at),
        excluded_reason=ibis.cases(
            (rows.excluded_reason.notnull(), rows.excluded_reason),
            (is_open, "open"),
            (seconds < 0, "order_violation"),
            else_=ibis.null("string"),
        ),
        seconds=seconds,
        censored_seconds=ibis.ifelse(is_open & (age >= 0), age, ibis.null("float64")),
    ).drop("service_key", "observation_seconds")


KPI = Kpi(
    id="failed_deployment_recovery_time",
    name="Failed deployment recovery time",
    form="duration",
    unit="seconds",
    direction="down",
    statistic="median",
    version=1,
    records=records,
    reads=("deployments", "deployment_failures"),
    companion_of="time_to_restore",
    dimensions=("environment", "kind"),
    settings={"mechanisms": MECHANISMS[0]},
    empty_reason="no_failed_deployments",
    quality=("services_mapped", "incidents_with_service"),
)

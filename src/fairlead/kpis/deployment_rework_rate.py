"""Share of production deployments that were hotfixes or rollbacks after a production failure.

Grain:    one row per counted deployment group, pending ones included.
Reads:    deployments, deployment_failures.
Returns:  service_id | numerator hotfixes and rollbacks caused by a failure | denominator counted
          deployments | value ratio 0..1
Window:   by the first finish of the group, [start, end).
Null:     null with `no_deployments` when the denominator is 0; never 0.
Late:     a repair counts where it finished; evidence that arrives later makes it one.
Errors:   FL1007 for a setting `mechanisms` or `observation_seconds` that is not allowed.
Differs:  DORA asks people for the share of unplanned deployments that fixed a bug seen by users. We
          count hotfixes and rollbacks for which a counted failure stands on an earlier deployment
          of the service: evidence that names the repair, a failure that the repair ended, or one
          that began within the observation horizon before it finished. A hotfix without any
          failure is no rework.
Source:   DORA, Accelerate State of DevOps 2024, deployment rework rate; delivery.md
          4.11. Version: 1.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.counted_deployments import MECHANISMS, deployment_groups
from fairlead.kpis.expressions.failed_deployments import OBSERVATION_SECONDS, evidence
from fairlead.kpis.expressions.settings import seconds
from fairlead.kpis.shelf import Facts, Kpi, Scope, seconds_between

REPAIRS = ("hotfix", "rollback")


def records(facts: Facts, scope: Scope) -> ir.Table:
    """Counted groups; a repair of a failed earlier deployment is rework."""
    groups = deployment_groups(facts, scope)
    repaired = _repairs_of_failures(facts, scope, groups)
    rows = groups.left_join(
        repaired,
        [
            groups.service_key == repaired.repair_service_key,
            groups.record_id == repaired.repair_group_key,
        ],
    )
    return rows.mutate(
        numerator=rows.repair_group_key.notnull().cast("int64"),
        denominator=ibis.literal(1, type="int64"),
    ).drop("service_key", "observation_seconds", "repair_service_key", "repair_group_key")


def _repairs_of_failures(facts: Facts, scope: Scope, groups: ir.Table) -> ir.Table:
    """Keys of the hotfixes and rollbacks that a counted failure of the same service explains."""
    horizon = seconds(scope, "observation_seconds", OBSERVATION_SECONDS)
    failures = evidence(facts, scope)
    failures = failures.filter(failures.is_counted)
    failing = groups.select(
        failing_service_key="service_key", failing_group_key="record_id", failing_at="event_at"
    )
    failed = failures.inner_join(
        failing,
        [
            failures.service_key == failing.failing_service_key,
            failures.group_key == failing.failing_group_key,
        ],
    )
    failed = failed.select(
        "failing_service_key",
        "failing_group_key",
        "failing_at",
        "evidence_ref",
        "recovered_at",
        "recovery_kind",
        began_at=ibis.coalesce(failed.failed_at, failed.failing_at),
    )
    repairs = groups.filter(groups.kind.isin(REPAIRS)).select(
        "deployment_id",
        repair_kind="kind",
        repair_service_key="service_key",
        repair_group_key="record_id",
        repaired_at="event_at",
        repair_horizon_seconds="observation_seconds",
    )
    pairs = repairs.inner_join(
        failed,
        [
            repairs.repair_service_key == failed.failing_service_key,
            repairs.repair_group_key != failed.failing_group_key,
            repairs.repaired_at >= failed.failing_at,
        ],
    )
    since = seconds_between(pairs.began_at, pairs.repaired_at)
    limit = pairs.repair_horizon_seconds.cast("float64").fill_null(horizon)
    named = (pairs.evidence_ref == "deployment:" + pairs.deployment_id).fill_null(False)
    ended = (pairs.recovery_kind == pairs.repair_kind) & (pairs.recovered_at == pairs.repaired_at)
    explained = named | ended.fill_null(False) | ((since >= 0) & (since < limit))
    return pairs.filter(explained).select("repair_service_key", "repair_group_key").distinct()


KPI = Kpi(
    id="deployment_rework_rate",
    name="Deployment rework rate",
    form="ratio",
    unit="ratio",
    direction="down",
    statistic="share",
    version=1,
    records=records,
    reads=("deployments", "deployment_failures"),
    companion_of="change_failure_rate",
    dimensions=("environment", "region", "kind"),
    settings={"mechanisms": MECHANISMS[0], "observation_seconds": OBSERVATION_SECONDS},
    empty_reason="no_deployments",
    quality=("environments_mapped", "services_mapped", "incidents_with_service"),
)

"""Share of production deployments that led to a failure in production.

Grain:    one row per counted deployment group.
Reads:    deployments, deployment_failures, deployment_changes, changes.
Returns:  service_id | numerator failed | denominator counted | value ratio 0..1, with bounds by
          numerator_low (surely failed) and numerator_high (suspected ones too).
Window:   by the first finish of the group, [start, end).
Null:     null with `no_deployments`, or `all_pending` when each is too young; never 0.
Late:     a failure counts where its deployment counts, whenever it opened. A deployment younger
          than the observation horizon at the knowledge cut is pending, whether it failed or not.
Errors:   FL1007 for a setting `mechanisms` or `observation_seconds` that is not allowed.
Differs:  GitLab and Four Keys count incidents, so their share can exceed 1; DevLake blames the
          latest earlier deployment without a horizon; Middleware blames the one in force when the
          incident began. We count deployments with accepted or confirmed evidence.
Source:   DORA, Accelerate State of DevOps 2021 and 2023, change failure rate; delivery.md 4.9,
          4.10. Version: 1.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.authorship import group_authorship
from fairlead.kpis.expressions.counted_deployments import MECHANISMS
from fairlead.kpis.expressions.failed_deployments import (
    OBSERVATION_SECONDS,
    groups_with_evidence,
)
from fairlead.kpis.expressions.settings import seconds
from fairlead.kpis.shelf import Facts, Kpi, Scope, instant, seconds_between


def records(facts: Facts, scope: Scope) -> ir.Table:
    """Counted groups, failed or not; the young ones are pending and leave both sides."""
    rows = groups_with_evidence(facts, scope)
    if scope.wants("author_kind"):
        rows = group_authorship(facts, scope, rows)
    pending = is_pending(rows, scope)
    return rows.mutate(
        excluded_reason=ibis.cases(
            (rows.excluded_reason.notnull(), rows.excluded_reason),
            (pending, "pending"),
            else_=ibis.null("string"),
        ),
        numerator=rows.is_failed.cast("int64"),
        denominator=ibis.literal(1, type="int64"),
        numerator_low=rows.is_failed_surely.cast("int64"),
        numerator_high=(rows.is_failed | rows.is_suspected).cast("int64"),
        is_failed_pending=pending & rows.is_failed,
    ).drop("service_key", "observation_seconds")


def is_pending(rows: ir.Table, scope: Scope) -> ir.BooleanValue:
    """Whether less than the horizon lies between the finish and the knowledge cut."""
    if scope.as_of is None:
        return ibis.literal(False)
    default = seconds(scope, "observation_seconds", OBSERVATION_SECONDS)
    horizon = rows.observation_seconds.cast("float64").fill_null(default)
    return seconds_between(rows.event_at, instant(scope.as_of)) < horizon


KPI = Kpi(
    id="change_failure_rate",
    name="Change failure rate",
    form="ratio",
    unit="ratio",
    direction="down",
    statistic="share",
    version=1,
    records=records,
    reads=("deployments", "deployment_failures", "deployment_changes", "changes"),
    dimensions=("author_kind", "environment", "region", "kind", "mechanism"),
    settings={"mechanisms": MECHANISMS[0], "observation_seconds": OBSERVATION_SECONDS},
    empty_reason="no_deployments",
    quality=("environments_mapped", "services_mapped", "incidents_with_service"),
)

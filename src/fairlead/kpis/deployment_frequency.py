"""Number of deployments that reached production, per week.

Grain:    one row per counted deployment group (the fan-out of one version of one service) and
          environment and region that it reached; counted once where not split by these.
Reads:    deployments.
Returns:  record_id | service_id | event_at | excluded_reason | environment | region |
          seconds_since_previous; the engine gives count / days * 7.
Window:   by the first finish of the group, [start, end).
Null:     null with `no_deployments` when the source was not alive throughout; else 0 is a number.
Late:     a deployment counts in the week of its finish, whenever its messages arrive.
Errors:   FL1007 for a setting `mechanisms` other than `no_flag`, `all`.
Differs:  GitLab, Middleware and Pelorus count every successful deployment, redeploys and each
          region of a fan-out included; DevLake and Four Keys count days on which one happened. We
          count a version once per service, because nothing new reaches users a second time.
Source:   DORA, Accelerate State of DevOps 2021 and 2023, deployment frequency; delivery.md 4.3,
          4.8. Version: 1.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.counted_deployments import (
    MECHANISMS,
    counted_deployments,
    deployment_groups,
)
from fairlead.kpis.shelf import Facts, Kpi, Scope, seconds_between


def _in_each_place(facts: Facts, scope: Scope) -> ir.Table:
    """Groups with the finish of the service's previous one, copied to each place they reached
    where places are asked for."""
    groups = deployment_groups(facts, scope).drop("environment", "region")
    consecutive = ibis.window(
        group_by=[groups.service_key, groups.excluded_reason],
        order_by=[groups.event_at, groups.record_id],
    )
    groups = groups.mutate(previous_at=groups.event_at.lag().over(consecutive))
    if not (scope.wants("environment") or scope.wants("region")):
        return groups
    places = counted_deployments(facts, scope).select(
        "environment", "region", place_service_key="service_key", place_group_key="group_key"
    )
    places = places.distinct()
    rows = groups.left_join(
        places,
        [
            groups.service_key == places.place_service_key,
            groups.record_id == places.place_group_key,
        ],
    )
    return rows.drop("place_service_key", "place_group_key")


def records(facts: Facts, scope: Scope) -> ir.Table:
    """Counted groups, each with the time since the service's previous one, in or before the window.

    A fan-out has a copy in each environment and region that it reached, all at its first finish;
    the engine counts the copies once unless it is split by them.
    """
    rows = _in_each_place(facts, scope)
    return rows.mutate(
        seconds_since_previous=ibis.ifelse(
            rows.excluded_reason.isnull(),
            seconds_between(rows.previous_at, rows.event_at),
            ibis.null("float64"),
        )
    ).drop("service_key", "observation_seconds", "previous_at")


KPI = Kpi(
    id="deployment_frequency",
    name="Deployment frequency",
    form="rate",
    unit="per_week",
    direction="up",
    statistic="per_exposure",
    version=1,
    records=records,
    reads=("deployments",),
    dimensions=("environment", "region", "mechanism", "kind"),
    settings={"mechanisms": MECHANISMS[0]},
    per_days=7.0,
    shared=True,
    copied_by=("environment", "region"),
    empty_reason="no_deployments",
    needs_coverage=("deployments",),
    quality=("environments_mapped", "services_mapped"),
)

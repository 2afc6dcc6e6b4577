"""Which deployments count, and the groups that are the counting unit (delivery 4.3).

Counted is a deployment to production with outcome success or degraded that is no redeploy, no
shadow of another source, and no flag flip unless the setting `mechanisms` is `all`. A group is the
fan-out of one version of one service; it finishes when its first deployment finishes.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.settings import choice
from fairlead.kpis.expressions.sharing import shared
from fairlead.kpis.shelf import Facts, Scope

MECHANISMS = ("no_flag", "all")
COUNTED_OUTCOMES = ("success", "degraded")
# Only what is read: each further column makes every step of an expression dearer to compile.
READ = (
    "deployment_id",
    "deployment_ref",
    "group_id",
    "service_id",
    "environment",
    "stage",
    "region",
    "kind",
    "mechanism",
    "repo_id",
    "commit_sha",
    "version_label",
    "created_at",
    "started_at",
    "finished_at",
    "outcome",
    "is_shadow",
    "observation_seconds",
)


def production_attempts(facts: Facts, scope: Scope) -> ir.Table:
    """Attempts at production of the authoritative source, whatever came of them.

    Adds `attempt_key` and `group_key` (never null where an id is known), `service_key` (empty for
    no service, so that joins keep such rows) and `seen_at` (finish, else start, else creation).
    """
    rows = facts.deployments.select(*READ)
    rows = rows.filter(rows.stage == "production", ~rows.is_shadow.fill_null(False))
    if choice(scope, "mechanisms", MECHANISMS) != "all":
        rows = rows.filter(rows.mechanism.fill_null("code") != "flag")
    attempt_key = ibis.coalesce(rows.deployment_id, rows.deployment_ref)
    return rows.mutate(
        attempt_key=attempt_key,
        group_key=ibis.coalesce(rows.group_id, attempt_key),
        service_key=rows.service_id.fill_null(""),
        seen_at=ibis.coalesce(rows.finished_at, rows.started_at, rows.created_at),
    )


def counted_deployments(facts: Facts, scope: Scope) -> ir.Table:
    """Counted deployments, one row per attempt; dated ones and undated ones."""
    rows = production_attempts(facts, scope)
    return rows.filter(
        rows.outcome.isin(COUNTED_OUTCOMES), rows.kind.fill_null("normal") != "redeploy"
    )


def deployment_groups(facts: Facts, scope: Scope) -> ir.Table:
    """Counted groups, one row each: that of the deployment which finished first.

    `event_at` is the first finish and `excluded_reason` null; a group of which no finish is known
    is `undated` and stands at its start or creation.
    """
    mechanisms = choice(scope, "mechanisms", MECHANISMS)
    return shared(facts, f"deployment_groups_{mechanisms}", lambda: _groups(facts, scope))


def _groups(facts: Facts, scope: Scope) -> ir.Table:
    rows = counted_deployments(facts, scope)
    rows = rows.mutate(is_undated=rows.finished_at.isnull())
    group = [rows.service_key, rows.group_key]
    whole = ibis.window(group_by=group)
    by_finish = ibis.window(
        group_by=group, order_by=[rows.is_undated, rows.seen_at, rows.attempt_key]
    )
    ranked = rows.mutate(
        place=ibis.row_number().over(by_finish),
        last_finished_at=rows.finished_at.max().over(whole),
        deployment_count=rows.attempt_key.count().over(whole),
        group_observation_seconds=rows.observation_seconds.max().over(whole),
    )
    first = ranked.filter(ranked.place == 0)
    return first.select(
        "service_id",
        "service_key",
        "environment",
        "region",
        "kind",
        "mechanism",
        "repo_id",
        "commit_sha",
        "version_label",
        "deployment_id",
        "deployment_count",
        record_id=first.group_key,
        event_at=first.seen_at,
        excluded_reason=ibis.ifelse(first.is_undated, "undated", ibis.null("string")),
        fully_rolled_out_at=first.last_finished_at,
        observation_seconds=first.group_observation_seconds,
    )

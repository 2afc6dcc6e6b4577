"""Who wrote what a deployment group shipped: people, bots or AI (delivery 4.29, security 4.8)."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.counted_deployments import counted_deployments
from fairlead.kpis.shelf import Facts, Scope


def group_authorship(facts: Facts, scope: Scope, groups: ir.Table) -> ir.Table:
    """The groups with `author_kind`: `ai` when AI wrote or assisted one of the new changes, else
    `human` when a person wrote one, else `bot` when a bot did; null when no author is known.
    """
    links = facts.deployment_changes
    links = links.filter(links.role == "first").select("deployment_id", "change_id")
    changes = facts.changes
    written = changes.select(
        "change_id",
        is_ai=(changes.author_kind == "ai").fill_null(False)
        | changes.ai_involvement.isin(("authored", "assisted")).fill_null(False),
        is_human=(changes.author_kind == "human").fill_null(False),
        is_bot=(changes.author_kind == "bot").fill_null(False),
    )
    members = counted_deployments(facts, scope).select("deployment_id", "service_key", "group_key")
    rows = members.inner_join(links, "deployment_id").inner_join(written, "change_id")
    kinds = rows.group_by(
        author_service_key=rows.service_key, author_group_key=rows.group_key
    ).aggregate(has_ai=rows.is_ai.any(), has_human=rows.is_human.any(), has_bot=rows.is_bot.any())
    kinds = kinds.mutate(
        author_kind=ibis.cases(
            (kinds.has_ai, "ai"),
            (kinds.has_human, "human"),
            (kinds.has_bot, "bot"),
            else_=ibis.null("string"),
        )
    ).drop("has_ai", "has_human", "has_bot")
    return groups.left_join(
        kinds,
        [
            groups.service_key == kinds.author_service_key,
            groups.record_id == kinds.author_group_key,
        ],
    ).drop("author_service_key", "author_group_key")

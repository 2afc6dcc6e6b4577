"""Changes with the deployment that first brought them to production (delivery 4.6, 4.7).

One row per change and service. A fan-out or a second environment ships a change again; the first
arrival wins. A cherry-pick is the same change.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.counted_deployments import counted_deployments
from fairlead.kpis.expressions.settings import choice
from fairlead.kpis.shelf import Facts, Scope, seconds_between

AUTHORS = ("not_bot", "all", "bot", "ai", "human")
STAGES = (
    "coding_seconds",
    "pickup_seconds",
    "review_seconds",
    "merge_wait_seconds",
    "pipeline_seconds",
    "approval_wait_seconds",
    "deploy_seconds",
)
CHANGE_COLUMNS = (
    "title",
    "author_kind",
    "ai_involvement",
    "first_authored_at",
    "start_basis",
    "opened_at",
    "first_reviewed_at",
    "approved_at",
    "merged_at",
    "change_ref",
)


def first_shipments(facts: Facts, scope: Scope) -> ir.Table:
    """Links of role `first` to counted deployments, the earliest of each change and service.

    Undated deployments rank last: they ship a change only when no dated one does.
    """
    counted = counted_deployments(facts, scope)
    deployments = counted.select(
        "deployment_id",
        "finished_at",
        "environment",
        "region",
        "mechanism",
        "version_label",
        deployed_service_id=counted.service_id,
    )
    links = facts.deployment_changes
    links = links.filter(links.role == "first").select(
        "deployment_id",
        "change_id",
        "service_id",
        "lead_time_seconds",
        "merge_to_production_seconds",
        *STAGES,
        "unknown_stages",
        "link_rule",
        "confidence_ratio",
        link_excluded_reason=links.excluded_reason,
    )
    changes = facts.changes.select("change_id", *CHANGE_COLUMNS)
    rows = links.inner_join(deployments, "deployment_id").left_join(changes, "change_id")
    rows = rows.mutate(
        is_undated=rows.finished_at.isnull(),
        service_id=ibis.coalesce(rows.service_id, rows.deployed_service_id),
    ).drop("change_id_right", "deployed_service_id")
    first = ibis.row_number().over(
        ibis.window(
            group_by=[rows.change_id, rows.service_id],
            order_by=[rows.is_undated, rows.finished_at, rows.deployment_id],
        )
    )
    ranked = rows.mutate(place=first)
    return ranked.filter(ranked.place == 0).drop("place")


def shipment_records(
    facts: Facts, scope: Scope, *, measured: str, started: str, unknown_reason: str
) -> ir.Table:
    """Records of one duration that ends in production: column `measured`, else from `started`.

    Excluded are authors that the setting `authors` leaves out (by their kind), spans that would be
    negative, and changes of which the start or the arrival is not known.
    """
    rows = first_shipments(facts, scope)
    seconds = ibis.coalesce(
        rows[measured].cast("float64"), seconds_between(rows[started], rows.finished_at)
    )
    kind = rows.author_kind.fill_null("unknown")
    excluded = ibis.cases(
        (rows.link_excluded_reason.notnull(), rows.link_excluded_reason),
        (seconds < 0, "negative_span"),
        (_left_out(kind, choice(scope, "authors", AUTHORS)), kind),
        (rows.is_undated, "undated"),
        (seconds.isnull(), unknown_reason),
        else_=ibis.null("string"),
    )
    return rows.mutate(
        record_id=rows.change_id + "@" + rows.service_id.fill_null(""),
        event_at=rows.finished_at,
        excluded_reason=excluded,
        seconds=seconds,
    ).drop("is_undated", "link_excluded_reason", "lead_time_seconds", "merge_to_production_seconds")


def _left_out(kind: ir.StringValue, authors: str) -> ir.BooleanValue:
    if authors == "all":
        return ibis.literal(False)
    if authors == "not_bot":
        return kind == "bot"
    return kind != authors

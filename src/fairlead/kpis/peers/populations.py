"""What other tools take for deployments, incidents and merged changes, over our facts.

They know no redeploy, group or shadow rule of ours: a successful deployment to production is one,
each region of a fan-out is one more, and an incident has a creation and a resolution only.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.incident_spans import per_service, real_incidents
from fairlead.kpis.shelf import Facts

NOTHING = ibis.null("string")


def successes(facts: Facts) -> ir.Table:
    """Successful deployments to production that finished, one row each, by `finished_at`."""
    rows = facts.deployments
    rows = rows.filter(
        rows.stage == "production",
        rows.outcome == "success",
        ~rows.is_shadow.fill_null(False),
        rows.finished_at.notnull(),
    )
    return rows.select(
        "deployment_id",
        "service_id",
        "environment",
        "region",
        "repo_id",
        "commit_sha",
        "finished_at",
        started_at=ibis.coalesce(rows.started_at, rows.created_at, rows.finished_at),
        service_key=rows.service_id.fill_null(""),
        attempt_key=ibis.coalesce(rows.deployment_id, rows.deployment_ref),
    )


def deployment_days(facts: Facts) -> ir.Table:
    """Records of a rate: each successful deployment at its finish."""
    rows = successes(facts)
    return rows.mutate(
        record_id=rows.attempt_key, event_at=rows.finished_at, excluded_reason=NOTHING
    ).drop("service_key", "attempt_key")


def created_incidents(facts: Facts) -> ir.Table:
    """Incidents per service, `created_at` (declared) to `solved_at` (resolved, else closed)."""
    rows = real_incidents(facts)
    rows = rows.select(
        "incident_id",
        "title",
        "severity",
        "service_ids",
        created_at=ibis.coalesce(rows.declared_at, rows.detected_at, rows.impact_started_at),
        solved_at=ibis.coalesce(rows.resolved_at, rows.closed_at),
    )
    rows = per_service(facts, rows)
    return rows.filter(rows.created_at.notnull()).mutate(
        service_key=rows.service_id.fill_null(""), record_id="incident:" + rows.incident_id
    )


def shipped_requests(facts: Facts, deployments: ir.Table) -> ir.Table:
    """Merged pull and merge requests with each of the deployments that shipped them.

    Lone commits of the default branch are no requests and stay out.
    """
    links = facts.deployment_changes
    links = links.filter(links.role.isin(("first", "reshipped"))).select(
        "deployment_id", "change_id"
    )
    changes = facts.changes
    requests = changes.filter(
        changes.merged_at.notnull(), ~changes.change_ref.fill_null("").startswith("commit:")
    ).select(
        "change_id",
        "change_ref",
        "title",
        "first_authored_at",
        "opened_at",
        "first_reviewed_at",
        "approved_at",
        "merged_at",
    )
    rows = links.inner_join(deployments, "deployment_id").inner_join(requests, "change_id")
    return rows.mutate(record_id=rows.change_id + "@" + rows.service_key)


def first_of_each(rows: ir.Table, order: tuple[str, ...]) -> ir.Table:
    """The first shipment of each request and service in an order of columns."""
    place = ibis.row_number().over(
        ibis.window(group_by=["record_id"], order_by=[*order, "deployment_id"])
    )
    ranked = rows.mutate(place=place)
    return ranked.filter(ranked.place == 0).drop("place")


def in_force_at(facts: Facts) -> ir.Table:
    """Successful deployments with `next_finished_at`, the finish of the service's next one.

    Of two that finished at the same instant the later key is in force: the other one's span is
    empty.
    """
    rows = successes(facts)
    following = ibis.window(
        group_by=rows.service_key, order_by=[rows.finished_at, rows.attempt_key]
    )
    return rows.mutate(next_finished_at=rows.finished_at.lead().over(following))


def closed_durations(rows: ir.Table, event_at: str, missing_reason: str) -> ir.Table:
    """Records of a duration from rows with `record_id` and `seconds`: null ones are left out."""
    return rows.mutate(
        event_at=rows[event_at],
        excluded_reason=ibis.ifelse(rows.seconds.isnull(), missing_reason, NOTHING),
    )


def blamed_deployments(deployments: ir.Table, blamed: ir.Table) -> ir.Table:
    """Records of a share: deployments, those in `blamed` (by `blamed_key`) in the numerator."""
    keys = blamed.select("blamed_key").distinct()
    rows = deployments.left_join(keys, deployments.attempt_key == keys.blamed_key)
    return rows.mutate(
        record_id=rows.attempt_key,
        event_at=rows.finished_at,
        excluded_reason=NOTHING,
        numerator=rows.blamed_key.notnull().cast("int64"),
        denominator=ibis.literal(1, type="int64"),
    ).drop("blamed_key", "service_key", "attempt_key")


def incidents_over(deployments: ir.Table, incidents: ir.Table) -> ir.Table:
    """Records of a quotient: incidents above (at `created_at`), deployments below (at the finish).

    Both have `record_id`, `service_id`, `event_at`; the result can exceed 1.
    """
    above = incidents.select(
        "record_id",
        "service_id",
        "event_at",
        numerator=ibis.literal(1, type="int64"),
        denominator=ibis.literal(0, type="int64"),
    )
    below = deployments.select(
        "record_id",
        "service_id",
        "event_at",
        numerator=ibis.literal(0, type="int64"),
        denominator=ibis.literal(1, type="int64"),
    )
    return above.union(below).mutate(excluded_reason=NOTHING)

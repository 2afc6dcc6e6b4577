"""Middleware's definitions of the DORA metrics.

Frequency: successful production deployments / period. Lead time: pull requests merged in the window
that were deployed; coding, first response, rework, merge and merge to deploy are each cut at 0 and
added up, a stage whose instant is missing adds nothing and its time lies in the next; mean. Failure
rate: deployments with at least one incident created from their finish until the service's next
one / all. Restore: from creation to resolution of the incidents resolved in the window, mean.
Source: delivery.md 4.33.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.peers.declaring import peer
from fairlead.kpis.peers.populations import (
    blamed_deployments,
    closed_durations,
    created_incidents,
    deployment_days,
    first_of_each,
    in_force_at,
    shipped_requests,
    successes,
)
from fairlead.kpis.shelf import Facts, Scope, seconds_between


def frequency(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Each successful deployment at its finish."""
    return deployment_days(facts)


def lead_time(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Deployed pull requests with the sum of their stages, counted at their merge."""
    rows = first_of_each(shipped_requests(facts, successes(facts)), ("finished_at",))
    opened_at = ibis.coalesce(rows.opened_at, rows.first_authored_at)
    reviewed_at = ibis.coalesce(rows.first_reviewed_at, opened_at)
    approved_at = ibis.coalesce(rows.approved_at, reviewed_at)
    seconds = (
        _clipped(rows.first_authored_at, opened_at)
        + _clipped(opened_at, reviewed_at)
        + _clipped(reviewed_at, approved_at)
        + _clipped(approved_at, rows.merged_at)
        + _clipped(rows.merged_at, rows.finished_at)
    )
    return closed_durations(rows.mutate(seconds=seconds), "merged_at", "unknown")


def _clipped(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.FloatingValue:
    """Seconds from start to end; 0 where they would be negative or are not known."""
    seconds = seconds_between(start, end)
    return ibis.ifelse(seconds > 0, seconds, 0.0)


def failure_rate(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Successful deployments, those in force when an incident was created in the numerator."""
    incidents, spans = created_incidents(facts), in_force_at(facts)
    spans = spans.select(
        "next_finished_at",
        blamed_key="attempt_key",
        span_service_key="service_key",
        began_at="finished_at",
    )
    blamed = incidents.inner_join(
        spans,
        [
            incidents.service_key == spans.span_service_key,
            incidents.created_at >= spans.began_at,
            spans.next_finished_at.isnull() | (incidents.created_at < spans.next_finished_at),
        ],
    )
    return blamed_deployments(successes(facts), blamed)


def restore(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Incidents from creation to resolution, counted where they were resolved."""
    rows = created_incidents(facts)
    rows = rows.filter(rows.solved_at.notnull())
    rows = rows.mutate(seconds=seconds_between(rows.created_at, rows.solved_at))
    return closed_durations(rows, "solved_at", "open")


DEFINITIONS = [
    peer("middleware", "deployment_frequency", frequency, "per_exposure", ("deployments",)),
    peer(
        "middleware",
        "lead_time_for_changes",
        lead_time,
        "mean",
        ("changes", "deployment_changes", "deployments"),
    ),
    peer(
        "middleware",
        "change_failure_rate",
        failure_rate,
        "share",
        ("deployments", "incidents"),
    ),
    peer("middleware", "time_to_restore", restore, "mean", ("incidents",), shared=True),
]

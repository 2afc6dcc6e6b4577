"""GitLab's definitions of the DORA metrics.

Frequency: successful production deployments by finish, mean per day. Lead time: from the merge of a
merge request to the finish of the production deployment that shipped it first, median; the time in
which it was written and reviewed is not in it. Failure rate: incidents / deployments, each at its
own instant, so it can exceed 1. Restore: from creation to closing of the incidents that were closed
in the window, median. Redeploys and every region of a fan-out are deployments of their own.
Source: delivery.md 4.33.
"""

from __future__ import annotations

import ibis.expr.types as ir

from fairlead.kpis.peers.declaring import peer
from fairlead.kpis.peers.populations import (
    closed_durations,
    created_incidents,
    deployment_days,
    first_of_each,
    incidents_over,
    shipped_requests,
    successes,
)
from fairlead.kpis.shelf import Facts, Scope, seconds_between


def frequency(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Each successful deployment at its finish."""
    return deployment_days(facts)


def lead_time(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Merge requests from their merge to the deployment that shipped them first."""
    rows = first_of_each(shipped_requests(facts, successes(facts)), ("finished_at",))
    rows = rows.mutate(seconds=seconds_between(rows.merged_at, rows.finished_at))
    return closed_durations(rows, "finished_at", "unknown")


def failure_rate(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Incidents by creation above, deployments by finish below."""
    incidents = created_incidents(facts)
    return incidents_over(deployment_days(facts), incidents.mutate(event_at=incidents.created_at))


def restore(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Incidents from creation to closing, counted where they were closed."""
    rows = created_incidents(facts)
    rows = rows.filter(rows.solved_at.notnull())
    rows = rows.mutate(seconds=seconds_between(rows.created_at, rows.solved_at))
    return closed_durations(rows, "solved_at", "open")


DEFINITIONS = [
    peer(
        "gitlab",
        "deployment_frequency",
        frequency,
        "per_exposure",
        ("deployments",),
        unit="per_day",
        per_days=1.0,
    ),
    peer(
        "gitlab",
        "lead_time_for_changes",
        lead_time,
        "median",
        ("changes", "deployment_changes", "deployments"),
    ),
    peer(
        "gitlab",
        "change_failure_rate",
        failure_rate,
        "share",
        ("deployments", "incidents"),
        shared=True,
    ),
    peer("gitlab", "time_to_restore", restore, "median", ("incidents",), shared=True),
]

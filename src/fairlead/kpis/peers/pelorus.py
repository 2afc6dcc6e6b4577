"""Pelorus' definitions of the DORA metrics.

Frequency: the number of production deployments over the time shown, not a rate. Lead time: from the
commit that heads the deployed image to the deployment, one figure per deployment whose commit is
known: other commits of the release are not seen; the mean over applications of their means. Failure
rate: failures created / deployments with a lead time, so it can exceed 1. Restore: from creation to
resolution of the failures resolved in the window, the mean over applications of their means, each
application weighing the same. Its application is our service. Source: delivery.md 4.33.
"""

from __future__ import annotations

import ibis.expr.types as ir

from fairlead.kpis.peers.declaring import peer
from fairlead.kpis.peers.populations import (
    closed_durations,
    created_incidents,
    deployment_days,
    incidents_over,
    successes,
)
from fairlead.kpis.shelf import Facts, Scope, seconds_between


def frequency(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Each successful deployment at its finish."""
    return deployment_days(facts)


def lead_time(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Deployments with the time since their head commit was committed."""
    deployments, commits = successes(facts), facts.commits
    heads = commits.select(
        "committed_at", head_repo=commits.repo_id.fill_null(""), head_sha=commits.commit_sha
    )
    rows = deployments.left_join(
        heads,
        [
            deployments.commit_sha == heads.head_sha,
            deployments.repo_id.fill_null("") == heads.head_repo,
        ],
    )
    rows = rows.mutate(
        record_id=rows.attempt_key, seconds=seconds_between(rows.committed_at, rows.finished_at)
    ).drop("head_sha", "head_repo", "service_key", "attempt_key")
    return closed_durations(rows, "finished_at", "commit_unknown")


def failure_rate(facts: Facts, scope: Scope) -> ir.Table:
    """Failures by creation above, deployments with a lead time below."""
    timed = lead_time(facts, scope)
    incidents = created_incidents(facts)
    return incidents_over(
        timed.filter(timed.excluded_reason.isnull()),
        incidents.mutate(event_at=incidents.created_at),
    )


def restore(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Failures from creation to resolution, counted where they were resolved."""
    rows = created_incidents(facts)
    rows = rows.filter(rows.solved_at.notnull())
    rows = rows.mutate(seconds=seconds_between(rows.created_at, rows.solved_at))
    return closed_durations(rows, "solved_at", "open")


DEFINITIONS = [
    peer(
        "pelorus",
        "deployment_frequency",
        frequency,
        "count",
        ("deployments",),
        unit="count",
    ),
    peer(
        "pelorus",
        "lead_time_for_changes",
        lead_time,
        "mean_of_service_means",
        ("commits", "deployments"),
    ),
    peer(
        "pelorus",
        "change_failure_rate",
        failure_rate,
        "share",
        ("commits", "deployments", "incidents"),
        shared=True,
    ),
    peer(
        "pelorus",
        "time_to_restore",
        restore,
        "mean_of_service_means",
        ("incidents",),
        shared=True,
    ),
]

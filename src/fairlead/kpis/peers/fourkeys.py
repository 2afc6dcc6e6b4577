"""Four Keys' definitions of the DORA metrics.

Frequency: the median over weeks of the number of days with a successful production deployment; 3 or
more it calls daily. Lead time: per commit of the push whose head was deployed, from the commit to
the deployment, in whole minutes, those of 0 or less dropped, median. Failure rate: rows of
deployments joined with the incidents that name them / deployments, so two incidents on one
deployment count twice. Restore: from the creation of the incident, or the deployment that it names
as root cause when that was earlier, to its resolution, in whole hours, by that start, median.
Source: delivery.md 4.33.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.failed_deployments import COUNTED_STATES
from fairlead.kpis.expressions.instants import earlier
from fairlead.kpis.peers.declaring import peer
from fairlead.kpis.peers.populations import (
    NOTHING,
    closed_durations,
    created_incidents,
    deployment_days,
    successes,
)
from fairlead.kpis.shelf import Facts, Scope, seconds_between


def frequency(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Each successful deployment; the statistic counts the days of each week."""
    return deployment_days(facts)


def lead_time(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Commits of the change that merged as the deployed commit, a row per deployment."""
    deployments, changes, commits = successes(facts), facts.changes, facts.commits
    pushed = changes.select(
        "commit_shas",
        pushed_repo=changes.repo_id.fill_null(""),
        pushed_sha=ibis.coalesce(changes.merge_sha, changes.head_sha),
    ).unnest("commit_shas")
    pushed = pushed.rename(pushed_commit_sha="commit_shas").distinct()
    written = commits.select(
        written_repo=commits.repo_id.fill_null(""),
        written_sha=commits.commit_sha,
        written_at=ibis.coalesce(commits.committed_at, commits.authored_at),
    )
    rows = deployments.inner_join(
        pushed,
        [
            deployments.commit_sha == pushed.pushed_sha,
            deployments.repo_id.fill_null("") == pushed.pushed_repo,
        ],
    )
    rows = rows.left_join(
        written,
        [
            rows.pushed_commit_sha == written.written_sha,
            rows.pushed_repo == written.written_repo,
        ],
    )
    minutes = (seconds_between(rows.written_at, rows.finished_at) / 60.0).floor()
    rows = rows.select(
        "service_id",
        "environment",
        "finished_at",
        "written_at",
        record_id=rows.attempt_key + ":" + rows.pushed_commit_sha,
        commit_sha=rows.pushed_commit_sha,
        seconds=ibis.ifelse(minutes > 0, minutes.cast("float64") * 60.0, ibis.null("float64")),
    )
    reason = ibis.ifelse(rows.written_at.isnull(), "commit_unknown", "not_positive")
    return rows.mutate(
        event_at=rows.finished_at,
        excluded_reason=ibis.ifelse(rows.seconds.isnull(), reason, NOTHING),
    )


def _named(facts: Facts) -> ir.Table:
    """Deployments that incidents name, one row per pair."""
    failures = facts.deployment_failures
    return (
        failures.filter(failures.evidence_kind == "incident", failures.state.isin(COUNTED_STATES))
        .select(named_id="deployment_id", named_ref="evidence_ref")
        .distinct()
    )


def failure_rate(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Deployments with the number of incidents that name them above."""
    rows, named = successes(facts), _named(facts)
    counts = named.group_by("named_id").aggregate(incident_count=named.count())
    rows = rows.left_join(counts, rows.deployment_id == counts.named_id)
    return rows.mutate(
        record_id=rows.attempt_key,
        event_at=rows.finished_at,
        excluded_reason=NOTHING,
        numerator=rows.incident_count.fill_null(0),
        denominator=ibis.literal(1, type="int64"),
    ).drop("named_id", "incident_count", "service_key", "attempt_key")


def restore(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Incidents from their creation, or their earliest root cause, to their resolution."""
    incidents, named = created_incidents(facts), _named(facts)
    deployments = successes(facts)
    roots = named.inner_join(deployments, named.named_id == deployments.deployment_id)
    roots = roots.group_by("named_ref").aggregate(root_at=roots.finished_at.min())
    rows = incidents.left_join(roots, incidents.record_id == roots.named_ref)
    rows = rows.mutate(began_at=earlier(rows.created_at, rows.root_at)).drop("named_ref")
    hours = (seconds_between(rows.began_at, rows.solved_at) / 3600.0).floor()
    rows = rows.mutate(seconds=hours.cast("float64") * 3600.0)
    return closed_durations(rows, "began_at", "open")


DEFINITIONS = [
    peer(
        "fourkeys",
        "deployment_frequency",
        frequency,
        "median_active_days_per_week",
        ("deployments",),
    ),
    peer(
        "fourkeys",
        "lead_time_for_changes",
        lead_time,
        "median",
        ("changes", "commits", "deployments"),
    ),
    peer(
        "fourkeys",
        "change_failure_rate",
        failure_rate,
        "share",
        ("deployments", "deployment_failures"),
    ),
    peer(
        "fourkeys",
        "time_to_restore",
        restore,
        "median",
        ("deployments", "deployment_failures", "incidents"),
        shared=True,
    ),
]

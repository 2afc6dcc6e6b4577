"""Apache DevLake's definitions of the DORA metrics.

Frequency: the median, the lower one of two, over Monday weeks of the number of days with a
successful production deployment. Lead time: pull requests whose merge lies in the diff of a
successful production deployment that has a predecessor (the previous success of repository and
environment), taken at the first such deployment by start; coding (first commit to opened), merged -
opened and deploy (merged to finished) are each rounded up to minutes, a negative or missing part
adds 0; lower median. Failure rate: deployments with at least one incident / deployments; an
incident is blamed on the latest success that finished before it was created, strictly, however long
ago. Restore (2021 report): resolved - created, by creation, lower median. Failed deployment
recovery time (2023 report): resolved - finish of the blamed deployment, by that finish, of
incidents resolved before the window's end; lower median. Its project is our service.
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
from fairlead.kpis.shelf import Facts, Scope, instant, seconds_between


def frequency(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Each successful deployment; the statistic counts the days of each week."""
    return deployment_days(facts)


def lead_time(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Pull requests at the first deployment by start whose diff holds their merge."""
    deployments = successes(facts)
    by_finish = ibis.window(
        group_by=[
            deployments.service_key,
            deployments.repo_id.fill_null(""),
            deployments.environment.fill_null(""),
        ],
        order_by=[deployments.finished_at, deployments.attempt_key],
    )
    deployments = deployments.mutate(place_by_finish=ibis.row_number().over(by_finish))
    deployments = deployments.filter(deployments.place_by_finish > 0).drop("place_by_finish")
    rows = first_of_each(shipped_requests(facts, deployments), ("started_at", "finished_at"))
    minutes = (
        _whole_minutes(rows.first_authored_at, rows.opened_at)
        + _whole_minutes(rows.opened_at, rows.merged_at)
        + _whole_minutes(rows.merged_at, rows.finished_at)
    )
    return closed_durations(rows.mutate(seconds=minutes * 60.0), "finished_at", "unknown")


def _whole_minutes(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.FloatingValue:
    """Minutes rounded up; 0 where they would be negative or are not known."""
    minutes = (seconds_between(start, end) / 60.0).ceil().cast("float64")
    return ibis.ifelse(minutes > 0, minutes, 0.0)


def _blamed(facts: Facts) -> ir.Table:
    """Incidents with the latest success before their creation as `blamed_key`."""
    incidents, spans = created_incidents(facts), in_force_at(facts)
    spans = spans.select(
        "attempt_key", "next_finished_at", span_service_key="service_key", began_at="finished_at"
    )
    rows = incidents.inner_join(
        spans,
        [
            incidents.service_key == spans.span_service_key,
            incidents.created_at > spans.began_at,
            spans.next_finished_at.isnull() | (incidents.created_at <= spans.next_finished_at),
        ],
    )
    return rows.rename(blamed_key="attempt_key")


def failure_rate(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Successful deployments, those with an incident blamed on them in the numerator."""
    return blamed_deployments(successes(facts), _blamed(facts))


def restore(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Incidents from creation to resolution, counted at their creation."""
    rows = created_incidents(facts)
    rows = rows.mutate(seconds=seconds_between(rows.created_at, rows.solved_at))
    return closed_durations(rows, "created_at", "open")


def recovery(facts: Facts, scope: Scope) -> ir.Table:
    """Incidents from the finish of the blamed deployment to their resolution."""
    rows = _blamed(facts)
    in_time = rows.solved_at < instant(scope.window.end)
    seconds = seconds_between(rows.began_at, rows.solved_at)
    rows = rows.mutate(seconds=ibis.ifelse(in_time, seconds, ibis.null("float64")))
    return closed_durations(rows, "began_at", "open")


_INCIDENTS = ("deployments", "incidents")
DEFINITIONS = [
    peer(
        "devlake",
        "deployment_frequency",
        frequency,
        "lower_median_active_days_per_week",
        ("deployments",),
    ),
    peer(
        "devlake",
        "lead_time_for_changes",
        lead_time,
        "lower_median",
        ("changes", "deployment_changes", "deployments"),
    ),
    peer("devlake", "change_failure_rate", failure_rate, "share", _INCIDENTS),
    peer("devlake", "time_to_restore", restore, "lower_median", ("incidents",), shared=True),
    peer(
        "devlake",
        "failed_deployment_recovery_time",
        recovery,
        "lower_median",
        _INCIDENTS,
        shared=True,
    ),
]

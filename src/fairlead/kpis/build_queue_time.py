"""Time that a successful attempt of a CI pipeline waited until its first job started.

Grain:    one row per attempt of a pipeline of kind ci.
Reads:    pipeline_runs, pipeline_jobs.
Returns:  record_id | repo_id | pipeline_id | event_at | seconds | excluded_reason; the engine gives
          mean, p50 and p95.
Window:   by the attempt's finish, [start, end).
Null:     null with `no_runs` when no attempt succeeded; never 0.
Late:     an attempt counts where it finished; jobs that arrive later give its queue time there.
Errors:   none of its own.
Differs:  the start of the run itself is no end of the queue: some tools set it when the run is
          created. Without a known start of a job the source's own queue time is taken, else the
          attempt is `queue_unknown`.
Source:   delivery.md 4.13. Version: 1.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.ci_attempts import ci_attempts, timed_records
from fairlead.kpis.shelf import Facts, Kpi, Scope, seconds_between


def records(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """CI attempts with the time from their creation to the start of their first job."""
    attempts = ci_attempts(facts)
    jobs = facts.pipeline_jobs
    jobs = jobs.filter(jobs.started_at.notnull())
    first = jobs.group_by(
        job_source_key=jobs.source.fill_null(""),
        job_run_ref=jobs.run_ref,
        job_attempt=jobs.attempt_count.fill_null(1),
    ).aggregate(first_job_at=jobs.started_at.min())
    rows = attempts.left_join(
        first,
        [
            attempts.source_key == first.job_source_key,
            attempts.run_ref == first.job_run_ref,
            attempts.attempt == first.job_attempt,
        ],
    )
    seconds = ibis.coalesce(
        seconds_between(rows.created_at, rows.first_job_at), rows.queue_seconds.cast("float64")
    )
    return timed_records(rows, seconds, "queue_unknown")


KPI = Kpi(
    id="build_queue_time",
    name="Build queue time",
    form="duration",
    unit="seconds",
    direction="down",
    statistic="mean",
    version=1,
    records=records,
    reads=("pipeline_runs", "pipeline_jobs"),
    companion_of="build_test_duration",
    dimensions=("pipeline_id", "repo_id", "is_standard"),
    mix_by="pipeline_id",
    empty_reason="no_runs",
    quality=("runs_with_service",),
)

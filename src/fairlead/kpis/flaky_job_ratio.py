"""Share of jobs that gave both a success and a failure for the same commit and configuration.

Grain:    one row per (repository, commit, job name, configuration) that was executed.
Reads:    pipeline_jobs.
Returns:  repo_id | numerator keys with both results | denominator keys executed | value ratio 0..1
Window:   executions that finished in [start, end); a key stands at its first one there.
Null:     null with `no_jobs` when the denominator is 0; never 0.
Late:     an execution that arrives later counts at its own finish.
Errors:   none of its own.
Differs:  tools that call a retried job flaky also count retries after a real fix, and miss re-runs
          of the whole pipeline. Here nothing but the result differed. Errors of the CI system,
          cancelled and skipped jobs say nothing about the code: a key with no other result is
          `not_executed`; one whose commit is not known is `commit_unknown`.
Source:   delivery.md 4.14. Version: 1.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.pipeline_attempts import with_service
from fairlead.kpis.shelf import Facts, Kpi, Scope, instant


def records(facts: Facts, scope: Scope) -> ir.Table:
    """Job keys with whether they gave both results among their executions in the window."""
    jobs = with_service(facts.pipeline_jobs)
    start, end = instant(scope.window.start), instant(scope.window.end)
    jobs = jobs.filter(jobs.finished_at >= start, jobs.finished_at < end)
    succeeded = (jobs.result == "success").fill_null(False)
    failed = jobs.result.isin(("failure", "timeout")).fill_null(False)
    seen_at = ibis.coalesce(jobs.finished_at, jobs.started_at, jobs.queued_at)
    keys = jobs.group_by("service_id", "repo_id", "commit_sha", "name", "config_hash").aggregate(
        has_success=succeeded.any(),
        has_failure=failed.any(),
        executed_at=seen_at.min(where=succeeded | failed),
        first_seen_at=seen_at.min(),
        execution_count=(succeeded | failed).sum(),
    )
    executed = keys.has_success | keys.has_failure
    return keys.select(
        "service_id",
        "repo_id",
        "commit_sha",
        "name",
        "config_hash",
        "execution_count",
        record_id=keys.repo_id.fill_null("")
        + "@"
        + keys.commit_sha.fill_null("")
        + ":"
        + keys.name.fill_null("")
        + ":"
        + keys.config_hash.fill_null(""),
        event_at=ibis.coalesce(keys.executed_at, keys.first_seen_at),
        excluded_reason=ibis.cases(
            (~executed, "not_executed"),
            (keys.commit_sha.isnull(), "commit_unknown"),
            else_=ibis.null("string"),
        ),
        numerator=(keys.has_success & keys.has_failure).cast("int64"),
        denominator=ibis.literal(1, type="int64"),
    )


KPI = Kpi(
    id="flaky_job_ratio",
    name="Flaky jobs",
    form="ratio",
    unit="ratio",
    direction="down",
    statistic="share",
    version=1,
    records=records,
    reads=("pipeline_jobs",),
    companion_of="pipeline_success_rate",
    dimensions=("name", "repo_id"),
    empty_reason="no_jobs",
)

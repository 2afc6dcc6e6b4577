"""Time that a successful attempt of a CI pipeline ran, waiting for people left out.

Grain:    one row per attempt of a pipeline of kind ci.
Reads:    pipeline_runs.
Returns:  record_id | repo_id | pipeline_id | event_at | seconds | excluded_reason; the engine gives
          mean, p50 and p95, and the change against the baseline at equal pipeline mix.
Window:   by the attempt's finish, [start, end).
Null:     null with `no_runs` when no attempt succeeded; never 0.
Late:     an attempt counts where it finished, whenever it arrives.
Errors:   none of its own.
Differs:  many dashboards take created to finished, so that a long queue looks like a slow build,
          and mix failed attempts in, so that failing fast looks like an improvement. We leave queue
          and blocked time out and list unsuccessful attempts by their result.
Source:   delivery.md 4.13. Version: 1.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.ci_attempts import ci_attempts, timed_records
from fairlead.kpis.shelf import Facts, Kpi, Scope, seconds_between


def records(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """CI attempts with finish - start - blocked, or the source's own running time without both."""
    rows = ci_attempts(facts)
    tells_blocked = rows.blocked_seconds.notnull().cast("int64").max()
    rows = rows.mutate(tells_blocked=tells_blocked.over(ibis.window(group_by="source_key")))
    blocked = ibis.coalesce(
        rows.blocked_seconds, ibis.ifelse(rows.tells_blocked == 0, 0, ibis.null("int64"))
    )
    seconds = ibis.coalesce(
        seconds_between(rows.started_at, rows.finished_at) - blocked.cast("float64"),
        rows.duration_seconds.cast("float64"),
    )
    return timed_records(rows, seconds, "duration_unknown")


KPI = Kpi(
    id="build_test_duration",
    name="Build and test duration",
    form="duration",
    unit="seconds",
    direction="down",
    statistic="mean",
    version=1,
    records=records,
    reads=("pipeline_runs",),
    dimensions=("pipeline_id", "repo_id", "is_standard"),
    mix_by="pipeline_id",
    empty_reason="no_runs",
    quality=("runs_with_service",),
)

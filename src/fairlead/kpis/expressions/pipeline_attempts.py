"""Attempts of pipeline runs with keys that no engine loses in a join."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.shelf import Facts

FINISHED = "finished"
# Only what is read: each further column makes every step of an expression dearer to compile.
READ = (
    "source",
    "run_ref",
    "attempt_count",
    "service_id",
    "repo_id",
    "pipeline_id",
    "branch",
    "is_default_branch",
    "commit_sha",
    "kind",
    "trigger",
    "rerun_kind",
    "parent_run_ref",
    "template_id",
    "is_standard",
    "created_at",
    "started_at",
    "finished_at",
    "state",
    "result",
    "queue_seconds",
    "blocked_seconds",
    "duration_seconds",
)


def with_service(rows: ir.Table) -> ir.Table:
    """The rows with `service_id`: the owner that the engine bound to them, else null."""
    if "service_id" in rows.columns:
        return rows
    return rows.mutate(service_id=ibis.null("string"))


def pipeline_attempts(facts: Facts) -> ir.Table:
    """Attempts, one row each, with `source_key`, `attempt` (1 when not numbered) and `seen_at`.

    `end_result` is the result once the attempt is finished; before that `blocked` or `running`;
    `unknown` when it is finished and the source gave none.
    """
    rows = with_service(facts.pipeline_runs).select(*READ)
    state = rows.state.fill_null(ibis.ifelse(rows.result.notnull(), FINISHED, "executing"))
    return rows.mutate(
        source_key=rows.source.fill_null(""),
        attempt=rows.attempt_count.fill_null(1),
        seen_at=ibis.coalesce(rows.finished_at, rows.started_at, rows.created_at),
        end_result=ibis.cases(
            (state == "blocked", "blocked"),
            (state != FINISHED, "running"),
            else_=rows.result.fill_null("unknown"),
        ),
    )

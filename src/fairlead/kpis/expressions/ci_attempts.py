"""Attempts of CI pipelines whose times are measured (delivery 4.13)."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.pipeline_attempts import pipeline_attempts
from fairlead.kpis.shelf import Facts


def ci_attempts(facts: Facts) -> ir.Table:
    """Attempts of kind ci, whatever came of them."""
    rows = pipeline_attempts(facts)
    return rows.filter(rows.kind == "ci")


def timed_records(rows: ir.Table, seconds: ir.FloatingValue, unknown_reason: str) -> ir.Table:
    """Records of one duration of attempts: successes count, all others are excluded by result."""
    return rows.select(
        "service_id",
        "repo_id",
        "pipeline_id",
        "run_ref",
        "branch",
        "is_default_branch",
        "is_standard",
        "commit_sha",
        "created_at",
        "started_at",
        "finished_at",
        "blocked_seconds",
        record_id=rows.source_key + ":" + rows.run_ref + ":" + rows.attempt.cast("string"),
        event_at=rows.seen_at,
        attempt_count=rows.attempt,
        end_result=rows.end_result,
        excluded_reason=ibis.cases(
            (rows.end_result != "success", rows.end_result),
            (rows.finished_at.isnull(), "undated"),
            (seconds.isnull(), unknown_reason),
            (seconds < 0, "negative_span"),
            else_=ibis.null("string"),
        ),
        seconds=seconds,
    )

"""One CircleCI workflow as an attempt of a run, one job as a job of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fairlead.connectors.circleci.pipeline import PipelineHead
from fairlead.connectors.contract import MappingContext
from fairlead.connectors.name_globs import matches_any, setting_globs
from fairlead.connectors.nesting import chosen, latest_order, past_instant, required_past
from fairlead.connectors.reading import identifier, in_order, seconds_between, text
from fairlead.facts import Fact

RESULTS: dict[str, str | None] = {
    "success": "success",
    "failed": "failure",
    "error": "error",
    "unauthorized": "error",
    "canceled": "cancelled",
    "not_run": "skipped",
    "running": None,
    "failing": None,
    "on_hold": None,
}
JOB_RESULTS: dict[str, str | None] = {
    "success": "success",
    "failed": "failure",
    "timedout": "timeout",
    "infrastructure_fail": "error",
    "terminated-unknown": "error",
    "unauthorized": "error",
    "canceled": "cancelled",
    "not_run": "skipped",
    "retried": "failure",
    **dict.fromkeys(("not_running", "running", "queued", "on_hold", "blocked"), None),
}
FAILURE_CLASSES = {
    "timedout": "timeout",
    "infrastructure_fail": "infrastructure",
    "terminated-unknown": "unknown",
    "failed": "unknown",
}


def run_fact(
    workflow: Any,
    pipeline: PipelineHead,
    attempt_count: int,
    rerun_kind: str,
    jobs: list[Any] | None,
    context: MappingContext,
) -> tuple[Fact, list[str]]:
    """One attempt; `jobs` is None where the payload has none (a webhook)."""
    status, name = identifier(workflow, "status"), identifier(workflow, "name")
    result = chosen(status, RESULTS, "$.status")
    created_at = required_past(workflow, "created_at", context)
    finished_at = past_instant(workflow, "stopped_at", context) if result else None
    in_order(created_at, finished_at, "$.stopped_at")
    started_at = _first_start(jobs or [], created_at, context)
    is_blockable = jobs is None or any(text(job, "type") == "approval" for job in jobs)
    deploys = matches_any(setting_globs(context.settings, "deploy_workflows"), name)
    kind = "deploy" if deploys else "scheduled" if pipeline.trigger == "schedule" else "ci"
    values = {
        "run_ref": f"{pipeline.id}/{name}",
        "attempt_count": attempt_count,
        "pipeline_id": f"{pipeline.project_slug}/{name}",
        "repo_id": pipeline.repo_id,
        "branch": pipeline.branch,
        "is_default_branch": pipeline.is_default_branch,
        "commit_sha": pipeline.commit_sha,
        "kind": kind,
        "trigger": pipeline.trigger,
        "triggered_by_id": pipeline.triggered_by_id,
        "rerun_kind": rerun_kind,
        "created_at": created_at,
        "started_at": started_at,
        "finished_at": finished_at,
        "state": _state(status, result),
        "result": result,
        "queue_seconds": seconds_between(created_at, started_at),
        "blocked_seconds": None if is_blockable else 0,
        "duration_seconds": None if is_blockable else seconds_between(started_at, finished_at),
    }
    order = latest_order(created_at, started_at, finished_at)
    flags = ["blocked_time_unknown"] if jobs is not None and is_blockable else []
    return Fact("pipeline_runs", values, order, identifier(workflow, "id")), flags


def _state(status: str, result: str | None) -> str:
    if result:
        return "finished"
    return "blocked" if status == "on_hold" else "executing"


def _first_start(jobs: list[Any], created_at: datetime, context: MappingContext) -> datetime | None:
    """The first start in this attempt: a re-run lists jobs that an earlier attempt ran."""
    starts = [past_instant(job, "started_at", context) for job in jobs]
    return min((at for at in starts if at is not None and at >= created_at), default=None)


def job_fact(
    job: Any,
    workflow_name: str,
    pipeline: PipelineHead,
    attempt_count: int,
    context: MappingContext,
) -> Fact:
    """One job; CircleCI retries whole workflows, so a job of an attempt is never a retry."""
    status, job_ref = identifier(job, "status"), identifier(job, "id")
    result = chosen(status, JOB_RESULTS, "$.status")
    started_at = past_instant(job, "started_at", context)
    finished_at = past_instant(job, "stopped_at", context) if result else None
    in_order(started_at, finished_at, "$.stopped_at")
    values = {
        "job_ref": job_ref,
        "run_ref": f"{pipeline.id}/{workflow_name}",
        "attempt_count": attempt_count,
        "repo_id": pipeline.repo_id,
        "commit_sha": pipeline.commit_sha,
        "name": identifier(job, "name"),
        "retry_count": 0,
        "retry_kind": "none",
        "result": result,
        "failure_class": FAILURE_CLASSES.get(status),
        "started_at": started_at,
        "finished_at": finished_at,
    }
    return Fact("pipeline_jobs", values, latest_order(started_at, finished_at), job_ref)

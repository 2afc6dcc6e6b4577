"""Jobs of GitHub Actions as tasks of one attempt of a pipeline run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fairlead.connectors.contract import MappingContext, MappingError
from fairlead.connectors.github.records import (
    moment,
    record_of,
    repository_of,
    required_id,
    required_moment,
)
from fairlead.connectors.reading import in_order
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

RESULTS: dict[str, str | None] = {
    "success": "success",
    "failure": "failure",
    "cancelled": "cancelled",
    "skipped": "skipped",
    "neutral": "skipped",
    "stale": "cancelled",
    "timed_out": "timeout",
    "startup_failure": "error",
    # An approval is asked for: blocked, no result yet.
    "action_required": None,
}
_CLASSES = {"timeout": "timeout", "error": "infrastructure", "failure": "unknown"}
_RANKS = {"queued": 0, "requested": 0, "pending": 0, "waiting": 1, "in_progress": 2, "completed": 3}
_NEVER_RAN = ("skipped", "cancelled")


def job_facts(body: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    """The job that a `workflow_job` message or REST record describes."""
    job = record_of(body, "workflow_job")
    deployment = body.get("deployment")
    environment = deployment.get("environment") if isinstance(deployment, Mapping) else None
    return [job_fact(job, repository_of(body, job), context, environment)]


def job_fact(
    job: Mapping[str, Any], repo_id: str, context: MappingContext, environment: str | None = None
) -> Fact:
    """One job as a fact; FL3110 for a status or conclusion that GitHub does not publish."""
    job_ref = required_id(job, "id", "workflow_job")
    rank = _RANKS.get(str(job.get("status")))
    if rank is None:
        allowed = ", ".join(_RANKS)
        raise MappingError(
            "FL3110", "$.workflow_job.status", f"`{job.get('status')}`; allowed: {allowed}"
        )
    result = _result(job)
    queued_at = moment(job, "created_at", "workflow_job")
    started_at, finished_at = _span(job, rank)
    latest_at = finished_at or started_at or queued_at
    if latest_at is None:
        latest_at = required_moment(job, "started_at", "workflow_job", context.received_at)
    values = {
        "job_ref": job_ref,
        "run_ref": required_id(job, "run_id", "workflow_job"),
        "attempt_count": int(job.get("run_attempt") or 1),
        "repo_id": repo_id,
        "commit_sha": job.get("head_sha"),
        "name": job.get("name"),
        # GitHub runs a job once in an attempt; running it again makes a new attempt.
        "retry_count": 0,
        "retry_kind": "none",
        "result": result,
        "failure_class": _CLASSES.get(result or ""),
        "environment": environment,
        "queued_at": queued_at,
        "started_at": started_at,
        "finished_at": finished_at,
    }
    return Fact("pipeline_jobs", values, order_of(latest_at) + rank, f"job:{job_ref}")


def job_span(
    jobs: Sequence[Mapping[str, Any]], since: datetime | None
) -> tuple[datetime | None, datetime | None]:
    """First start and last finish over the jobs that ran since then; None where no job did.

    An attempt that runs only failed jobs again lists the others with the times of the attempt in
    which they ran, which lie before it began.
    """
    starts, ends = [], []
    for job in jobs:
        if job.get("conclusion") in _NEVER_RAN and not job.get("runner_id"):
            continue
        started_at, finished_at = _span(job, _RANKS.get(str(job.get("status")), 0))
        if started_at is not None and since is not None and started_at < since:
            continue
        starts += [started_at] if started_at else []
        ends += [finished_at] if finished_at else []
    return min(starts, default=None), max(ends, default=None)


def _result(job: Mapping[str, Any]) -> str | None:
    conclusion = job.get("conclusion")
    if conclusion is None or job.get("status") != "completed":
        return None
    if conclusion not in RESULTS:
        allowed = ", ".join(RESULTS)
        raise MappingError(
            "FL3110", "$.workflow_job.conclusion", f"`{conclusion}`; allowed: {allowed}"
        )
    return RESULTS[conclusion]


def _span(job: Mapping[str, Any], rank: int) -> tuple[datetime | None, datetime | None]:
    # Before a runner takes the job, GitHub repeats the creation instant as its start.
    started_at = moment(job, "started_at", "workflow_job") if rank >= 2 else None
    finished_at = moment(job, "completed_at", "workflow_job") if rank == 3 else None
    # Jobs that never ran may be completed a second before they "started".
    if started_at and finished_at and job.get("conclusion") in _NEVER_RAN:
        return (None if finished_at < started_at else started_at), finished_at
    in_order(started_at, finished_at, "$.workflow_job.completed_at")
    return started_at, finished_at

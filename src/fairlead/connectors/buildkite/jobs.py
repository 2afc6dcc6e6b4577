"""One job of a Buildkite build, and the time that a build waited for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fairlead.connectors.contract import MappingContext
from fairlead.connectors.nesting import chosen, commit_of, latest_order, past_instant, repository_of
from fairlead.connectors.reading import identifier, in_order, instant, look_up, text
from fairlead.facts import Fact

RESULTS: dict[str, str | None] = {
    "passed": "success",
    "failed": "failure",
    "timed_out": "timeout",
    "canceled": "cancelled",
    "skipped": "skipped",
    "broken": "skipped",
    "expired": "error",
    "finished": None,
    **dict.fromkeys(
        (
            *("pending", "waiting", "waiting_failed", "blocked", "blocked_failed", "unblocked"),
            *("unblocked_failed", "limiting", "limited", "scheduled", "assigned", "accepted"),
            *("running", "canceling", "timing_out", "platform_limiting", "platform_limited"),
        ),
        None,
    ),
}
RETRY_KINDS = {"manual": "human", "automatic": "automatic"}
LOST_AGENT = -1


def is_script(job: Any) -> bool:
    """Whether a job runs a command; block, wait and trigger steps run nothing."""
    return look_up(job, "type") in (None, "script", "command")


def job_fact(job: Any, build: Mapping[str, Any], pipeline: Any, context: MappingContext) -> Fact:
    """One execution of a command step; a retry is a job of its own that names its source."""
    job_ref, state = identifier(job, "id"), identifier(job, "state")
    result = chosen(state, RESULTS, "$.state")
    exit_status = look_up(job, "exit_status")
    if state == "finished":
        result = "success" if job.get("passed") is True or exit_status == 0 else "failure"
    queued_at = past_instant(job, "runnable_at", context) or past_instant(
        job, "scheduled_at", context
    )
    started_at = past_instant(job, "started_at", context)
    finished_at = past_instant(job, "finished_at", context) if result else None
    in_order(started_at, finished_at, "$.finished_at")
    retries = look_up(job, "retries_count") or (1 if look_up(job, "retry_source") else 0)
    retried_by = text(job, "retry_source.retry_type") or ""
    values = {
        "job_ref": job_ref,
        "run_ref": identifier(build, "id"),
        "attempt_count": 1,
        "repo_id": repository_of(text(pipeline, "repository")),
        "commit_sha": commit_of(text(build, "commit")),
        "name": text(job, "name") or text(job, "step_key") or text(job, "label"),
        "retry_count": int(retries),
        "retry_kind": RETRY_KINDS.get(retried_by, "unknown") if retries else "none",
        "result": "error" if exit_status == LOST_AGENT and result == "failure" else result,
        "failure_class": _failure_class(state, result, exit_status),
        "allow_failure": look_up(job, "soft_failed") is True if result else None,
        "queued_at": queued_at,
        "started_at": started_at,
        "finished_at": finished_at,
    }
    return Fact("pipeline_jobs", values, latest_order(queued_at, started_at, finished_at), job_ref)


def _failure_class(state: str, result: str | None, exit_status: Any) -> str | None:
    if state == "expired" or (result == "failure" and exit_status == LOST_AGENT):
        return "infrastructure"
    if state == "timed_out":
        return "timeout"
    return "unknown" if result == "failure" else None


def blocked_seconds(jobs: list[Any], created_at: datetime) -> int:
    """Time in which nothing ran until a person unblocked the build, over all block steps.

    A block step's time runs from the last finish before it was unblocked to that instant, and is
    0 where a job was running then; steps that were unblocked in the same pause count it once.
    """
    spans = [
        (start, instant(job, "finished_at"))
        for job in jobs
        if (start := instant(job, "started_at"))
    ]
    pauses: dict[datetime, datetime] = {}
    for job in jobs:
        unblocked_at = instant(job, "unblocked_at")
        if unblocked_at is None:
            continue
        if any(
            start < unblocked_at and (end is None or unblocked_at < end) for start, end in spans
        ):
            continue
        ends = [end for _, end in spans if end is not None and end <= unblocked_at]
        begun_at = max(ends, default=created_at)
        pauses[begun_at] = max(unblocked_at, pauses.get(begun_at, unblocked_at))
    return sum(int((end - start).total_seconds()) for start, end in pauses.items())

"""Pipelines of GitLab CI as runs; a retry of a job changes the pipeline and makes no new attempt.

A pipeline keeps its id when jobs are retried, so every run has one attempt, and help is seen in
its jobs. What a message lacks (`updated_at`), its own instants give: the latest one orders the
versions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fairlead.connectors.contract import MappingContext
from fairlead.connectors.gitlab.jobs import failure_of, job_fact, with_retries
from fairlead.connectors.gitlab.pipeline_purpose import (
    branch,
    change_ref,
    is_default_branch,
    parent,
    purpose,
)
from fairlead.connectors.gitlab.records import (
    ENRICHED,
    latest,
    moment,
    not_ahead,
    one_of,
    project_of,
    required_part,
    required_text,
    username,
)
from fairlead.connectors.reading import in_order, seconds_between
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

# State, result and rank of a status; a manual, delayed or waiting pipeline is blocked.
STATUSES: dict[str, tuple[str, str | None, int]] = {
    "created": ("pending", None, 0),
    "waiting_for_callback": ("pending", None, 0),
    "preparing": ("pending", None, 0),
    "pending": ("pending", None, 0),
    "waiting_for_resource": ("blocked", None, 1),
    "scheduled": ("blocked", None, 1),
    "manual": ("blocked", None, 1),
    "running": ("executing", None, 2),
    "canceling": ("finalizing", None, 3),
    "success": ("finished", "success", 4),
    "failed": ("finished", "failure", 4),
    "canceled": ("finished", "cancelled", 4),
    "skipped": ("finished", "skipped", 4),
}


def pipeline_facts(body: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    """The run of a `pipeline` message or REST record, and the jobs that are enclosed."""
    is_message = "object_attributes" in body
    name = "object_attributes" if is_message else "pipeline"
    pipeline = required_part(body, name)
    repo_id = project_of(body)
    run_ref = required_text(pipeline, "id", f"{name}.id")
    jobs: Sequence[Mapping[str, Any]] = body.get("builds") or body.get("jobs") or ()
    state, result, rank = one_of(pipeline.get("status"), STATUSES, f"{name}.status")
    if result == "failure":
        result = _failure(pipeline, jobs)
    times, known_at = _times(pipeline, jobs, state, name)
    values = {
        "run_ref": run_ref,
        "attempt_count": 1,
        "pipeline_id": repo_id,
        "repo_id": repo_id,
        "branch": None if pipeline.get("tag") else branch(pipeline.get("ref")),
        "is_default_branch": is_default_branch(body, pipeline),
        "change_ref": change_ref(body, pipeline),
        "commit_sha": pipeline.get("sha"),
        "triggered_by_id": username(body.get("user")) or username(pipeline.get("user")),
        "rerun_kind": "none",
        "parent_run_ref": parent(body),
        "state": state,
        "result": result,
        **purpose(pipeline, repo_id, context.settings),
        **times,
    }
    order = order_of(
        not_ahead(known_at or context.received_at, f"{name}.finished_at", context.received_at)
    )
    enriched = 0 if is_message else ENRICHED
    facts = [Fact("pipeline_runs", values, order + rank + enriched, f"pipeline:{run_ref}")]
    sha = pipeline.get("sha")
    counted = with_retries(jobs, is_complete=not is_message)
    return facts + [job_fact(job, repo_id, run_ref, sha, context) for job in counted]


def _failure(pipeline: Mapping[str, Any], jobs: Sequence[Mapping[str, Any]]) -> str:
    """A failed pipeline is the fault of code if any failed job is; else a timeout or an error."""
    if pipeline.get("yaml_errors"):
        return "error"
    causes = {
        failure_of(job.get("failure_reason"))
        for job in jobs
        if job.get("status") == "failed" and not job.get("allow_failure")
    }
    return next((cause for cause in ("failure", "timeout", "error") if cause in causes), "failure")


def _times(
    pipeline: Mapping[str, Any], jobs: Sequence[Mapping[str, Any]], state: str, name: str
) -> tuple[dict[str, Any], datetime | None]:
    created_at = moment(pipeline, "created_at", f"{name}.created_at")
    job_starts = [moment(job, "started_at", "builds[].started_at") for job in jobs]
    first_at = min((at for at in job_starts if at is not None), default=None)
    started_at = first_at or moment(pipeline, "started_at", f"{name}.started_at")
    ended_at = moment(pipeline, "finished_at", f"{name}.finished_at")
    finished_at = ended_at if state == "finished" else None
    in_order(started_at, finished_at, f"$.{name}.finished_at")
    updated_at = moment(pipeline, "updated_at", f"{name}.updated_at")
    times = {
        "created_at": created_at,
        "started_at": started_at,
        "finished_at": finished_at,
        "queue_seconds": seconds_between(created_at, started_at),
        "duration_seconds": seconds_between(started_at, finished_at),
    }
    return times, latest((created_at, *job_starts, ended_at, updated_at))

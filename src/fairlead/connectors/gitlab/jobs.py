"""Jobs of GitLab CI: messages (`build`), records of the REST API, and those inside a pipeline.

The reason of a failure tells whose fault it is: reasons of runner, scheduler or platform are
errors of the CI system; a job beyond its limit timed out; all else is a failure of code or tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fairlead.connectors.contract import MappingContext
from fairlead.connectors.gitlab.records import (
    ENRICHED,
    latest,
    moment,
    not_ahead,
    one_of,
    part,
    project_of,
    required_text,
)
from fairlead.connectors.reading import in_order
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

_SYSTEM_NAMES = """
runner_system_failure stuck_or_timeout_failure stale_schedule scheduler_failure api_failure
runner_unsupported data_integrity_failure unmet_prerequisites no_matching_runner
runner_provisioning_timeout image_pull_failure environment_creation_failure ci_quota_exceeded
secrets_provider_not_found job_router_failure job_token_expired
"""
SYSTEM_REASONS = frozenset(_SYSTEM_NAMES.split())
TIMEOUT_REASONS = frozenset({"job_execution_timeout"})

# Result of a status, and how late the status stands in a job's life.
STATUSES: dict[str, tuple[str | None, int]] = {
    "created": (None, 0),
    "waiting_for_callback": (None, 0),
    "preparing": (None, 0),
    "pending": (None, 1),
    "waiting_for_resource": (None, 1),
    "scheduled": (None, 1),
    "manual": (None, 1),
    "running": (None, 2),
    "canceling": (None, 3),
    "success": ("success", 4),
    "failed": ("failure", 4),
    "canceled": ("cancelled", 4),
    "skipped": ("skipped", 4),
}
_CLASSES = {"timeout": "timeout", "error": "infrastructure", "failure": "unknown"}


def failure_of(reason: object) -> str:
    """The result that a failure's reason stands for."""
    if reason in TIMEOUT_REASONS:
        return "timeout"
    return "error" if reason in SYSTEM_REASONS else "failure"


def message_facts(body: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    """The job of a `build` message; its `commit.id` is the pipeline's id, so `sha` is read."""
    job = {
        "id": body.get("build_id"),
        "name": body.get("build_name"),
        "status": body.get("build_status"),
        "created_at": body.get("build_created_at_iso") or body.get("build_created_at"),
        "started_at": body.get("build_started_at_iso") or body.get("build_started_at"),
        "finished_at": body.get("build_finished_at_iso") or body.get("build_finished_at"),
        "failure_reason": body.get("build_failure_reason"),
        "allow_failure": body.get("build_allow_failure"),
        "environment": body.get("environment"),
        "retries_count": body.get("retries_count"),
    }
    return [job_fact(job, project_of(body), str(body.get("pipeline_id")), body.get("sha"), context)]


def record_facts(body: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    """A job of the REST API under `job`, with the `project` that the pull adds."""
    job = part(body, "job")
    run_ref = required_text(part(job, "pipeline"), "id", "job.pipeline.id")
    sha = part(job, "pipeline").get("sha") or part(job, "commit").get("id")
    return [job_fact(job, project_of(body), run_ref, sha, context)]


def job_fact(
    job: Mapping[str, Any], repo_id: str, run_ref: str, sha: object, context: MappingContext
) -> Fact:
    """One job as a fact."""
    job_ref = required_text(job, "id", "job.id")
    result, rank = one_of(job.get("status"), STATUSES, "job.status")
    if result == "failure":
        result = failure_of(job.get("failure_reason"))
    queued_at = moment(job, "created_at", "job.created_at")
    started_at = moment(job, "started_at", "job.started_at")
    finished_at = moment(job, "finished_at", "job.finished_at") if rank == 4 else None
    in_order(started_at, finished_at, "$.job.finished_at")
    known_at = latest((queued_at, started_at, finished_at)) or context.received_at
    retries = job.get("retries_count")
    values = {
        "job_ref": job_ref,
        "run_ref": run_ref,
        "attempt_count": 1,
        "repo_id": repo_id,
        "commit_sha": sha,
        "name": job.get("name"),
        "retry_count": retries,
        # GitLab counts retries but does not tell who asked for them.
        "retry_kind": None if retries is None else "unknown" if retries else "none",
        "result": result,
        "failure_class": _CLASSES.get(result or ""),
        "allow_failure": job.get("allow_failure"),
        "environment": environment_of(job),
        "queued_at": queued_at,
        "started_at": started_at,
        "finished_at": finished_at,
    }
    # What knows the retries outweighs the same job inside a pipeline's message.
    detail = 0 if retries is None else ENRICHED
    order = order_of(not_ahead(known_at, "job.finished_at", context.received_at)) + rank + detail
    return Fact("pipeline_jobs", values, order, f"job:{job_ref}")


def with_retries(
    jobs: Sequence[Mapping[str, Any]], *, is_complete: bool
) -> Iterator[Mapping[str, Any]]:
    """Jobs of one pipeline with `retries_count`: how many older jobs have the same name.

    A list that may leave out retried jobs says nothing where it shows none.
    """
    older: dict[object, int] = {}
    for job in sorted(jobs, key=lambda job: int(job.get("id") or 0)):
        count = older.get(job.get("name"), 0)
        older[job.get("name")] = count + 1
        yield {"retries_count": count if count or is_complete else None, **job}


def environment_of(job: Mapping[str, Any]) -> str | None:
    """The environment that a job names, as text or as an object."""
    found = job.get("environment")
    name = found.get("name") if isinstance(found, Mapping) else found
    return str(name) if name else None

"""Workflow runs of GitHub Actions as attempts of pipeline runs.

A run keeps its id when it is run again; `run_attempt` tells the attempts apart. GitHub tells no
start of execution and no finish of a run: with the enclosed jobs both are exact; without them the
start is `run_started_at`, the finish is `updated_at`, and the queue is known only where the two
instants differ. `updated_at` orders versions; within its second the later state wins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fairlead.connectors.contract import MappingContext, MappingError
from fairlead.connectors.github.jobs import RESULTS, job_fact, job_span
from fairlead.connectors.github.records import (
    ENRICHED,
    login_of,
    moment,
    record_of,
    repository_of,
    required_id,
    required_moment,
)
from fairlead.connectors.github.run_purpose import TRIGGERS, pipeline_id, purpose, rerun_kind
from fairlead.connectors.reading import seconds_between
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

_STATES = {
    "requested": "pending",
    "pending": "pending",
    "queued": "pending",
    "waiting": "blocked",
    "action_required": "blocked",
    "in_progress": "executing",
    "completed": "finished",
}
_RANKS = {"pending": 0, "blocked": 1, "executing": 2, "finished": 3}
_QUEUED_CHANGE = re.compile(r"/pr-(\d+)-[0-9a-f]+$")


def run_facts(body: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    """The attempt that a `workflow_run` message or REST record describes, and its enclosed jobs."""
    run = record_of(body, "workflow_run")
    repo_id = repository_of(body, run)
    run_ref = required_id(run, "id", "workflow_run")
    attempt = int(run.get("run_attempt") or 1)
    jobs: Sequence[Mapping[str, Any]] = body.get("jobs") or ()
    updated_at = required_moment(run, "updated_at", "workflow_run", context.received_at)
    state, result = _outcome(run)
    facts = [job_fact(job, repo_id, context) for job in jobs]
    values = {
        "run_ref": run_ref,
        "attempt_count": attempt,
        "pipeline_id": pipeline_id(repo_id, run, body.get("workflow")),
        "repo_id": repo_id,
        "branch": run.get("head_branch"),
        "is_default_branch": _is_default_branch(body, run, repo_id),
        "change_ref": _change_ref(run, repo_id),
        "commit_sha": run.get("head_sha"),
        "triggered_by_id": login_of(run.get("triggering_actor")) or login_of(run.get("actor")),
        "rerun_kind": rerun_kind(attempt, run),
        "state": state,
        "result": result,
    }
    values.update(purpose(run, body.get("workflow"), context.settings))
    values.update(_times(run, attempt, state, updated_at, jobs))
    order = order_of(updated_at) + _RANKS[state] + (ENRICHED if jobs else 0)
    return [Fact("pipeline_runs", values, order, f"run:{run_ref}:{attempt}"), *facts]


def _outcome(run: Mapping[str, Any]) -> tuple[str, str | None]:
    status, conclusion = run.get("status"), run.get("conclusion")
    state = _STATES.get(str(status))
    if state is None:
        allowed = ", ".join(_STATES)
        raise MappingError("FL3110", "$.workflow_run.status", f"`{status}`; allowed: {allowed}")
    if state != "finished":
        return state, None
    if conclusion == "action_required":
        return "blocked", None
    result = RESULTS.get(str(conclusion))
    if result is None:
        allowed = ", ".join([*RESULTS, "action_required"])
        raise MappingError(
            "FL3110", "$.workflow_run.conclusion", f"`{conclusion}`; allowed: {allowed}"
        )
    return state, result


def _is_default_branch(
    body: Mapping[str, Any], run: Mapping[str, Any], repo_id: str
) -> bool | None:
    if TRIGGERS.get(str(run.get("event"))) == "merge_request":
        return False
    # A fork may have a branch of the same name.
    head = run.get("head_repository")
    if isinstance(head, Mapping) and head.get("full_name") not in (None, repo_id):
        return False
    repository = body.get("repository") or run.get("repository")
    default = repository.get("default_branch") if isinstance(repository, Mapping) else None
    branch = run.get("head_branch")
    return None if default is None or branch is None else branch == default


def _change_ref(run: Mapping[str, Any], repo_id: str) -> str | None:
    for change in run.get("pull_requests") or ():
        if str((change.get("base") or {}).get("repo", {}).get("url", repo_id)).endswith(repo_id):
            return f"pr:{change['number']}"
    if run.get("event") == "merge_group":
        match = _QUEUED_CHANGE.search(str(run.get("head_branch")))
        return f"pr:{match[1]}" if match else None
    return None


def _times(
    run: Mapping[str, Any],
    attempt: int,
    state: str,
    updated_at: datetime,
    jobs: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    created_at = moment(run, "created_at", "workflow_run")
    asked_at = moment(run, "run_started_at", "workflow_run")
    if attempt > 1 and asked_at is not None:
        created_at = asked_at
    first_at, last_at = job_span(jobs, asked_at if attempt > 1 else None)
    started_at = first_at or asked_at
    if state == "pending":
        started_at = None
    finished_at = (last_at or updated_at) if state == "finished" else None
    if finished_at is not None and started_at is not None and finished_at < started_at:
        raise MappingError(
            "FL3105",
            "$.workflow_run.updated_at",
            f"ends {finished_at.isoformat()}, before {started_at.isoformat()}",
        )
    queue = seconds_between(created_at, started_at)
    return {
        "created_at": created_at,
        "started_at": started_at,
        "finished_at": finished_at,
        # Without jobs equal instants say only that GitHub told no other start.
        "queue_seconds": queue if first_at is not None or queue else None,
        "duration_seconds": seconds_between(started_at, finished_at),
    }

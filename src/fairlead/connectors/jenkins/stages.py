"""Stages of a pipeline of Jenkins (`wfapi/describe`) as jobs of its run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fairlead.connectors.contract import MappingError
from fairlead.connectors.jenkins.code import Code
from fairlead.connectors.reading import to_instant
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

STATUSES: dict[str, str | None] = {
    "SUCCESS": "success",
    "UNSTABLE": "failure",
    "FAILED": "failure",
    "ABORTED": "cancelled",
    "NOT_EXECUTED": "skipped",
    "IN_PROGRESS": None,
    "PAUSED_PENDING_INPUT": None,
}


def stage_facts(
    described: Mapping[str, Any], run_ref: str, attempt: int, number: int, code: Code
) -> list[Fact]:
    """One job for each stage; a stage that was not executed has no instants."""
    return [
        _stage(stage, index, run_ref, attempt, number, code)
        for index, stage in enumerate(described.get("stages") or ())
    ]


def _stage(
    stage: Mapping[str, Any], index: int, run_ref: str, attempt: int, number: int, code: Code
) -> Fact:
    status = str(stage.get("status"))
    if status not in STATUSES:
        allowed = ", ".join(STATUSES)
        raise MappingError(
            "FL3110", f"$.describe.stages[{index}].status", f"`{status}`; allowed: {allowed}"
        )
    result = STATUSES[status]
    started_at = finished_at = None
    if status != "NOT_EXECUTED" and stage.get("startTimeMillis"):
        path = f"$.describe.stages[{index}].startTimeMillis"
        started_at = to_instant(stage["startTimeMillis"], path)
        if result is not None:
            finished_at = started_at + timedelta(milliseconds=stage.get("durationMillis") or 0)
    job = run_ref.rpartition("#")[0]
    job_ref = f"{job}#{number}/{stage.get('id', index)}"
    values = {
        "job_ref": job_ref,
        "run_ref": run_ref,
        "attempt_count": attempt,
        "repo_id": code.repo_id,
        "commit_sha": code.commit_sha,
        "name": stage.get("name"),
        "retry_count": None,
        "retry_kind": "unknown",
        "result": result,
        "failure_class": "unknown" if result == "failure" else None,
        "queued_at": started_at,
        "started_at": started_at,
        "finished_at": finished_at,
    }
    latest_at = finished_at or started_at
    order = order_of(latest_at) if latest_at else 0
    return Fact("pipeline_jobs", values, order + (result is not None), job_ref)

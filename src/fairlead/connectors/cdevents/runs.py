"""Pipeline runs and task runs of CDEvents."""

from __future__ import annotations

from typing import Any

from fairlead.connectors.cdevents.envelope import Event
from fairlead.connectors.contract import Mapped, MappingContext
from fairlead.connectors.nesting import chosen, commit_of, inside, past_instant
from fairlead.connectors.reading import identifier, in_order, seconds_between, text
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

OUTCOMES: dict[str, str | None] = {
    "success": "success",
    "failure": "failure",
    "error": "error",
    "cancel": "cancelled",
    "cancelled": "cancelled",
    "skip": "skipped",
    "timeout": "timeout",
}
STATES = {"queued": "pending", "started": "executing", "finished": "finished"}
RERUN_KINDS: dict[str, str | None] = {
    name: name for name in ("none", "human", "automatic", "unknown")
}


def map_pipeline_run(event: Event, context: MappingContext) -> Mapped:
    """One version of a run: what this event knows, with what customData adds."""
    run_ref = identifier(event.body, "subject.id")
    times = _instants(event, context)
    rerun_kind = text(event.custom, "rerun_kind") or "unknown"
    values = {
        "run_ref": run_ref,
        "attempt_count": int(event.custom.get("attempt_count") or 1),
        "pipeline_id": text(event.body, "subject.content.pipelineName"),
        "repo_id": text(event.custom, "repo_id"),
        "branch": text(event.custom, "branch"),
        "commit_sha": commit_of(text(event.custom, "commit_sha")),
        "kind": "ci",
        "rerun_kind": chosen(rerun_kind, RERUN_KINDS, "$.customData.rerun_kind"),
        **times,
        "state": STATES[event.predicate],
        "result": _result(event),
        "queue_seconds": seconds_between(times["created_at"], times["started_at"]),
    }
    return Mapped([Fact("pipeline_runs", values, order_of(event.at), event.id)])


def map_task_run(event: Event, context: MappingContext) -> Mapped:
    """One version of a job of the run that its content names."""
    job_ref = identifier(event.body, "subject.id")
    times = _instants(event, context)
    result = _result(event)
    values = {
        "job_ref": job_ref,
        "run_ref": text(event.body, "subject.content.pipelineRun.id"),
        "attempt_count": 1,
        "name": text(event.body, "subject.content.taskName"),
        "retry_kind": "unknown",
        "result": result,
        "failure_class": "unknown" if result in ("failure", "error") else None,
        "queued_at": times["created_at"],
        "started_at": times["started_at"],
        "finished_at": times["finished_at"],
    }
    return Mapped([Fact("pipeline_jobs", values, order_of(event.at), event.id)])


def _instants(event: Event, context: MappingContext) -> dict[str, Any]:
    with inside("$.customData"):
        created_at = past_instant(event.custom, "created_at", context)
        started_at = past_instant(event.custom, "started_at", context)
    times = {
        "created_at": event.at if event.predicate == "queued" else created_at,
        "started_at": event.at if event.predicate == "started" else started_at,
        "finished_at": event.at if event.predicate == "finished" else None,
    }
    in_order(times["started_at"], times["finished_at"], "$.context.timestamp")
    return times


def _result(event: Event) -> str | None:
    if event.predicate != "finished":
        return None
    outcome = identifier(event.body, "subject.content.outcome")
    return chosen(outcome, OUTCOMES, "$.subject.content.outcome")

"""Builds of Jenkins as pipeline runs, and the stages of a pipeline as their jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from fairlead.connectors.contract import MappingContext, MappingError
from fairlead.connectors.jenkins.build_times import times_of, whole
from fairlead.connectors.jenkins.causes import Origin, is_timeout, origin_of
from fairlead.connectors.jenkins.code import Code, code_of
from fairlead.connectors.jenkins.stages import stage_facts
from fairlead.connectors.name_globs import matches_any, setting_globs
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

RESULTS = {
    "SUCCESS": "success",
    "UNSTABLE": "failure",
    "FAILURE": "failure",
    "ABORTED": "cancelled",
    "NOT_BUILT": "skipped",
}
_PAUSED = "PAUSED_PENDING_INPUT"
_RANKS = {"executing": 0, "blocked": 1, "finished": 3}


def build_facts(
    job: str, build: Mapping[str, Any], body: Mapping[str, Any], context: MappingContext
) -> tuple[list[Fact], tuple[str, ...]]:
    """The run of a build and its stages; a flag tells that its repository is ambiguous."""
    number = whole(build, "number")
    origin, code = origin_of(build), code_of(job, build, context.settings)
    described = body.get("describe")
    stages: Mapping[str, Any] = described if isinstance(described, Mapping) else {}
    state, result = _outcome(build, stages)
    times = times_of(
        build, stages, is_finished=state == "finished", received_at=context.received_at
    )
    repeats = origin.repeats_number
    run_ref = f"{job}#{repeats or number}"
    # A repeated build is a later attempt; its distance keeps attempts in order.
    attempt = 1 if repeats is None else number - repeats + 1
    values = _identity(job, origin, code, body, context) | {
        "run_ref": run_ref,
        "attempt_count": attempt,
        "state": state,
        "result": result,
        "created_at": times.created_at,
        "started_at": times.started_at,
        "finished_at": times.finished_at,
        "queue_seconds": times.queue_seconds,
        "blocked_seconds": times.blocked_seconds,
        "duration_seconds": times.duration_seconds,
    }
    order = order_of(times.finished_at or times.started_at) + _RANKS[state] + bool(stages)
    facts = [Fact("pipeline_runs", values, order, f"{job}#{number}")]
    facts += stage_facts(stages, run_ref, attempt, number, code)
    return facts, (("ambiguous_repository",) if code.is_ambiguous else ())


def _identity(
    job: str,
    origin: Origin,
    code: Code,
    body: Mapping[str, Any],
    context: MappingContext,
) -> dict[str, Any]:
    given = body.get("job")
    holder: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    folder, _, name = job.rpartition("/")
    # A multibranch job names its jobs after branches and changes.
    is_branch = (
        bool(code.change_ref) or unquote(name) == code.branch or bool(holder.get("is_multibranch"))
    )
    is_default = holder.get("is_primary")
    default = context.settings.get("default_branch")
    if is_default is None and default and code.branch:
        is_default = code.branch == default
    kind = "scheduled" if origin.trigger == "schedule" else "ci"
    if matches_any(setting_globs(context.settings, "deploy_jobs"), job):
        kind = "deploy"
    return {
        # Branches of a multibranch job are runs of one pipeline.
        "pipeline_id": folder if is_branch and folder else job,
        "repo_id": code.repo_id,
        "branch": code.branch,
        "is_default_branch": False if code.change_ref else is_default,
        "change_ref": code.change_ref,
        "commit_sha": code.commit_sha,
        "kind": kind,
        "trigger": "merge_request" if code.change_ref else origin.trigger,
        "triggered_by_id": origin.user,
        "rerun_kind": origin.rerun_kind,
        "parent_run_ref": origin.upstream_ref,
    }


def _outcome(build: Mapping[str, Any], stages: Mapping[str, Any]) -> tuple[str, str | None]:
    if build.get("building") or build.get("result") is None:
        return ("blocked" if stages.get("status") == _PAUSED else "executing"), None
    result = RESULTS.get(str(build["result"]))
    if result is None:
        allowed = ", ".join(RESULTS)
        raise MappingError("FL3110", "$.result", f"`{build['result']}`; allowed: {allowed}")
    if result == "cancelled" and is_timeout(build):
        result = "timeout"
    return "finished", result

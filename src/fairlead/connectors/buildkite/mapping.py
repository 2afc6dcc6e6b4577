"""Map a Buildkite build and its jobs to one run and its jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairlead.connectors.buildkite.jobs import blocked_seconds, is_script, job_fact
from fairlead.connectors.contract import Mapped, MappingContext, MappingError, Payload
from fairlead.connectors.misshapen import refuse_misshapen
from fairlead.connectors.name_globs import matches_any, setting_globs
from fairlead.connectors.nesting import (
    chosen,
    commit_of,
    inside,
    latest_order,
    listed,
    mapping_of,
    members,
    past_instant,
    repository_of,
    required_past,
)
from fairlead.connectors.reading import (
    identifier,
    in_order,
    look_up,
    require,
    seconds_between,
    text,
)
from fairlead.facts import Fact

RESULTS: dict[str, str | None] = {
    "passed": "success",
    "failed": "failure",
    "canceled": "cancelled",
    "skipped": "skipped",
    "not_run": "skipped",
    **dict.fromkeys(("creating", "scheduled", "running", "failing", "canceling", "blocked"), None),
}
STATES = {"creating": "pending", "scheduled": "pending", "blocked": "blocked"}
TRIGGERS = {
    "webhook": "push",
    "api": "api",
    "ui": "manual",
    "trigger_job": "upstream",
    "schedule": "schedule",
}
BUILD_EVENTS = tuple(
    f"build.{name}" for name in ("scheduled", "running", "failing", "finished", "skipped")
)
JOB_EVENTS = tuple(f"job.{name}" for name in ("scheduled", "started", "finished", "activated"))
NOT_NEEDED = ("agent.", "cluster_token.", "ping", "package.")


def split(document: Any, _event: str = "") -> Sequence[Payload]:
    """Webhooks or REST builds: one, or a list of them."""
    return [Payload(item) for item in listed(document)]


@refuse_misshapen
def map_payload(payload: Payload, context: MappingContext) -> Mapped:
    """`event` stands in the body of a webhook; a body without it is a build of the REST API."""
    body = mapping_of(payload.body)
    event = text(body, "event")
    if event is None:
        run = _run(body, look_up(body, "pipeline"), members(body, "jobs"), context)
        return Mapped([run, *_jobs(body, context)])
    if event in BUILD_EVENTS:
        build = require(body, "build", Mapping)
        with inside("$.build"):
            return Mapped([_run(build, look_up(body, "pipeline"), None, context)])
    if event in JOB_EVENTS:
        job, build = require(body, "job", Mapping), require(body, "build", Mapping)
        if not is_script(job):
            return Mapped(not_needed="a block, wait or trigger step runs nothing")
        with inside("$.job"):
            return Mapped([job_fact(job, build, look_up(body, "pipeline"), context)])
    if event.startswith(NOT_NEEDED):
        return Mapped(not_needed=f"`{event}` is about no build")
    raise MappingError("FL3107", "$.event", f"`{event}` is not supported")


def _jobs(build: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    facts = []
    for index, job in enumerate(members(build, "jobs")):
        if is_script(job):
            with inside(f"$.jobs[{index}]"):
                fact = job_fact(job, build, look_up(build, "pipeline"), context)
                facts.append(Fact(fact.type, fact.values, fact.order + 1, fact.source_ref))
    return facts


def _run(
    build: Mapping[str, Any], pipeline: Any, jobs: list[Any] | None, context: MappingContext
) -> Fact:
    """One build; `jobs` is None where the payload has none (a webhook)."""
    run_ref, state = identifier(build, "id"), identifier(build, "state")
    result = chosen(state, RESULTS, "$.state")
    if is_blocked := build.get("blocked") is True:
        result = None
    created_at = required_past(build, "created_at", context)
    started_at = past_instant(build, "started_at", context)
    stopped_at = past_instant(build, "finished_at", context)
    in_order(started_at, stopped_at, "$.finished_at")
    finished_at = stopped_at if result else None
    blocked = None if jobs is None or not finished_at else blocked_seconds(jobs, created_at)
    spent = seconds_between(started_at, finished_at)
    slug, branch = text(pipeline, "slug"), text(build, "branch")
    default, trigger = text(pipeline, "default_branch"), TRIGGERS.get(text(build, "source") or "")
    deploys = matches_any(setting_globs(context.settings, "deploy_pipelines"), slug)
    values = {
        "run_ref": run_ref,
        "attempt_count": 1,
        "pipeline_id": slug,
        "repo_id": repository_of(text(pipeline, "repository")),
        "branch": branch,
        "is_default_branch": branch == default if branch and default else None,
        "change_ref": _change_ref(build),
        "commit_sha": commit_of(text(build, "commit")),
        "kind": "deploy" if deploys else "scheduled" if trigger == "schedule" else "ci",
        "trigger": trigger,
        "triggered_by_id": text(build, "creator.email") or text(build, "creator.name"),
        "rerun_kind": "human" if look_up(build, "rebuilt_from") else "none",
        "parent_run_ref": text(build, "triggered_from.build_id"),
        "created_at": created_at,
        "started_at": started_at,
        "finished_at": finished_at,
        "state": "blocked"
        if is_blocked
        else "finished"
        if result
        else STATES.get(state, "executing"),
        "result": result,
        "queue_seconds": seconds_between(created_at, started_at),
        "blocked_seconds": blocked,
        "duration_seconds": spent - blocked if spent is not None and blocked is not None else None,
    }
    order = latest_order(created_at, started_at, stopped_at) + (0 if jobs is None else 1)
    return Fact("pipeline_runs", values, order, run_ref)


def _change_ref(build: Mapping[str, Any]) -> str | None:
    number = text(build, "pull_request.id")
    return f"pr:{number}" if number else None

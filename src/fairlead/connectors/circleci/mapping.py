"""Map CircleCI webhooks, and pipelines with their workflows and jobs from the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairlead.connectors.circleci.pipeline import read_pipeline
from fairlead.connectors.circleci.records import job_fact, run_fact
from fairlead.connectors.contract import Mapped, MappingContext, MappingError, Payload
from fairlead.connectors.misshapen import refuse_misshapen
from fairlead.connectors.nesting import inside, listed, mapping_of, members, required_past
from fairlead.connectors.reading import identifier, require, text
from fairlead.facts import Fact

API_RANK = 1 << 60


def split(document: Any, _event: str = "") -> Sequence[Payload]:
    """Webhooks or pulled pipelines: one, or a list of them."""
    return [Payload(item) for item in listed(document)]


@refuse_misshapen
def map_payload(payload: Payload, context: MappingContext) -> Mapped:
    """A body with `workflows` was pulled; else `type` names the webhook."""
    body = mapping_of(payload.body)
    if "workflows" in body:
        return _from_api(body, context)
    kind = text(body, "type") or payload.event
    if kind not in ("workflow-completed", "job-completed"):
        raise MappingError("FL3107", "$.type", f"`{kind}` is not supported")
    require(body, "workflow", Mapping)
    given = require(body, "pipeline", Mapping)
    with inside("$.pipeline"):
        pipeline = read_pipeline(given, context)
    pipeline = pipeline.of_project(identifier(body, "project.slug"))
    rerun_kind = "none" if context.settings.get("reruns") == "never" else "unknown"
    if kind == "workflow-completed":
        with inside("$.workflow"):
            fact, flags = run_fact(body["workflow"], pipeline, 1, rerun_kind, None, context)
        return Mapped([fact], None, flags)
    name, job = identifier(body, "workflow.name"), require(body, "job", Mapping)
    with inside("$.job"):
        return Mapped([job_fact(job, name, pipeline, 1, context)])


def _from_api(body: Mapping[str, Any], context: MappingContext) -> Mapped:
    """Every attempt of every workflow of one pipeline; siblings in order of creation."""
    given = require(body, "pipeline", Mapping)
    with inside("$.pipeline"):
        pipeline = read_pipeline(given, context).of_project(identifier(given, "project_slug"))
    indexed = list(enumerate(members(body, "workflows")))
    created = {}
    for index, workflow in indexed:
        with inside(f"$.workflows[{index}]"):
            created[index] = required_past(workflow, "created_at", context)
    attempts: dict[str, int] = {}
    seen: set[Any] = set()  # a re-run from failed lists the jobs that it keeps under their own ids
    facts: list[Fact] = []
    flags: list[str] = []
    for index, workflow in sorted(indexed, key=lambda item: (created[item[0]], item[1].get("id"))):
        with inside(f"$.workflows[{index}]"):
            name = identifier(workflow, "name")
            attempts[name] = attempts.get(name, 0) + 1
            kind = _rerun_kind(workflow, attempts[name])
            jobs = members(workflow, "jobs")
            run, remarks = run_fact(workflow, pipeline, attempts[name], kind, jobs, context)
            facts.append(_outranking(run))
            flags += remarks
            for place, job in enumerate(jobs):
                if text(job, "type") == "approval" or job.get("id") in seen:
                    continue
                seen.add(job.get("id"))
                with inside(f"$.jobs[{place}]"):
                    fact = job_fact(job, name, pipeline, attempts[name], context)
                    facts.append(_outranking(fact))
    return Mapped(facts, None if facts else "a pipeline without workflows", flags)


def _rerun_kind(workflow: Any, attempt_count: int) -> str:
    if attempt_count == 1:
        return "none"
    if workflow.get("auto_rerun_number"):
        return "automatic"
    tag = text(workflow, "tag") or ""
    return "human" if tag.startswith("rerun-") else "unknown"


def _outranking(fact: Fact) -> Fact:
    return Fact(fact.type, fact.values, API_RANK + fact.order, fact.source_ref)

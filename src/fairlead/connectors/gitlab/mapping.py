"""Turn one payload of GitLab into facts: a webhook message, or a record that the pull enriched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fairlead.connectors.contract import Mapped, MappingContext, MappingError, Payload
from fairlead.connectors.gitlab import changes, commits, deployments, jobs
from fairlead.connectors.gitlab.bare import recognised
from fairlead.connectors.gitlab.pipelines import pipeline_facts
from fairlead.connectors.gitlab.reviews import comment_facts
from fairlead.connectors.misshapen import refuse_misshapen
from fairlead.facts import Fact

_Facts = Callable[[Mapping[str, Any], MappingContext], list[Fact]]

# `object_kind` of a message, and the resource of a record; both may stand in `payload.event`.
_MESSAGES: dict[str, _Facts] = {
    "pipeline": pipeline_facts,
    "build": jobs.message_facts,
    "deployment": deployments.message_facts,
}
_RECORDS: dict[str, _Facts] = {
    "pipeline": pipeline_facts,
    "job": jobs.record_facts,
    "deployment": deployments.record_facts,
    "merge_request": changes.record_facts,
    "commit": commits.commit_facts,
}
_NOT_NEEDED_NAMES = """
issue work_item wiki_page emoji access_token member subgroup project milestone vulnerability
confidential_note resource_deploy_token
"""
NOT_NEEDED = frozenset(_NOT_NEEDED_NAMES.split())
# Messages of groups name no `object_kind` but an `event_name`.
_GROUP_PREFIXES = ("user_", "subgroup_", "project_")
_HOOKS = {
    "Push Hook": "push",
    "Tag Push Hook": "tag_push",
    "Merge Request Hook": "merge_request",
    "Pipeline Hook": "pipeline",
    "Job Hook": "build",
    "Deployment Hook": "deployment",
    "Feature Flag Hook": "feature_flag",
    "Release Hook": "release",
    "Note Hook": "note",
    "Member Hook": "member",
    "Subgroup Hook": "subgroup",
    "Project Hook": "project",
}


@refuse_misshapen
def map_payload(payload: Payload, context: MappingContext) -> Mapped:
    """Facts of one payload; FL3107 for an event that GitLab does not publish."""
    body = payload.body
    if not isinstance(body, Mapping):
        raise MappingError("FL3102", "$", f"an object expected, found {type(body).__name__}")
    kind = body.get("object_kind")
    if kind is None:
        return _record(payload.event, body, context)
    plain = _MESSAGES.get(str(kind))
    if plain is not None:
        return Mapped(plain(body, context))
    if kind == "feature_flag":
        return Mapped(deployments.flag_facts(body, context, payload.delivery_ref))
    return _others(str(kind), body, context)


def _others(kind: str, body: Mapping[str, Any], context: MappingContext) -> Mapped:
    if kind == "merge_request":
        found = changes.message_facts(body, context)
        return Mapped(found, None if found else "merge_request: edited after its merge")
    if kind == "note":
        found = comment_facts(body, context)
        return Mapped(found, None if found else "note: not on a merge request")
    if kind in ("push", "tag_push"):
        return commits.push(body, context)
    if kind == "release":
        return commits.release(body, context)
    if kind in NOT_NEEDED:
        return Mapped(not_needed=kind)
    known = "push, tag_push, merge_request, pipeline, build, deployment, feature_flag, release"
    raise MappingError(
        "FL3107", "$.object_kind", f"`{kind}` is no event of GitLab; mapped: {known}"
    )


def _record(event: str | None, body: Mapping[str, Any], context: MappingContext) -> Mapped:
    name = str(body.get("event_name") or "")
    if name.startswith(_GROUP_PREFIXES):
        return Mapped(not_needed=name)
    resource, record = recognised(_HOOKS.get(event or "", event), body, context.settings)
    if resource in _RECORDS:
        return Mapped(_RECORDS[resource](record, context))
    if resource == "release":
        return commits.release(record, context)
    if resource in NOT_NEEDED:
        return Mapped(not_needed=resource)
    raise MappingError(
        "FL3107",
        "$.object_kind",
        f"`{resource}` is no event of GitLab; records: {', '.join(_RECORDS)}, release",
    )


def split(document: Any, event: str) -> Sequence[Payload]:
    """One document as payloads: a page or list of records or messages, or one of them."""
    items = document if isinstance(document, list) else [document]
    return [Payload(item, event or None) for item in items]

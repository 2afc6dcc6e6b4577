"""What a pipeline of GitLab CI is for: its branch, change, parent, trigger and kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairlead.connectors.gitlab.records import part
from fairlead.connectors.name_globs import matches_any, setting_globs

_TRIGGERS = {
    "push": "push",
    "merge_request_event": "merge_request",
    "external_pull_request_event": "merge_request",
    "schedule": "schedule",
    "web": "manual",
    "webide": "manual",
    "chat": "manual",
    "api": "api",
    "trigger": "api",
    "pipeline": "upstream",
    "parent_pipeline": "upstream",
}


def branch(ref: object) -> str | None:
    """The branch that a ref names, or None for the ref of a merge request."""
    # A merge request's pipeline runs on its own ref, which is no branch.
    return None if ref is None or str(ref).startswith("refs/merge-requests/") else str(ref)


def is_default_branch(body: Mapping[str, Any], pipeline: Mapping[str, Any]) -> bool | None:
    """Whether the pipeline ran for the project's default branch; None where that is not known."""
    if _TRIGGERS.get(str(pipeline.get("source"))) == "merge_request" or pipeline.get("tag"):
        return False
    default = part(body, "project").get("default_branch")
    return None if default is None else pipeline.get("ref") == default


def change_ref(body: Mapping[str, Any], pipeline: Mapping[str, Any]) -> str | None:
    """The merge request that the pipeline ran for, as the message or its ref names it."""
    number = part(body, "merge_request").get("iid")
    ref = str(pipeline.get("ref"))
    if number is None and ref.startswith("refs/merge-requests/"):
        number = ref.split("/")[2]
    return None if number is None else f"pr:{number}"


def parent(body: Mapping[str, Any]) -> str | None:
    """The pipeline that started this one as its child."""
    number = part(body, "source_pipeline").get("pipeline_id")
    return None if number is None else str(number)


def purpose(
    pipeline: Mapping[str, Any], repo_id: str, settings: Mapping[str, Any]
) -> dict[str, str | None]:
    """Kind and trigger; a project has one pipeline definition, so what is not scheduled is ci."""
    trigger = _TRIGGERS.get(str(pipeline.get("source")))
    kind = "scheduled" if trigger == "schedule" else "ci" if trigger else "other"
    globs = setting_globs(settings, "deploy_pipelines")
    if matches_any(globs, repo_id, pipeline.get("name")):
        kind = "deploy"
    return {"kind": kind, "trigger": trigger}

"""What a workflow run of GitHub Actions is for: its pipeline, trigger, kind and kind of re-run.

Nothing is guessed from a name: a run deploys when a deployment started it, or when the settings
say so (`deploy_workflows`); what a person, the API or another event started is `other` unless the
settings name its workflow (`ci_workflows`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairlead.connectors.github.records import is_bot
from fairlead.connectors.name_globs import matches_any, setting_globs

TRIGGERS = {
    "push": "push",
    "pull_request": "merge_request",
    "pull_request_target": "merge_request",
    "pull_request_review": "merge_request",
    "merge_group": "merge_request",
    "schedule": "schedule",
    "workflow_dispatch": "manual",
    "repository_dispatch": "api",
    "workflow_run": "upstream",
    "workflow_call": "upstream",
}
_KINDS = {"push": "ci", "merge_request": "ci", "schedule": "scheduled"}
_DEPLOY_EVENTS = ("deployment", "deployment_status")


def workflow_path(run: Mapping[str, Any], workflow: object) -> str | None:
    """The path of the workflow file without the `@ref` that reusable workflows carry."""
    path = run.get("path") or (workflow.get("path") if isinstance(workflow, Mapping) else None)
    return str(path).partition("@")[0] if path else None


def pipeline_id(repo_id: str, run: Mapping[str, Any], workflow: object) -> str | None:
    """`owner/name:path` of the workflow file, equal over branches; by id where no path is known."""
    path = workflow_path(run, workflow)
    if path:
        return f"{repo_id}:{path}"
    number = run.get("workflow_id")
    return None if number is None else f"{repo_id}:workflow/{number}"


def purpose(
    run: Mapping[str, Any], workflow: object, settings: Mapping[str, Any]
) -> dict[str, str | None]:
    """Kind and trigger of a run."""
    event = str(run.get("event"))
    trigger = TRIGGERS.get(event)
    kind = _KINDS.get(trigger or "", "deploy" if event in _DEPLOY_EVENTS else "other")
    if settings:
        path = workflow_path(run, workflow)
        names = (path, path.rpartition("/")[2] if path else None, run.get("name"))
        if matches_any(setting_globs(settings, "deploy_workflows"), *names):
            kind = "deploy"
        elif kind == "other" and matches_any(setting_globs(settings, "ci_workflows"), *names):
            kind = "ci"
    return {"kind": kind, "trigger": trigger}


def rerun_kind(attempt: int, run: Mapping[str, Any]) -> str:
    """Who asked for an attempt: nobody for the first, else by the account that triggered it."""
    if attempt == 1:
        return "none"
    bot = is_bot(run.get("triggering_actor"))
    return "unknown" if bot is None else "automatic" if bot else "human"

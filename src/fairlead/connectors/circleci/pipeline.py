"""What a CircleCI pipeline says for all of its workflows: commit, branch, repository, trigger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fairlead.connectors.contract import MappingContext
from fairlead.connectors.nesting import commit_of, repository_of
from fairlead.connectors.reading import identifier, text

TRIGGERS = {
    "webhook": "push",
    "explicit": "manual",
    "api": "api",
    "schedule": "schedule",
    "scheduled_pipeline": "schedule",
}
TRIGGER_SOURCES = ("git", "github_app", "gitlab")


@dataclass(frozen=True)
class PipelineHead:
    """The part of every run and job that stands on the pipeline."""

    id: str
    project_slug: str
    repo_id: str | None
    branch: str | None
    is_default_branch: bool | None
    commit_sha: str | None
    trigger: str | None
    triggered_by_id: str | None

    def of_project(self, slug: str) -> PipelineHead:
        """The same head, named by its project; the slug names the repository as a last resort."""
        host, _, path = slug.partition("/")
        named = path if host in ("gh", "github", "bb", "bitbucket") else None
        return replace(self, project_slug=slug, repo_id=self.repo_id or named)


def read_pipeline(pipeline: Mapping[str, Any], context: MappingContext) -> PipelineHead:
    """Read the `vcs` map of OAuth projects, else the trigger parameters of app projects."""
    parameters = [f"trigger_parameters.{name}" for name in TRIGGER_SOURCES]
    branch = _first(pipeline, "vcs.branch", *(f"{at}.branch" for at in parameters))
    commit = _first(
        pipeline,
        "vcs.revision",
        *(f"{at}.{key}" for at in parameters for key in ("checkout_sha", "commit_sha")),
    )
    url = _first(
        pipeline,
        "vcs.target_repository_url",
        "vcs.origin_repository_url",
        *(f"{at}.repo_url" for at in parameters),
    )
    default = _first(pipeline, *(f"{at}.default_branch" for at in parameters))
    known = [default] if default else context.settings.get("default_branches")
    return PipelineHead(
        id=identifier(pipeline, "id"),
        project_slug="",
        repo_id=repository_of(url),
        branch=branch,
        is_default_branch=branch in known if branch and known else None,
        commit_sha=commit_of(commit),
        trigger=TRIGGERS.get(text(pipeline, "trigger.type") or ""),
        triggered_by_id=_first(
            pipeline, "trigger.actor.login", "trigger_parameters.git.author_login"
        ),
    )


def _first(pipeline: Mapping[str, Any], *paths: str) -> str | None:
    return next((found for path in paths if (found := text(pipeline, path))), None)

"""What a pipeline file says before it ever runs: stages, gates, pins, timeouts, manual steps.

Input: path and text of a file of GitHub Actions, GitLab CI, Jenkins, CircleCI or Buildkite; output:
one `PipelineFile`. Complexity: linear in the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from fairlead.methods import ci_systems
from fairlead.methods.ci_file import PipelineFile, System
from fairlead.methods.static_yaml import YamlProblemError, load_documents

SYSTEM_NAMES: dict[System, str] = {
    "github_actions": "GitHub Actions",
    "gitlab_ci": "GitLab CI",
    "jenkins": "Jenkins",
    "circleci": "CircleCI",
    "buildkite": "Buildkite",
}
_GLOBS: tuple[tuple[str, System], ...] = (
    (".github/workflows/*.yml", "github_actions"),
    (".github/workflows/*.yaml", "github_actions"),
    (".gitlab-ci.yml", "gitlab_ci"),
    (".gitlab-ci.yaml", "gitlab_ci"),
    (".circleci/config.yml", "circleci"),
    (".circleci/config.yaml", "circleci"),
    (".buildkite/pipeline*.yml", "buildkite"),
    (".buildkite/pipeline*.yaml", "buildkite"),
)
_JENKINS = re.compile(r"(?:^|/)(?:Jenkinsfile(?:\.[\w.-]+)?|[\w.-]+\.[Jj]enkinsfile)$")


def pipeline_system(path: str) -> System | None:
    """The CI system that reads a file of this path; None when none does."""
    if _JENKINS.search(path):
        return "jenkins"
    for glob, system in _GLOBS:
        if path.count("/") == glob.count("/") and fnmatchcase(path, glob):
            return system
    return None


def read_pipeline(path: str, text: str) -> PipelineFile:
    """The static facts of one file; a file that cannot be read gives its problem, not zeros."""
    system = pipeline_system(path)
    if system is None:
        raise ValueError(f"no CI system reads {path}")
    empty = PipelineFile(system, path)
    if system == "jenkins":
        return ci_systems.read_jenkins(empty, text)
    readers: dict[System, Callable[[PipelineFile, dict[str, Any]], PipelineFile]] = {
        "github_actions": ci_systems.read_github_actions,
        "gitlab_ci": ci_systems.read_gitlab_ci,
        "circleci": ci_systems.read_circleci,
        "buildkite": ci_systems.read_buildkite,
    }
    try:
        documents = [document for document in load_documents(text) if document is not None]
    except YamlProblemError as problem:
        return replace(empty, problem=str(problem))
    if documents and isinstance(documents[-1], list) and system == "buildkite":
        documents[-1] = {"steps": documents[-1]}
    if not documents or not isinstance(documents[-1], dict):
        return replace(empty, problem="the file holds no mapping")
    return readers[system](empty, documents[-1])

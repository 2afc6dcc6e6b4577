"""The static facts of one pipeline file, and the gates that its commands name.

Counts are exact facts of the file. Gates are a proxy: a job counts as test, lint or scan when its
commands or references name a known tool. Pinned means that what the reference fetches cannot
change: a commit SHA, an image digest, an exact orb version.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

System = Literal["github_actions", "gitlab_ci", "jenkins", "circleci", "buildkite"]
Permissions = Literal["restricted", "partly", "write_all", "unset"]
_GATES: dict[str, re.Pattern[str]] = {
    "test": re.compile(
        r"\b(pytest|tox|nox|unittest|go test|gotestsum|cargo (?:test|nextest)|jest|vitest|mocha"
        r"|(?:npm|yarn|pnpm|bun) (?:run )?test|mvnw? [^\n]{0,200}\b(?:test|verify|install)"
        r"|gradlew? [^\n]{0,200}\b(?:test|check|build)|rspec|phpunit"
        r"|rake (?:test|spec)|dotnet test|ctest|bazel test|make (?:test|check)|playwright test"
        r"|cypress)\b"
    ),
    "lint": re.compile(
        r"\b(ruff|flake8|pylint|eslint|golangci-lint|clippy|rubocop|prettier|black --check|mypy"
        r"|pyright|tsc --noEmit|shellcheck|hadolint|tflint|yamllint|checkstyle|spotless|ktlint"
        r"|pre-commit|super-linter|go vet|gofmt|actionlint|(?:make|run) lint)\b"
    ),
    "scan": re.compile(
        r"\b(codeql|trivy|snyk|semgrep|grype|bandit|gitleaks|trufflehog|dependency-review|checkov"
        r"|osv-scanner|tfsec|sonar\w*|zaproxy|zap-baseline|pip-audit|(?:npm|yarn|pnpm) audit"
        r"|cargo[ -](?:audit|deny)|govulncheck|dependency-check|scorecard|SAST|DAST|Security/"
        r"|Dependency-Scanning|Container-Scanning|Secret-Detection)",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True)
class PipelineFile:
    """Static facts of one pipeline file; `problem` says why it could not be read."""

    system: System
    path: str
    stages: tuple[str, ...] = ()
    jobs_count: int = 0
    gates: tuple[str, ...] = ()
    references_count: int = 0
    pinned_count: int = 0
    unpinned: tuple[str, ...] = ()
    timed_jobs_count: int = 0
    tolerated_count: int = 0
    manual_steps: tuple[str, ...] = ()
    permissions: Permissions | None = None
    problem: str | None = None


def gates_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Which of test, lint and scan the commands and references name."""
    whole = "\n".join(texts)
    return tuple(gate for gate, pattern in _GATES.items() if pattern.search(whole))


def with_references(
    found: PipelineFile, references: Iterable[str], is_pinned: Callable[[str], bool]
) -> PipelineFile:
    """The facts with what the file fetches, and which of it is not pinned."""
    rows = list(references)
    loose = [row for row in rows if not is_pinned(row)]
    return replace(
        found,
        references_count=len(rows),
        pinned_count=len(rows) - len(loose),
        unpinned=tuple(dict.fromkeys(loose)),
    )

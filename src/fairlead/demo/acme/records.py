"""What the simulator decides happened: changes, releases, runs, incidents and alerts.

These records are the truth. The writers turn them into payloads, `truth.py` into a table; neither
uses any of Fairlead's own rules. They are mutable because a repository's commit graph is known only
once hotfixes and reverts have found their place in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from fairlead.demo.acme.company import Integration, Service

AuthorKind = Literal["human", "bot", "ai"]
Evidence = Literal["link", "rollback", "hotfix", "revert", "heuristic"]
ReleaseKind = Literal["normal", "hotfix", "rollback", "redeploy", "revert"]
Verdict = Literal["approved", "changes_requested", "commented"]
RunOutcome = Literal["clean", "flaky", "assisted", "failed", "errored", "cancelled"]


@dataclass(slots=True)
class Commit:
    """A git commit of a change's branch, or the one that integrated it."""

    sha: str
    author: str
    authored_at: int
    committed_at: int
    message: str
    parents: tuple[str, ...] = ()
    files: tuple[tuple[str, int, int], ...] = ()
    is_on_main: bool = True


@dataclass(slots=True)
class Review:
    """What a person said of a change, and when."""

    reviewer: str
    verdict: Verdict
    at: int


@dataclass(slots=True)
class Change:
    """A pull or merge request, or (number 0) a commit pushed straight to the default branch."""

    repo: str
    number: int
    service_ids: tuple[str, ...]
    author: str
    author_kind: AuthorKind
    title: str
    branch: str
    commits: list[Commit]
    opened_at: int
    integration: Integration | Literal["direct"]
    merged_at: int | None = None
    closed_at: int | None = None
    reviews: list[Review] = field(default_factory=list)
    labels: tuple[str, ...] = ()
    merged_by: str = ""
    merge_commit: Commit | None = None
    position: int = -1
    base_at: int | None = None
    reverts: Change | None = None

    @property
    def head_sha(self) -> str:
        return self.commits[-1].sha

    @property
    def first_authored_at(self) -> int:
        return min(commit.authored_at for commit in self.commits)

    @property
    def main_sha(self) -> str:
        """The commit of the default branch that integrated it."""
        return self.merge_commit.sha if self.merge_commit else self.head_sha


@dataclass(slots=True)
class Attempt:
    """One try to place one release into one environment (`staging`, `eu`, `us`)."""

    number: int
    environment: str
    created_at: int
    started_at: int
    finished_at: int
    is_success: bool = True


@dataclass(slots=True)
class Release:
    """One version of one service on its way through the environments."""

    service: Service
    kind: ReleaseKind
    requested_at: int
    requested_by: str
    attempts: list[Attempt]
    head: Change | None = None
    hotfix: Change | None = None
    target: Release | None = None
    sha: str = ""
    ref: str = "main"
    evidence: Evidence | None = None
    run_number: int = 0
    has_sha: bool = True

    @property
    def production(self) -> list[Attempt]:
        """Its successful placements in production, in order of finish."""
        return [a for a in self.attempts if a.environment != "staging" and a.is_success]

    @property
    def finished_at(self) -> int:
        return self.production[0].finished_at

    @property
    def is_counted(self) -> bool:
        return self.kind != "redeploy"


@dataclass(slots=True)
class RunAttempt:
    """One execution of a run."""

    created_at: int
    started_at: int
    finished_at: int
    result: Literal["success", "failure", "cancelled", "startup_failure", "timed_out"]
    actor: str
    is_by_bot: bool = False


@dataclass(slots=True)
class Run:
    """One trigger of a pipeline with all its attempts."""

    number: int
    service: Service
    pipeline: Literal["ci", "deploy", "nightly"]
    event: Literal["push", "pull_request", "schedule", "workflow_dispatch"]
    branch: str
    sha: str
    actor: str
    attempts: list[RunAttempt]
    outcome: RunOutcome
    change: Change | None = None
    release: Release | None = None


@dataclass(slots=True)
class Incident:
    """Something that hurt customers, or nearly did."""

    number: int
    service: Service
    severity: int
    started_at: int
    declared_at: int
    acknowledged_at: int
    resolved_at: int
    responder: str
    title: str
    cause: Release | None = None
    is_linked: bool = False
    first_severity: int = 0
    is_in_jira: bool = False


@dataclass(slots=True)
class AlertSpell:
    """One alert that fires and resolves; spells close to one another are flaps."""

    rule: str
    service: Service
    environment: str
    severity: str
    fired_at: int
    resolved_at: int
    instance: str


@dataclass(slots=True)
class Year:
    """All that happened at acme in the simulated period."""

    changes: dict[str, list[Change]] = field(default_factory=dict)
    roots: dict[str, Commit] = field(default_factory=dict)
    releases: list[Release] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    alerts: list[AlertSpell] = field(default_factory=list)

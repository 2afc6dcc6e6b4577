"""Judges the kind of a deployment against the running version: redeploy, rollback, hotfix, normal.

Method:     first match of: a statement by a person or the source; same digests (else SHA) as the
            running version, or no change in the service's paths; strict ancestor of the running
            SHA, or no descendant whose version first ran here before the running one first did;
            a hotfix sign (label, branch, incident, reverts only); else normal.
Inputs:     the deployment's version and the running one with the instants at which each first ran
            here; predicates over history, each of which may answer None for "not known".
Outputs:    kind, the rule that decided, and whether changes are dropped (the running version is
            known to be no ancestor, and this is neither rollback nor redeploy).
Complexity: at most two ancestry questions.
Source:     delivery.md section 4.4.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

VersionKey = tuple[str, ...]


class Ancestry(Protocol):
    """Answers whether commit `a` is an ancestor of `b` (or `b` itself); None when not known."""

    def is_ancestor(self, repo_id: str, a: str, b: str) -> bool | None: ...


@runtime_checkable
class PathHistory(Protocol):
    """Answers whether files of these globs differ between two commits; None when not known."""

    def paths_changed(
        self, repo_id: str, old_sha: str, new_sha: str, globs: Collection[str]
    ) -> bool | None: ...


@runtime_checkable
class RangeHistory(Protocol):
    """Gives the commits reachable from `new_sha` and not from `old_sha`; None when not known."""

    def shipped_range(self, repo_id: str, old_sha: str, new_sha: str) -> Collection[str] | None: ...


@dataclass(frozen=True, slots=True)
class UnknownAncestry:
    """History of which nothing is known: every question is answered with None."""

    def is_ancestor(self, repo_id: str, a: str, b: str) -> bool | None:  # noqa: ARG002
        return None


@dataclass(frozen=True, slots=True)
class Version:
    """What was placed: digests where known, and the commit of a repository."""

    repo_id: str | None
    commit_sha: str | None
    artifact_digests: tuple[str, ...] = ()

    @property
    def key(self) -> VersionKey | None:
        """Digests, else the SHA, else None: what `same version` compares."""
        return self.artifact_digests or (self._sha_key if self.commit_sha else None)

    @property
    def keys(self) -> tuple[VersionKey, ...]:
        """Every key under which this version may be met again."""
        return tuple(key for key in (self.artifact_digests, self._sha_key) if key)

    @property
    def _sha_key(self) -> VersionKey:
        return ("commit", self.commit_sha) if self.commit_sha else ()

    def is_same(self, other: Version) -> bool:
        """Equal digests where both have them, else equal SHAs; unknown versions are never equal."""
        if self.artifact_digests and other.artifact_digests:
            return self.artifact_digests == other.artifact_digests
        return bool(self.commit_sha) and self.commit_sha == other.commit_sha


@dataclass(frozen=True, slots=True)
class Judgement:
    """Kind, the rule that gave it, and whether it drops changes (None when history is unknown)."""

    kind: str | None
    kind_rule: str | None
    drops_changes: bool | None


@dataclass(frozen=True, slots=True)
class History:
    """The predicates that a judgement may ask; `paths_changed` is already bound to the service."""

    ancestry: Ancestry
    paths_changed: Callable[[str, str, str], bool | None] | None = None

    def is_ancestor(self, older: Version, newer: Version) -> bool | None:
        """Whether one version's commit is an ancestor of the other's, in one repository."""
        if not (older.commit_sha and newer.commit_sha and older.repo_id):
            return None
        if older.repo_id != newer.repo_id:
            return None
        if older.commit_sha == newer.commit_sha:
            return True
        return self.ancestry.is_ancestor(older.repo_id, older.commit_sha, newer.commit_sha)

    def has_no_path_change(self, running: Version, placed: Version) -> bool:
        if self.paths_changed is None or running.repo_id != placed.repo_id:
            return False
        if not (running.repo_id and running.commit_sha and placed.commit_sha):
            return False
        return self.paths_changed(running.repo_id, running.commit_sha, placed.commit_sha) is False


def judge(
    placed: Version,
    running: Version | None,
    *,
    stated_kind: str | None,
    ran_here_before_running: bool,
    history: History,
    hotfix_sign: Callable[[], str | None],
) -> Judgement:
    """The kind of a deployment of `placed` while `running` was the running version."""
    if stated_kind is not None:
        return _with_drops(stated_kind, "statement", placed, running, history)
    if running is not None:
        if placed.is_same(running):
            return Judgement("redeploy", "same_version", False)
        if history.has_no_path_change(running, placed):
            return Judgement("redeploy", "no_path_change", False)
        if rule := _rollback_rule(placed, running, ran_here_before_running, history):
            return Judgement("rollback", rule, False)
    if sign := hotfix_sign():
        return _with_drops("hotfix", sign, placed, running, history)
    return _with_drops("normal", "default", placed, running, history)


def _rollback_rule(
    placed: Version, running: Version, ran_before: bool, history: History
) -> str | None:
    if placed.commit_sha != running.commit_sha and history.is_ancestor(placed, running):
        return "ancestor"
    if ran_before and not history.is_ancestor(running, placed):
        return "earlier_version"
    return None


def _with_drops(
    kind: str, rule: str, placed: Version, running: Version | None, history: History
) -> Judgement:
    if running is None or kind in ("rollback", "redeploy"):
        return Judgement(kind, rule, False)
    kept = history.is_ancestor(running, placed)
    return Judgement(kind, rule, None if kept is None else not kept)

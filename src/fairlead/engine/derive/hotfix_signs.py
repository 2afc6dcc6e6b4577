"""Finds the sign that makes a deployment a hotfix: label, branch, incident, or reverts only.

A change of the shipped range with a label `hotfix` or `emergency`, or whose title or tickets name
an incident that is open or was declared less than seven days before the finish; a branch
`hotfix/*`; or a range in which every commit belongs to a revert. Without a known range, only the
change of the deployed commit is looked at, and reverts are not judged.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import cached_property

from fairlead.engine.derive.incident_start import is_real, start_of
from fairlead.engine.derive.reader import FactReader, Row
from fairlead.methods.deployment_kind import Ancestry, RangeHistory
from fairlead.methods.deployment_timeline import Placement

HOTFIX_LABELS = frozenset({"hotfix", "emergency"})
HOTFIX_BRANCHES = ("hotfix/*",)
INCIDENT_AGE = timedelta(days=7)

Commit = tuple[str | None, str]


@dataclass(frozen=True)
class HotfixSigns:
    """What is known of changes and incidents, ready to be asked per deployment."""

    ancestry: Ancestry
    labelled: frozenset[Commit] = frozenset()
    reverting: frozenset[Commit] = frozenset()
    incidents_of: Mapping[Commit, tuple[Row, ...]] = field(default_factory=dict)

    def sign(self, placement: Placement, base_sha: str | None) -> str | None:
        """The rule that makes this deployment a hotfix, or None."""
        attempt = placement.attempt
        is_marked = attempt.repo_id in self._marked
        commits = self._range(placement, base_sha) if is_marked else None
        looked_at = commits if commits is not None else _only(attempt.commit_sha)
        if any((attempt.repo_id, sha) in self.labelled for sha in looked_at):
            return "label"
        if attempt.branch and any(fnmatchcase(attempt.branch, glob) for glob in HOTFIX_BRANCHES):
            return "branch"
        incidents = (
            row for sha in looked_at for row in self.incidents_of.get((attempt.repo_id, sha), ())
        )
        if any(_is_recent(row, placement.finished_at) for row in incidents):
            return "incident"
        if commits and all((attempt.repo_id, sha) in self.reverting for sha in commits):
            return "reverts_only"
        return None

    @cached_property
    def _marked(self) -> frozenset[str | None]:
        """Repositories in which a change could be a sign; ranges of others are not asked for."""
        return frozenset(repo for repo, _ in (*self.labelled, *self.reverting, *self.incidents_of))

    def _range(self, placement: Placement, base_sha: str | None) -> Collection[str] | None:
        attempt = placement.attempt
        if not (attempt.repo_id and base_sha and attempt.commit_sha):
            return None
        if not isinstance(self.ancestry, RangeHistory):
            return None
        return self.ancestry.shipped_range(attempt.repo_id, base_sha, attempt.commit_sha)


def _only(sha: str | None) -> tuple[str, ...]:
    return (sha,) if sha else ()


def _is_recent(incident: Row, finished_at: datetime | None) -> bool:
    started_at = start_of(incident)
    if started_at is None or finished_at is None or started_at > finished_at:
        return False
    ended_at = incident.get("mitigated_at") or incident.get("resolved_at")
    is_open = ended_at is None or ended_at > finished_at
    return is_open or finished_at - started_at < INCIDENT_AGE


def read_hotfix_signs(reader: FactReader, ancestry: Ancestry) -> HotfixSigns:
    """The signs that changes and incidents hold."""
    incidents = {row["incident_id"]: row for row in reader.rows("incidents") if is_real(row)}
    by_ref = {ref: row for row in incidents.values() for ref in _refs(row["incident_id"])}
    labelled: set[Commit] = set()
    reverting: set[Commit] = set()
    linked: dict[Commit, tuple[Row, ...]] = {}
    for change in reader.rows("changes"):
        commits = commits_of(change)
        if HOTFIX_LABELS & {label.lower() for label in change.get("labels") or ()}:
            labelled.update(commits)
        if change.get("reverts_change_id"):
            reverting.update(commits)
        found = tuple(by_ref[ref] for ref in _mentions(change) if ref in by_ref)
        if found:
            linked.update(dict.fromkeys(commits, found))
    return HotfixSigns(ancestry, frozenset(labelled), frozenset(reverting), linked)


def commits_of(change: Row) -> set[Commit]:
    """Every commit of a change: its own, its head and the one it was merged by."""
    shas = {*(change.get("commit_shas") or ()), change.get("merge_sha"), change.get("head_sha")}
    return {(change.get("repo_id"), sha) for sha in shas if sha}


def _refs(incident_id: str) -> tuple[str, ...]:
    """Names under which a change may mention an incident: the id, and the id within its source."""
    return (incident_id.lower(), incident_id.rpartition(":")[2].lower())


def _mentions(change: Row) -> list[str]:
    words = (change.get("title") or "").split()
    found = [*(change.get("ticket_ids") or ()), *(word.strip("()[].,;:#!") for word in words)]
    return [word.lower() for word in dict.fromkeys(found) if word]

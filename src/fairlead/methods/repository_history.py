"""The history of one repository in memory: commits as numbers, with walks that never recurse.

A `History` holds commits with their parents as list positions, so that every walk is a loop over
integers. A parent that is not among the commits (a shallow boundary, a missing object) is left
out of the positions and its child is listed in `boundary`. Instants are whole seconds since 1970
(UTC), as git keeps them; null where git's own record cannot be read.

Complexity: building is O(commits + parents); each walk is O(what it visits).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple


class CommitRecord(NamedTuple):
    """One commit as git knows it. A tuple, not a dataclass: there may be a million of them."""

    sha: str
    parents: tuple[str, ...]
    authored_epoch: int | None
    committed_epoch: int | None
    author_name: str
    author_email: str
    committer_email: str
    subject: str
    reverts_shas: tuple[str, ...] = ()
    cherry_picked_from_sha: str | None = None
    trailers: tuple[tuple[str, str], ...] = ()
    is_signed: bool = False


class TagRecord(NamedTuple):
    """One tag that leads to a commit, with the instants of its tagger and of its commit.

    A lightweight tag has no tagger; the commit's instant is read only where it is needed.
    """

    name: str
    commit_sha: str
    tagged_epoch: int | None = None
    committed_epoch: int | None = None


class BranchRecord(NamedTuple):
    """One branch and its tip."""

    name: str
    commit_sha: str
    committed_epoch: int | None = None


class FileChange(NamedTuple):
    """One path of a commit against its first parent; counts are null for binary files."""

    path: str
    previous_path: str | None
    added_count: int | None
    deleted_count: int | None


@dataclass(frozen=True)
class History:
    """Commits by position; `parents[i]` are positions of the known parents of commit `i`."""

    commits: Sequence[CommitRecord]
    positions: dict[str, int]
    parents: Sequence[Sequence[int]]
    boundary: Sequence[int]

    @classmethod
    def of(cls, commits: Iterable[CommitRecord]) -> History:
        """A history of commits in any order; of two with one SHA the first stays."""
        rows = list(commits)
        positions = {row.sha: index for index, row in enumerate(rows)}
        if len(positions) < len(rows):
            rows = list({row.sha: row for row in reversed(rows)}.values())
            positions = {row.sha: index for index, row in enumerate(rows)}
        parents: list[list[int]] = []
        boundary: list[int] = []
        for index, row in enumerate(rows):
            wanted = row.parents
            known = [positions[sha] for sha in wanted if sha in positions]
            parents.append(known)
            if len(known) < len(wanted):
                boundary.append(index)
        return cls(rows, positions, parents, boundary)

    def resolve(self, sha: str) -> int | None:
        """The position of a full or abbreviated SHA; None when unknown or ambiguous."""
        found = self.positions.get(sha)
        if found is not None:
            return found
        shas = self._sorted_shas
        at = bisect_left(shas, sha)
        matches = [name for name in shas[at : at + 2] if name.startswith(sha)]
        return self.positions[matches[0]] if len(matches) == 1 else None

    @cached_property
    def _sorted_shas(self) -> list[str]:
        return sorted(self.positions)

    @cached_property
    def by_subject(self) -> dict[str, list[int]]:
        """Positions of the commits with each subject line."""
        found: dict[str, list[int]] = {}
        for index, commit in enumerate(self.commits):
            found.setdefault(commit.subject, []).append(index)
        return found

    def walk(self, starts: Iterable[int], visited: bytearray) -> list[int]:
        """Positions reachable from the starts and not yet visited; marks each as visited."""
        found: list[int] = []
        for start in starts:
            if not visited[start]:
                visited[start] = 1
                found.append(start)
        parents = self.parents
        for index in found:  # grows while it is walked: found is the queue
            for parent in parents[index]:
                if not visited[parent]:
                    visited[parent] = 1
                    found.append(parent)
        return found

    def reachable(self, starts: Iterable[int]) -> bytearray:
        """One byte a commit: 1 where it is a start or an ancestor of one."""
        visited = bytearray(len(self.commits))
        self.walk(starts, visited)
        return visited

    @cached_property
    def generations(self) -> list[int]:
        """Generation of each commit: 1 without known parents, else 1 + the greatest of them."""
        children: list[list[int]] = [[] for _ in self.commits]
        waiting = [len(known) for known in self.parents]
        for index, known in enumerate(self.parents):
            for parent in known:
                children[parent].append(index)
        found = [1] * len(self.commits)
        ready = [index for index, count in enumerate(waiting) if count == 0]
        while ready:
            index = ready.pop()
            above = found[index] + 1
            for child in children[index]:
                found[child] = max(found[child], above)
                waiting[child] -= 1
                if waiting[child] == 0:
                    ready.append(child)
        return found

    def first_parents(self, tip: int) -> Iterator[int]:
        """The line of first parents from a tip to its end: the history of a branch itself."""
        seen = bytearray(len(self.commits))
        index: int | None = tip
        while index is not None and not seen[index]:
            seen[index] = 1
            yield index
            wanted = self.commits[index].parents[:1]
            index = self.positions.get(wanted[0]) if wanted else None

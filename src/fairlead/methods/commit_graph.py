"""The commit graph of one repository as arrays: ancestry, and what one version has over another.

Commits are numbered so that every parent stands before its children, younger commits later; a
number is the index into every array. Walks are iterative and go down that numbering, so the
difference of two versions costs its own size, not the history behind it.

A commit whose parents are not known (null), or name a commit that is not here (shallow clone,
force-pushed branch), is a boundary: what lies behind it is unknown, and answers say so.

Complexity: building O(n log n); `unvisited` O(found); `difference` O(found log found).
Source: delivery.md 4.5; priority-first walk with colours as in `git rev-list A ^B`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEW, _BASE, _BOTH = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; `parent_shas` None means that nobody told its parents, () that it is a root."""

    sha: str
    parent_shas: tuple[str, ...] | None
    committed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """Commits of one side only, youngest first; incomplete when a boundary may hide or add some."""

    shipped: list[int]
    removed: list[int]
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Walk:
    """Commits found for the first time; whether the watched commit was met at their edge."""

    found: list[int]
    has_met: bool
    is_complete: bool


class CommitGraph:
    """Numbered commits with their parents; made by `CommitGraph.of`."""

    __slots__ = ("committed_at", "index", "is_boundary", "is_merge", "parents", "shas")

    def __init__(self, commits: Sequence[Commit], parents: list[tuple[int, ...]]) -> None:
        self.shas = [commit.sha for commit in commits]
        self.index = {sha: number for number, sha in enumerate(self.shas)}
        self.parents = parents
        self.committed_at = [commit.committed_at for commit in commits]
        self.is_boundary = bytearray(
            commit.parent_shas is None or len(known) < len(commit.parent_shas)
            for commit, known in zip(commits, parents, strict=True)
        )
        self.is_merge = bytearray(len(commit.parent_shas or ()) > 1 for commit in commits)

    def __len__(self) -> int:
        return len(self.shas)

    @classmethod
    def of(cls, commits: Iterable[Commit]) -> CommitGraph:
        """The graph of commits in any order; of equal SHAs the first is taken.

        Edges of a cycle (only grafts or damaged facts have one) count as unknown parents.
        """
        given = list({commit.sha: commit for commit in reversed(list(commits))}.values())
        place = {commit.sha: number for number, commit in enumerate(given)}
        edges = [
            tuple(dict.fromkeys(place[sha] for sha in commit.parent_shas or () if sha in place))
            for commit in given
        ]
        order = _parents_first(given, edges)
        rank = {number: position for position, number in enumerate(order)}
        parents = [
            tuple(rank[parent] for parent in edges[number] if rank[parent] < position)
            for position, number in enumerate(order)
        ]
        return cls([given[number] for number in order], parents)

    def is_ancestor(self, ancestor: str, descendant: str) -> bool | None:
        """Whether `ancestor` is reachable from `descendant` (itself included); None if unknown."""
        first, last = self.index.get(ancestor), self.index.get(descendant)
        if first is None or last is None:
            return None
        return self.reaches(last, first)

    def reaches(self, descendant: int, ancestor: int) -> bool | None:
        """Whether a walk from one number meets another; None when a boundary may hide it."""
        if ancestor == descendant:
            return True
        seen, stack, hidden = {descendant}, [descendant], False
        while stack:
            number = stack.pop()
            hidden = hidden or (number > ancestor and bool(self.is_boundary[number]))
            for parent in reversed(self.parents[number]):
                if parent == ancestor:
                    return True
                if parent > ancestor and parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
        return None if hidden else False

    def unvisited(self, heads: Iterable[int], visited: bytearray, watch: int = -1) -> Walk:
        """Everything reachable from `heads` and not `visited`, which must be closed downwards.

        Marks what it finds in `visited`; `has_met` tells whether `watch` was met at the edge.
        """
        found: list[int] = []
        has_met, is_complete = False, True
        stack = []
        for head in heads:
            has_met = has_met or head == watch
            if not visited[head]:
                visited[head] = 1
                stack.append(head)
        while stack:
            number = stack.pop()
            found.append(number)
            if self.is_boundary[number]:
                is_complete = False
            for parent in self.parents[number]:
                if not visited[parent]:
                    visited[parent] = 1
                    stack.append(parent)
                elif parent == watch:
                    has_met = True
        return Walk(found, has_met, is_complete)

    def difference(
        self, heads: Sequence[int], bases: Sequence[int], *, with_removed: bool = True
    ) -> Difference:
        """What `heads` reach and `bases` do not (shipped), and the reverse (removed).

        Commits are taken from the youngest number down with the colours of the heads that reach
        them; the walk ends when every waiting commit has both colours.
        """
        wanted = (_NEW, _BASE) if with_removed else (_NEW,)
        colours = dict.fromkeys(heads, _NEW)
        for base in bases:
            colours[base] = colours.get(base, 0) | _BASE
        queue = [-number for number in colours]
        heapq.heapify(queue)
        waiting = sum(colour in wanted for colour in colours.values())
        sides: dict[int, list[int]] = {_NEW: [], _BASE: [], _BOTH: []}
        is_complete = True
        while waiting:
            number = -heapq.heappop(queue)
            colour = colours.pop(number)
            sides[colour].append(number)
            waiting -= colour in wanted
            if colour != _BOTH and self.is_boundary[number]:
                is_complete = False
            for parent in self.parents[number]:
                before = colours.get(parent, 0)
                after = before | colour
                if not before:
                    heapq.heappush(queue, -parent)
                if after != before:
                    colours[parent] = after
                    waiting += (after in wanted) - (before in wanted)
        return Difference(sides[_NEW], sides[_BASE], is_complete)


def _parents_first(given: Sequence[Commit], edges: Sequence[tuple[int, ...]]) -> list[int]:
    children: list[list[int]] = [[] for _ in given]
    missing = [len(parents) for parents in edges]
    for number, parents in enumerate(edges):
        for parent in parents:
            children[parent].append(number)
    keys = [(commit.committed_at or _EPOCH, commit.sha) for commit in given]
    ready = [(*keys[number], number) for number, count in enumerate(missing) if not count]
    heapq.heapify(ready)
    order: list[int] = []
    while ready:
        number = heapq.heappop(ready)[2]
        order.append(number)
        for child in children[number]:
            missing[child] -= 1
            if not missing[child]:
                heapq.heappush(ready, (*keys[child], child))
    left = [number for number, count in enumerate(missing) if count]
    return order + sorted(left, key=keys.__getitem__)

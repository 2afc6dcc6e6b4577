"""What each deployment of one service in one environment shipped, over the commit graph.

    shipped(d)  = reach(new) - reach(base)       base: version running just before d
    first(d)    = reach(new) - everything that an earlier version of this timeline reached
    reshipped   = shipped - first                removed(d) = reach(base) - reach(new)

Deployments are taken in (finished_at, deployment_id) order. The content of the first known one is
`before_baseline`, unless the service says `empty` or names a SHA. A version that the graph does
not know gives no range (`cause`), and puts what follows in doubt: only commits younger than it are
certainly first with the next known version; the others are `uncertain`, first nowhere.

Inputs: the graph, steps, the baseline rule. Output: commit numbers of the graph.
Complexity: the sum of the ranges, plus one visit of each commit per timeline.
Source: delivery.md 4.5 and section 8 (unknown commits, shallow boundaries).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from fairlead.methods.commit_graph import CommitGraph

Cause = Literal["no_sha", "commit_unknown", "base_unknown", "shallow_boundary", "baseline_unknown"]
FIRST_DEPLOYMENT, EMPTY = "first_deployment", "empty"


@dataclass(frozen=True, slots=True)
class Step:
    """One version taking its place in a timeline; a redeploy moves it, and is not counted."""

    deployment_id: str
    finished_at: datetime
    commit_sha: str | None
    is_counted: bool = True


@dataclass(frozen=True, slots=True)
class ShippedRange:
    """Commit numbers by role; `cause` says why a range, or a part of it, is unknown."""

    deployment_id: str
    base_sha: str | None = None
    is_baseline: bool = False
    is_counted: bool = True
    cause: Cause | None = None
    first: Sequence[int] = ()
    reshipped: Sequence[int] = ()
    removed: Sequence[int] = ()
    before_baseline: Sequence[int] = ()
    uncertain: Sequence[int] = ()


class Timeline:
    """The running version of one (service, environment) and all that it ever contained.

    `cover` is the version that reaches everything visited, while there is one: then a version on
    top of it needs no second walk.
    """

    def __init__(self, graph: CommitGraph, baseline: str = FIRST_DEPLOYMENT) -> None:
        self._graph = graph
        self._baseline = baseline
        self._visited = bytearray(len(graph))
        self._is_started = False
        self._base: int | None = None
        self._base_sha: str | None = None
        self._cover = -1
        self._doubt_at: datetime | None = None

    def take(self, step: Step) -> ShippedRange:
        """The range of the next step; steps must come in order."""
        number = self._graph.index.get(step.commit_sha or "")
        is_baseline = number is not None and not self._is_started
        empty = ShippedRange(step.deployment_id, self._base_sha, is_baseline, step.is_counted)
        if number is None:
            self._doubt_at, self._base, self._base_sha = step.finished_at, None, step.commit_sha
            return replace(empty, cause="commit_unknown" if step.commit_sha else "no_sha")
        found = self._range(number, empty)
        self._is_started = True
        self._base, self._base_sha, self._doubt_at = number, step.commit_sha, None
        return found

    def pass_over(self, step: Step) -> None:
        """Take a step whose range nobody asks for: the same state after it, for less work."""
        number = self._graph.index.get(step.commit_sha or "")
        if number is None or not self._is_started:
            self.take(step)
            return
        self._visit(number)
        self._base, self._base_sha, self._doubt_at = number, step.commit_sha, None

    def _range(self, number: int, empty: ShippedRange) -> ShippedRange:
        if not self._is_started:
            return self._first_known(number, empty)
        base, was_cover = self._base, self._cover
        fresh, is_on_top, is_complete = self._visit(number)
        if base is None:
            certain, doubtful = self._split(fresh)
            return replace(empty, cause="base_unknown", first=certain, uncertain=doubtful)
        if base == was_cover and is_on_top:
            shipped, removed = fresh, []
        else:
            difference = self._graph.difference([number], [base])
            shipped, removed = difference.shipped, difference.removed
            is_complete = difference.is_complete
        if not is_complete:
            return replace(empty, cause="shallow_boundary", uncertain=fresh)
        if len(shipped) == len(fresh):
            return replace(empty, first=fresh, removed=removed)
        seen = set(fresh)
        again = [commit for commit in shipped if commit not in seen]
        return replace(empty, first=fresh, reshipped=again, removed=removed)

    def _visit(self, number: int) -> tuple[list[int], bool, bool]:
        walk = self._graph.unvisited([number], self._visited, self._cover)
        if walk.has_met:
            self._cover = number
        elif walk.found:
            self._cover = -1
        return walk.found, walk.has_met, walk.is_complete

    def _first_known(self, number: int, empty: ShippedRange) -> ShippedRange:
        before: set[int] = set()
        if self._baseline not in (FIRST_DEPLOYMENT, EMPTY):
            known = self._graph.index.get(self._baseline)
            if known is not None:
                before = set(self._graph.unvisited([known], self._visited).found)
        fresh = self._graph.unvisited([number], self._visited).found
        self._cover = number
        if self._baseline == EMPTY or before:
            return self._declared_baseline(number, before, fresh, empty)
        cause: Cause | None = None if self._baseline == FIRST_DEPLOYMENT else "baseline_unknown"
        return replace(empty, cause=cause, before_baseline=fresh)

    def _declared_baseline(
        self, number: int, before: set[int], fresh: list[int], empty: ShippedRange
    ) -> ShippedRange:
        content = self._graph.unvisited([number], bytearray(len(self._graph))).found
        old = [commit for commit in content if commit in before]
        if len(old) < len(before):
            self._cover = -1
        certain, doubtful = self._split(fresh)
        cause: Cause | None = "base_unknown" if doubtful else None
        return replace(empty, cause=cause, first=certain, before_baseline=old, uncertain=doubtful)

    def _split(self, fresh: list[int]) -> tuple[list[int], list[int]]:
        """Commits that an unknown version cannot have held, being younger; and the others."""
        if self._doubt_at is None:
            return fresh, []
        instants, doubt_at = self._graph.committed_at, self._doubt_at
        certain: list[int] = []
        doubtful: list[int] = []
        for commit in fresh:
            at = instants[commit]
            (certain if at is not None and at > doubt_at else doubtful).append(commit)
        return certain, doubtful


def ranges_of(
    graph: CommitGraph,
    steps: Iterable[Step],
    baseline: str = FIRST_DEPLOYMENT,
    since: datetime | None = None,
) -> Iterator[ShippedRange]:
    """The ranges of a timeline in order; with `since`, only of steps that finished from then on.

    The steps before `since` are passed over, so a late event costs the affected suffix.
    """
    timeline = Timeline(graph, baseline)
    for step in sorted(steps, key=lambda step: (step.finished_at, step.deployment_id)):
        if since is not None and step.finished_at < since:
            timeline.pass_over(step)
        else:
            yield timeline.take(step)

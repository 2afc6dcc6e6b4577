"""The one role of each change in each shipped range of a service: first, reshipped, removed ...

A change is in a range when one of its commits there belongs to the service (path filter). It is
`first` in the first range that holds any of its commits, once per timeline; content of the baseline
is `before_baseline`; what an unknown version may have held already is `uncertain` and gets no role.
A removed commit whose copy the new version still holds is not removed.

Input: ranges of one timeline in order. Output: changes by number with role and link rule.
Complexity: O(commits of the ranges).
Source: delivery.md 4.5 and 4.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from fairlead.methods.change_links import ChangeLinks, LinkRule
from fairlead.methods.commit_graph import CommitGraph
from fairlead.methods.path_filter import BY_CHANGE, TOUCHED, UNKNOWN, UNTOUCHED, TouchedPaths
from fairlead.methods.ranges import ShippedRange

Role = Literal["first", "reshipped", "removed", "before_baseline"]


@dataclass(frozen=True, slots=True)
class ShippedChange:
    """A change in a range; `is_path_known` is false where only the lack of files put it there."""

    change: int
    role: Role
    link_rule: LinkRule | None
    is_path_known: bool


def belonging(
    touched: TouchedPaths, globs: Sequence[str], links: ChangeLinks, graph: CommitGraph
) -> bytearray:
    """The path verdict per commit number, merges judged by the change that they integrate."""
    mask = touched.mask(globs)
    if BY_CHANGE not in mask:
        return mask
    verdicts = bytearray(mask)
    for number, is_merge in enumerate(graph.is_merge):
        if is_merge and mask[number] == BY_CHANGE:
            change = links.change_of[number]
            own = {mask[other] for other in links.commits_of[change]} if change >= 0 else set()
            own.discard(BY_CHANGE)
            verdicts[number] = _strongest(own) if own else touched.own_verdict(number, globs)
    return verdicts


def _strongest(verdicts: set[int]) -> int:
    if TOUCHED in verdicts:
        return TOUCHED
    return UNKNOWN if UNKNOWN in verdicts else UNTOUCHED


class ChangeRoles:
    """Roles over one timeline; `uncertain` and `unmatched` tell why a change got none."""

    def __init__(self, graph: CommitGraph, links: ChangeLinks, verdicts: bytearray) -> None:
        self._graph = graph
        self._links = links
        self._verdicts = verdicts
        self._arrived = bytearray(len(links.change_refs))
        self.uncertain: set[int] = set()
        self.unmatched: set[int] = set()

    def take(self, shipped: ShippedRange, head: int | None) -> list[ShippedChange]:
        """The changes of the next range; `head` is the number of its version."""
        found: dict[int, ShippedChange] = {}
        self._add(found, shipped.before_baseline, "before_baseline")
        for change in self._changes(shipped.uncertain):
            self.uncertain.add(change)
            self._arrived[change] = 1
        self._add(found, shipped.first, "first")
        self._add(found, shipped.reshipped, "reshipped")
        if shipped.removed and head is not None:
            self._add(found, self._gone(shipped.removed, head), "removed")
        for change in found:
            self._arrived[change] = 1
        return list(found.values())

    def _changes(self, commits: Iterable[int]) -> dict[int, tuple[int, bool]]:
        """Changes of those commits that belong: their oldest such commit, and if paths say so."""
        change_of, verdicts = self._links.change_of, self._verdicts
        found: dict[int, tuple[int, bool]] = {}
        for commit in commits:
            change = change_of[commit]
            if change < 0:
                continue
            verdict = verdicts[commit]
            if verdict == UNTOUCHED:
                self.unmatched.add(change)
                continue
            known = found.get(change)
            if known is None:
                found[change] = (commit, verdict == TOUCHED)
            else:
                found[change] = (min(known[0], commit), known[1] or verdict == TOUCHED)
        return found

    def _add(self, found: dict[int, ShippedChange], commits: Iterable[int], role: Role) -> None:
        for change, (commit, is_known) in sorted(self._changes(commits).items()):
            if change in found:
                continue
            own: Role = "reshipped" if role == "first" and self._arrived[change] else role
            found[change] = ShippedChange(change, own, self._links.rule_of[commit], is_known)

    def _gone(self, removed: Iterable[int], head: int) -> list[int]:
        copies, graph = self._links.copies, self._graph
        return [
            commit
            for commit in removed
            if not any(graph.reaches(head, other) for other in copies.get(commit, ()))
        ]

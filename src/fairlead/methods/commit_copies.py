"""Groups of commits that carry the same patch: stated cherry-picks and equal patch ids.

Two commits are copies when one says `cherry picked from commit` the other, or when their patch ids
are equal and neither is an ancestor of the other: the same patch twice on one line of history (a
revert of a revert) is new work. Merges carry no patch of their own.

Complexity: O(commits) plus one bounded walk per pair of equal patch ids that is looked at.
Source: delivery.md 4.6.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fairlead.methods.commit_graph import CommitGraph

# One patch made over and over (a switch thrown daily) would cost a walk per pair.
_COMPARED = 16


class Marked(Protocol):
    """What is read of a commit."""

    @property
    def patch_id(self) -> str | None: ...

    @property
    def cherry_picked_from_sha(self) -> str | None: ...


def copies_of(graph: CommitGraph, marks: Sequence[Marked]) -> list[list[int]]:
    """Groups of two or more commit numbers, each ascending, in order of their first commit."""
    leader: dict[int, int] = {}
    _join_stated(graph, marks, leader)
    _join_equal(graph, marks, leader)
    groups: dict[int, list[int]] = {}
    for number in sorted(leader):
        groups.setdefault(_find(leader, number), []).append(number)
    return sorted(members for members in groups.values() if len(members) > 1)


def _join_stated(graph: CommitGraph, marks: Sequence[Marked], leader: dict[int, int]) -> None:
    for number, mark in enumerate(marks):
        original = graph.index.get(mark.cherry_picked_from_sha or "")
        if original is not None and original != number:
            _join(leader, original, number)


def _join_equal(graph: CommitGraph, marks: Sequence[Marked], leader: dict[int, int]) -> None:
    by_patch: dict[str, list[int]] = {}
    for number, mark in enumerate(marks):
        if mark.patch_id and not graph.is_merge[number]:
            by_patch.setdefault(mark.patch_id, []).append(number)
    for members in by_patch.values():
        for place, number in enumerate(members[1:], start=1):
            for other in members[max(0, place - _COMPARED) : place]:
                if _are_apart(graph, number, other):
                    _join(leader, other, number)
                    break


def _are_apart(graph: CommitGraph, later: int, earlier: int) -> bool:
    return graph.reaches(later, earlier) is False


def _find(leader: dict[int, int], number: int) -> int:
    root = leader.setdefault(number, number)
    while leader[root] != root:
        leader[root] = leader[leader[root]]
        root = leader[root]
    return root


def _join(leader: dict[int, int], one: int, other: int) -> None:
    first, second = sorted((_find(leader, one), _find(leader, other)))
    leader[second] = first

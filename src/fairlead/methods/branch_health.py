"""How far branches have drifted and how long side work waits before it is merged.

Ahead = commits of the branch that the default branch lacks; behind = the reverse; both over the
graph, as `git rev-list --left-right --count`. Integration time = commit instant of a merge on the
first-parent line of the default branch - the earliest author instant of the commits that it
brings in. A squash leaves one commit with a number `(#12)`: its integration time is unknown.

Input: a `History`; instants in whole seconds since 1970 (UTC). Complexity: `integrations` is
O(commits); `branch_states` is O(commits) plus the symmetric difference of each unmerged branch,
within a budget, beyond which `behind_count` is null.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable
from dataclasses import dataclass

from fairlead.methods.repository_history import BranchRecord, CommitRecord, History

BUDGET = 2_000_000
_NUMBERED = re.compile(r"\((?:#|!)\d+\)$")


@dataclass(frozen=True, slots=True)
class BranchState:
    """One branch against the default branch; null counts could not be told."""

    name: str
    ahead_count: int
    behind_count: int | None
    tip_epoch: int | None

    @property
    def is_merged(self) -> bool:
        return self.ahead_count == 0


@dataclass(frozen=True, slots=True)
class Integration:
    """One merge into the default branch: what it brought, and how long that had waited."""

    merge_sha: str
    commits_count: int
    waited_seconds: int | None


def branch_states(
    history: History, branches: Iterable[BranchRecord], default: BranchRecord, budget: int = BUDGET
) -> list[BranchState]:
    """Every branch but the default one, in the given order; unknown tips are left out."""
    main = history.positions.get(default.commit_sha)
    if main is None:
        return []
    shared = history.reachable([main])
    found = []
    for branch in branches:
        tip = history.positions.get(branch.commit_sha)
        if tip is None or branch.name == default.name:
            continue
        ahead = len(history.walk([tip], bytearray(shared)))
        behind: int | None = None
        if ahead and budget > 0:
            behind, steps = _behind(history, main, tip, budget)
            budget -= steps
        found.append(BranchState(branch.name, ahead, behind, history.commits[tip].committed_epoch))
    return found


def _behind(history: History, main: int, tip: int, budget: int) -> tuple[int | None, int]:
    """Commits of main that the tip lacks, and the steps that it took; None over the budget.

    Greatest generation first: a commit is taken only after all of its descendants in sight, so
    its colours (1 of main, 2 of the tip) are complete. Done when only common commits are left.
    """
    generations, parents = history.generations, history.parents
    colours = {main: 1, tip: 2}
    heap = [(-generations[index], index) for index in colours]
    heapq.heapify(heap)
    open_count, behind, steps = len(heap), 0, 0
    while open_count:
        steps += 1
        if steps > budget:
            return None, steps
        _, index = heapq.heappop(heap)
        colour = colours[index]
        if colour != 3:
            open_count -= 1
            behind += colour == 1
        for parent in parents[index]:
            before = colours.get(parent, 0)
            after = before | colour
            if before == 0:
                heapq.heappush(heap, (-generations[parent], parent))
                open_count += after != 3
            elif before != 3 and after == 3:
                open_count -= 1
            colours[parent] = after
    return behind, steps


def integrations(history: History, default: BranchRecord) -> list[Integration]:
    """Merges on the first-parent line of the default branch, oldest first."""
    tip = history.positions.get(default.commit_sha)
    if tip is None:
        return []
    # Oldest first, so that what a merge's first parent reaches has been visited before the merge.
    line = list(history.first_parents(tip))
    visited = bytearray(len(history.commits))
    found = []
    for index in reversed(line):
        visited[index] = 1
        commit = history.commits[index]
        if len(commit.parents) < 2:
            continue
        sides = [history.positions[sha] for sha in commit.parents[1:] if sha in history.positions]
        brought = [history.commits[side] for side in history.walk(sides, visited)]
        if brought:
            starts = [side.authored_epoch for side in brought if side.authored_epoch is not None]
            end = commit.committed_epoch
            waited = end - min(starts) if starts and end is not None else None
            found.append(Integration(commit.sha, len(brought), waited))
    return found


def _is_numbered(row: CommitRecord) -> bool:
    return len(row.parents) < 2 and _NUMBERED.search(row.subject) is not None


def numbered_count(history: History, default: BranchRecord) -> int:
    """Squashed or rebased changes on the default branch that name their pull request."""
    tip = history.positions.get(default.commit_sha)
    line = history.first_parents(tip) if tip is not None else ()
    rows = (history.commits[index] for index in line)
    return sum(1 for row in rows if row.subject.endswith(")") and _is_numbered(row))

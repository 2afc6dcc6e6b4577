"""Which change each commit belongs to: pull requests by four rules, lone commits, copies, reverts.

Rules, in this order; a commit keeps the first change that claims it, earlier merged ones first:
    merge           reachable from the other parents of the merge commit, not from its first
    commit_list     listed by the platform and in the graph under the same SHA (fast-forward)
    rebase          on the first-parent chain of the merge SHA, with a patch id of the commit list
                    (or its author, author instant and subject, which a rebase keeps)
    squash          the merge SHA itself
    subject_suffix  subject ends with `(#n)` and `pr:n` is known; confidence 0.7
    lone_commit     in no pull request: a change of its own (`commit:<sha>`)
Then copies: `cherry_pick` (stated) and `patch_id` (equal, neither an ancestor of the other, so a
revert of a revert stays a change of its own) move a commit to the change of its original.

A merge commit in no pull request carries no work of its own and is no change, unless a side of it
is missing in the graph: then it is all that is known of that work.

Complexity: O(commits) plus the walks of merge sides and of ancestor questions among copies.
Source: delivery.md 4.6.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from fairlead.methods.commit_copies import copies_of
from fairlead.methods.commit_graph import CommitGraph

LinkRule = Literal[
    "merge",
    "commit_list",
    "rebase",
    "squash",
    "subject_suffix",
    "lone_commit",
    "cherry_pick",
    "patch_id",
]
NO_CHANGE = -1
_SUFFIX = re.compile(r"\(#(\d+)\)\s*$")
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CommitMarks:
    """What a commit says about itself that can link it to others.

    `authorship` is author, author instant and subject; None where one of them is unknown.
    """

    subject: str | None = None
    patch_id: str | None = None
    reverts_sha: str | None = None
    cherry_picked_from_sha: str | None = None
    authorship: tuple[str, datetime, str] | None = None


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A merge or pull request as its platform tells it."""

    change_ref: str
    state: str | None = None
    merged_at: datetime | None = None
    merge_sha: str | None = None
    head_sha: str | None = None
    commit_shas: tuple[str, ...] = ()
    integration: str | None = None


@dataclass(frozen=True)
class ChangeLinks:
    """Changes by number (pull requests first), and the change and rule of each commit number.

    `copies` gives the other commits with the same patch; `aliases` pull requests that hold nothing
    but copies, with the change they are; `reverts` the change that a change undoes.
    """

    change_refs: list[str]
    change_of: list[int]
    rule_of: list[LinkRule | None]
    commits_of: list[list[int]]
    integration_of: Mapping[int, str]
    copies: Mapping[int, tuple[int, ...]]
    aliases: Mapping[int, int]
    reverts: Mapping[int, int]


def confidence(rule: LinkRule | None) -> float:
    """How sure a link by this rule is: 0.7 by the subject's suffix, else 1."""
    return 0.7 if rule == "subject_suffix" else 1.0


def ticket_keys(pattern: re.Pattern[str], texts: Iterable[str | None]) -> list[str]:
    """Ticket keys in the given texts, each once, in order of their first appearance."""
    return list(dict.fromkeys(match[0] for text in texts for match in pattern.finditer(text or "")))


def link_changes(
    graph: CommitGraph,
    marks: Sequence[CommitMarks],
    requests: Iterable[PullRequest],
    integrated: bytearray | None = None,
) -> ChangeLinks:
    """Link every commit to its change.

    `marks` stand in the order of the graph's numbers. `integrated` marks commits known to be on
    the default branch or deployed; without it every commit in no pull request is a change.
    """
    linker = _Linker(graph, marks)
    ordered = sorted(requests, key=lambda item: (item.merged_at or _LATEST, item.change_ref))
    for number, request in enumerate(ordered):
        linker.open_change(request.change_ref, request)
        linker.link_request(number, request)
    linker.link_suffixes()
    linker.link_lone_commits(integrated)
    linker.move_copies()
    return linker.result()


def _rebase_keys(mark: CommitMarks) -> set[object]:
    return {key for key in (mark.patch_id, mark.authorship) if key is not None}


@dataclass
class _Linker:
    graph: CommitGraph
    marks: Sequence[CommitMarks]
    refs: list[str] = field(default_factory=list)
    change_of: list[int] = field(default_factory=list)
    rule_of: list[LinkRule | None] = field(default_factory=list)
    listed: dict[str, int] = field(default_factory=dict)
    integration_of: dict[int, str] = field(default_factory=dict)
    copies: dict[int, tuple[int, ...]] = field(default_factory=dict)
    aliases: dict[int, int] = field(default_factory=dict)
    request_count: int = 0

    def __post_init__(self) -> None:
        self.change_of = [NO_CHANGE] * len(self.graph)
        self.rule_of = [None] * len(self.graph)

    def open_change(self, ref: str, request: PullRequest) -> None:
        number = self.request_count
        self.refs.append(ref)
        self.request_count += 1
        for sha in (*request.commit_shas, request.merge_sha):
            if sha:
                self.listed.setdefault(sha, number)

    def claim(self, commits: Iterable[int], change: int, rule: LinkRule) -> None:
        for commit in commits:
            if self.change_of[commit] == NO_CHANGE:
                self.change_of[commit] = change
                self.rule_of[commit] = rule

    def link_request(self, change: int, request: PullRequest) -> None:
        index = self.graph.index
        known = [index[sha] for sha in request.commit_shas if sha in index]
        if request.state != "merged":
            head = index.get(request.head_sha or "")
            self.claim(known if head is None else [*known, head], change, "commit_list")
            return
        merge = index.get(request.merge_sha or "")
        if merge is None:
            self.claim(known, change, "commit_list")
        elif self.graph.is_merge[merge]:
            self._state(change, request, "merge")
            self.claim([merge, *self._side(merge), *known], change, "merge")
        elif merge in known and request.integration not in ("squash", "rebase"):
            self._state(change, request, "fast_forward")
            self.claim(known, change, "commit_list")
        else:
            self._link_rewritten(change, request, merge, known)

    def _link_rewritten(
        self, change: int, request: PullRequest, merge: int, known: list[int]
    ) -> None:
        rebased = [] if request.integration == "squash" else self._rebased(merge, known)
        self._state(change, request, "rebase" if rebased else "squash")
        self.claim(rebased, change, "rebase")
        self.claim([merge], change, "rebase" if request.integration == "rebase" else "squash")
        self.claim(known, change, "commit_list")

    def _state(self, change: int, request: PullRequest, inferred: str) -> None:
        stated = request.integration
        self.integration_of[change] = inferred if stated in (None, "unknown") else stated

    def _side(self, merge: int) -> list[int]:
        first, *others = self.graph.parents[merge] or (merge,)
        if not others:
            return []
        return self.graph.difference(others, [first], with_removed=False).shipped

    def _rebased(self, merge: int, known: list[int]) -> list[int]:
        wanted = {key for commit in known for key in _rebase_keys(self.marks[commit])}
        found: list[int] = []
        commit: int | None = merge
        while commit is not None and wanted & _rebase_keys(self.marks[commit]):
            wanted -= _rebase_keys(self.marks[commit])
            found.append(commit)
            parents = self.graph.parents[commit]
            commit = parents[0] if parents else None
        return found

    def link_suffixes(self) -> None:
        by_ref = {ref: number for number, ref in enumerate(self.refs)}
        for commit, mark in enumerate(self.marks):
            if self.change_of[commit] != NO_CHANGE or not mark.subject:
                continue
            match = _SUFFIX.search(mark.subject)
            change = by_ref.get(f"pr:{match[1]}") if match else None
            if change is not None:
                self.claim([commit], change, "subject_suffix")

    def link_lone_commits(self, integrated: bytearray | None) -> None:
        graph = self.graph
        for commit, sha in enumerate(graph.shas):
            if self.change_of[commit] != NO_CHANGE:
                continue
            is_plain_merge = graph.is_merge[commit] and not graph.is_boundary[commit]
            if is_plain_merge or (integrated is not None and not integrated[commit]):
                continue
            self.refs.append(f"commit:{sha}")
            self.claim([commit], len(self.refs) - 1, "lone_commit")

    def move_copies(self) -> None:
        before = list(self.change_of)
        for members in copies_of(self.graph, self.marks):
            self.copies.update(
                {one: tuple(other for other in members if other != one) for one in members}
            )
            self._gather(members)
        self._follow_unknown_originals()
        self._fold_emptied_requests(before)

    def _gather(self, members: Sequence[int]) -> None:
        inside = {self.graph.shas[member] for member in members}

        def rank(member: int) -> tuple[bool, bool, bool, int]:
            change = self.change_of[member]
            is_pick = self.marks[member].cherry_picked_from_sha in inside
            return change == NO_CHANGE, is_pick, change >= self.request_count, member

        change = self.change_of[min(members, key=rank)]
        if change == NO_CHANGE:
            return
        for member in members:
            if self.change_of[member] != change:
                stated = self.marks[member].cherry_picked_from_sha is not None
                self._move(member, change, "cherry_pick" if stated else "patch_id")

    def _follow_unknown_originals(self) -> None:
        """Copies of commits that only a pull request's list knows, their branch being gone."""
        for commit, mark in enumerate(self.marks):
            original = mark.cherry_picked_from_sha
            if original is None or original in self.graph.index:
                continue
            change = self.listed.get(original)
            if change is not None and self.change_of[commit] != change:
                self._move(commit, change, "cherry_pick")

    def _move(self, commit: int, change: int, rule: LinkRule) -> None:
        self.change_of[commit] = change
        self.rule_of[commit] = rule

    def _fold_emptied_requests(self, before: Sequence[int]) -> None:
        moved: dict[int, int] = {}
        kept: set[int] = set()
        for commit, change in enumerate(before):
            if change != self.change_of[commit]:
                moved.setdefault(change, self.change_of[commit])
            elif change != NO_CHANGE and not self.graph.is_merge[commit]:
                kept.add(change)
        self.aliases = {
            change: target
            for change, target in moved.items()
            if 0 <= change < self.request_count and change not in kept
        }
        for commit, change in enumerate(self.change_of):
            if change in self.aliases:
                self._move(commit, self.aliases[change], "cherry_pick")

    def result(self) -> ChangeLinks:
        commits_of: list[list[int]] = [[] for _ in self.refs]
        for commit, change in enumerate(self.change_of):
            if change != NO_CHANGE:
                commits_of[change].append(commit)
        return ChangeLinks(
            self.refs,
            self.change_of,
            self.rule_of,
            commits_of,
            self.integration_of,
            self.copies,
            self.aliases,
            self._reverts(),
        )

    def _reverts(self) -> dict[int, int]:
        found: dict[int, int] = {}
        for commit, mark in enumerate(self.marks):
            change = self.change_of[commit]
            if mark.reverts_sha is None or change == NO_CHANGE:
                continue
            number = self.graph.index.get(mark.reverts_sha)
            target = (
                self.listed.get(mark.reverts_sha, NO_CHANGE)
                if number is None
                else self.change_of[number]
            )
            if target not in (NO_CHANGE, change):
                found.setdefault(change, self.aliases.get(target, target))
        return found

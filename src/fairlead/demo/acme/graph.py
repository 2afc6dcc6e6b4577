"""Give every change its place on the default branch, and every commit its parents and digest."""

from __future__ import annotations

from bisect import bisect_right

from fairlead.demo.acme.calendar import DAY
from fairlead.demo.acme.changes import Repository
from fairlead.demo.acme.records import Change, Commit


def assemble(repository: Repository) -> Commit:
    """Set positions, parents and integrating commits; returns the root commit."""
    root = Commit(
        repository.sha(), "stefan-u", repository.span.start_at - 40 * DAY,
        repository.span.start_at - 40 * DAY, "Initial import", files=(("README.md", 12, 0),),
    )  # fmt: skip
    mainline = sorted(
        (change for change in repository.changes if change.merged_at is not None),
        key=lambda change: (change.merged_at, change.number, change.head_sha),
    )
    merged = [change.merged_at or 0 for change in mainline]
    shas = [root.sha]
    for position, change in enumerate(mainline):
        change.position = position
        _integrate(repository, change, shas, merged)
        shas.append(change.main_sha)
    for change in repository.changes:
        if change.position < 0:
            _chain(change, shas[bisect_right(merged, change.first_authored_at)])
            for commit in change.commits:
                commit.is_on_main = False
    return root


def _integrate(repository: Repository, change: Change, shas: list[str], merged: list[int]) -> None:
    """Place one change after the last one of the default branch."""
    tip = shas[-1]
    _name_reverted(change)
    if change.integration == "direct":
        change.commits[0].parents = (tip,)
        return
    left_at = change.first_authored_at if change.base_at is None else change.base_at
    _chain(change, shas[min(len(shas) - 1, bisect_right(merged, left_at))])
    at = change.merged_at or 0
    new = Commit(repository.sha(), change.author, at, at, _message(change), (tip,), _files(change))
    if change.integration == "merge":
        new.parents, new.author = (tip, change.head_sha), change.merged_by
    else:
        for commit in change.commits:
            commit.is_on_main = False
        if change.integration == "rebase":
            new.authored_at, new.message = change.first_authored_at, change.commits[0].message
    change.merge_commit = new


def _files(change: Change) -> tuple[tuple[str, int, int], ...]:
    """The paths of all commits of a change, each once."""
    found: dict[str, tuple[int, int]] = {}
    for commit in change.commits:
        for path, added, deleted in commit.files:
            before = found.get(path, (0, 0))
            found[path] = (before[0] + added, before[1] + deleted)
    return tuple((path, *counts) for path, counts in found.items())


def _chain(change: Change, base: str) -> None:
    for commit in change.commits:
        commit.parents = (base,)
        base = commit.sha


def _name_reverted(change: Change) -> None:
    if change.reverts is not None:
        change.commits[0].message += f"\n\nThis reverts commit {change.reverts.main_sha}."


def _message(change: Change) -> str:
    if change.integration == "merge":
        return f"Merge pull request #{change.number} from {change.branch}\n\n{change.title}"
    body = change.commits[0].message.partition("\n\n")[2] if change.reverts else ""
    return f"{change.title} (#{change.number})" + (f"\n\n{body}" if body else "")

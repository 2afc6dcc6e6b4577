"""Branches against the default branch, with `git rev-list` as the oracle, and side work's wait."""

from __future__ import annotations

import random
from pathlib import Path

from fairlead.ingest.git_repository import open_repository
from fairlead.methods.branch_health import branch_states, integrations, numbered_count
from fairlead.methods.repository_history import BranchRecord, CommitRecord, History
from tests.git.build import DAY, HOUR, START, git, random_history


def test_ahead_and_behind_are_those_of_git_rev_list(tmp_path: Path) -> None:
    compared = 0
    for seed in range(20):
        path = tmp_path / f"r{seed}.git"
        random_history(random.Random(seed), 45).write(path)
        with open_repository(path) as repository:
            history = History.of(repository.commits())
            default = repository.default_branch
            assert default is not None
            states = branch_states(history, repository.branches, default)
        assert default.name == "main"
        for state in states:
            words = ("rev-list", "--left-right", "--count", f"main...{state.name}")
            behind, ahead = (int(word) for word in git(path, *words).split())
            assert state.ahead_count == ahead
            if ahead:
                assert state.behind_count == behind
                compared += 1
    assert compared > 20


def row(sha: str, *parents: str, at: int, authored: int | None = None) -> CommitRecord:
    started = at if authored is None else authored
    return CommitRecord(sha, parents, started, at, "", "", "", sha)


def test_integration_time_runs_from_the_first_side_commit_to_the_merge() -> None:
    history = History.of(
        [
            row("m1", at=START),
            row("s1", "m1", at=START + 2 * HOUR, authored=START + HOUR),
            row("s2", "s1", at=START + 5 * HOUR),
            row("m2", "m1", at=START + 3 * HOUR),
            row("m3", "m2", "s2", at=START + DAY),
        ]
    )
    (found,) = integrations(history, BranchRecord("main", "m3"))
    assert (found.commits_count, found.waited_seconds) == (2, 23 * HOUR)


def test_merge_of_the_default_branch_into_a_side_branch_is_no_integration_of_it() -> None:
    history = History.of(
        [
            row("m1", at=START),
            row("s1", "m1", at=START + HOUR),
            row("m2", "m1", at=START + 2 * HOUR),
            row("s2", "s1", "m2", at=START + 3 * HOUR),
            row("m3", "m2", "s2", at=START + 4 * HOUR),
        ]
    )
    (found,) = integrations(history, BranchRecord("main", "m3"))
    assert found.merge_sha == "m3"
    # s1 and the merge s2; m2 was on the line already
    assert (found.commits_count, found.waited_seconds) == (2, 3 * HOUR)


def test_squashed_changes_are_counted_by_their_number() -> None:
    history = History.of(
        [
            row("a (#1)", at=START),
            row("b (!2)", "a (#1)", at=START),
            row("c", "b (!2)", at=START),
        ]
    )
    assert numbered_count(history, BranchRecord("main", "c")) == 2


def test_behind_is_unknown_over_the_budget() -> None:
    rows = [row("m0", at=START), row("s1", "m0", at=START)]
    rows += [row(f"m{at}", f"m{at - 1}", at=START) for at in range(1, 50)]
    history = History.of(rows)
    main, side = BranchRecord("main", "m49"), BranchRecord("side", "s1")
    (known,) = branch_states(history, [side], main)
    (unknown,) = branch_states(history, [side], main, budget=10)
    assert (known.ahead_count, known.behind_count) == (1, 49)
    assert (unknown.ahead_count, unknown.behind_count) == (1, None)

"""The commit graph against git itself, on random histories with merges, octopus and two roots."""

from __future__ import annotations

import random
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.git.build import ENVIRONMENT, git, random_history

from fairlead.methods.commit_graph import Commit, CommitGraph
from fairlead.methods.ranges import EMPTY, Step, ranges_of

REPOSITORIES, PAIRS = 10, 20


def graph_of(path: Path, *options: str) -> CommitGraph:
    lines = git(path, "log", "--all", "--format=%H|%P|%ct", *options).decode().splitlines()
    cells = [line.split("|") for line in lines]
    return CommitGraph.of(
        Commit(sha, tuple(parents.split()), datetime.fromtimestamp(int(at), UTC))
        for sha, parents, at in cells
    )


def rev_list(path: Path, *words: str) -> set[str]:
    return set(git(path, "rev-list", *words).decode().split())


def is_ancestor_by_git(path: Path, first: str, last: str) -> bool:
    words = ["git", "-C", str(path), "merge-base", "--is-ancestor", first, last]
    done = subprocess.run(words, env=ENVIRONMENT, check=False)
    assert done.returncode in (0, 1)
    return done.returncode == 0


@pytest.mark.row("K02")
@pytest.mark.parametrize("seed", list(range(REPOSITORIES)))
def test_ranges_and_ancestry_equal_git_on_random_histories(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    path = tmp_path / "repository"
    random_history(rng, 60).write(path)
    graph = graph_of(path)
    shas = list(graph.shas)
    for _ in range(PAIRS):
        new, old = rng.choice(shas), rng.choice(shas)
        found = graph.difference([graph.index[new]], [graph.index[old]])
        assert found.is_complete
        assert {graph.shas[number] for number in found.shipped} == rev_list(path, new, f"^{old}")
        assert {graph.shas[number] for number in found.removed} == rev_list(path, old, f"^{new}")
        assert graph.is_ancestor(old, new) is is_ancestor_by_git(path, old, new)


@pytest.mark.row("K02")
@pytest.mark.parametrize("seed", list(range(100, 105)))
def test_timeline_of_random_versions_equals_git(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    path = tmp_path / "repository"
    random_history(rng, 50).write(path)
    graph = graph_of(path)
    versions = [rng.choice(graph.shas) for _ in range(15)]
    start = datetime(2027, 1, 1, tzinfo=UTC)
    steps = [Step(f"{n:03}", start, sha) for n, sha in enumerate(versions)]
    # Sets of single `rev-list`s: with many `^old` git stops too early when clocks are skewed.
    earlier: list[set[str]] = []
    for sha, found in zip(versions, ranges_of(graph, steps, EMPTY), strict=True):
        new = rev_list(path, sha)
        assert {graph.shas[number] for number in found.first} == new.difference(*earlier)
        if earlier:
            shipped = {graph.shas[number] for number in (*found.first, *found.reshipped)}
            assert shipped == new - earlier[-1]
            assert {graph.shas[number] for number in found.removed} == earlier[-1] - new
        earlier.append(new)


def test_shallow_clone_answers_what_it_can_and_none_for_the_rest(tmp_path: Path) -> None:
    source, clone = tmp_path / "source", tmp_path / "clone"
    builder = random_history(random.Random(7), 1)
    mark = 1
    for step in range(1, 30):
        mark = builder.commit(mark, at=1_770_000_000 + step * 3600)
    builder.branch("main", mark)
    builder.write(source)
    git(tmp_path, "clone", "-q", "--bare", "--depth", "10", f"file://{source}", str(clone))
    # git hides the parents behind the boundary; its raw object still names them.
    heads = git(clone, "rev-list", "main").decode().split()
    raw = [git(clone, "cat-file", "-p", sha).decode().splitlines() for sha in heads]
    graph = CommitGraph.of(
        Commit(sha, tuple(line.split()[1] for line in lines if line.startswith("parent ")))
        for sha, lines in zip(heads, raw, strict=True)
    )
    assert len(graph) == 10
    newest, oldest = graph.index[heads[0]], graph.index[heads[-1]]
    assert graph.is_boundary[oldest]
    assert not graph.is_boundary[newest]
    assert graph.is_ancestor(heads[-1], heads[0]) is True
    assert graph.is_ancestor(heads[0], heads[3]) is False
    hidden = git(source, "rev-list", "main").decode().split()[20]
    assert graph.is_ancestor(hidden, heads[0]) is None
    inside = graph.difference([newest], [graph.index[heads[4]]])
    assert [graph.shas[number] for number in inside.shipped] == heads[:4]
    assert inside.is_complete
    assert not graph.difference([oldest], []).is_complete


def test_very_long_line_is_walked_without_recursion() -> None:
    count = 50_000
    shas = [f"{number:040x}" for number in range(count)]
    graph = CommitGraph.of(
        Commit(sha, (shas[number - 1],) if number else ()) for number, sha in enumerate(shas)
    )
    assert graph.is_ancestor(shas[0], shas[-1]) is True
    assert len(graph.difference([count - 1], [0]).shipped) == count - 1


def test_edges_of_a_cycle_count_as_unknown_parents() -> None:
    graph = CommitGraph.of(
        [Commit("a", ()), Commit("b", ("a", "d")), Commit("c", ("b",)), Commit("d", ("c",))]
    )
    assert sorted(graph.shas) == ["a", "b", "c", "d"]
    assert all(parent < number for number, own in enumerate(graph.parents) for parent in own)
    assert sum(graph.is_boundary) == 1

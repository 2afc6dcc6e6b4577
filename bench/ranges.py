"""Shipped ranges of 10,000 deployments of 40 services over 100,000 commits, against `git rev-list`.

Builds the repository with `git fast-import`, then times: reading into the graph, the ranges of all
timelines (with rollbacks), and ranges with path filter, changes and roles. The alternative, one
`git rev-list A ^B` per deployment, runs on a sample in the same run and is scaled. Prints peak
memory and time(2n)/time(n), where n halves commits and deployments together.

    python -m bench.ranges [commits] [deployments]
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from tests.git.build import git, long_history

from fairlead.methods.change_links import CommitMarks, link_changes
from fairlead.methods.change_roles import ChangeRoles, belonging
from fairlead.methods.commit_graph import Commit, CommitGraph
from fairlead.methods.path_filter import TouchedPaths
from fairlead.methods.ranges import Step, ranges_of

SERVICES, SAMPLE = 40, 100
START = datetime(2027, 1, 1, tzinfo=UTC)


def read_commits(path: Path) -> list[Commit]:
    """Commits of the main branch, oldest first."""
    lines = git(path, "log", "--reverse", "--topo-order", "--format=%H|%P|%ct", "main").decode()
    cells = (line.split("|") for line in lines.splitlines())
    return [
        Commit(sha, tuple(parents.split()), datetime.fromtimestamp(int(at), UTC))
        for sha, parents, at in cells
    ]


def read_paths(path: Path, graph: CommitGraph) -> TouchedPaths:
    """Paths that each commit touches; merges none, as the log gives them."""
    found: dict[int, list[str]] = {}
    paths: list[str] = []
    text = git(path, "log", "--format=@%H", "--name-only", "--no-renames", "main").decode()
    for line in text.splitlines():
        if line.startswith("@"):
            paths = found.setdefault(graph.index[line[1:]], [])
        elif line:
            paths.append(line)
    return TouchedPaths(found, graph.is_merge)


def timelines(graph: CommitGraph, deployments: int, rng: random.Random) -> list[list[Step]]:
    """Versions of each service along the first-parent line of main; one in twenty goes back."""
    line, number = [], len(graph) - 1
    while True:
        line.append(number)
        if not graph.parents[number]:
            break
        number = graph.parents[number][0]
    line.reverse()
    each = deployments // SERVICES
    found = []
    for service in range(SERVICES):
        places = sorted(rng.randrange(len(line)) for _ in range(each))
        for position in range(1, each):
            if rng.random() < 0.05:
                places[position] = places[max(0, position - rng.randrange(1, 4))]
        found.append(
            [
                Step(f"{service}-{n}", START + timedelta(minutes=n), graph.shas[line[place]])
                for n, place in enumerate(places)
            ]
        )
    return found


def time_ranges(graph: CommitGraph, lanes: list[list[Step]]) -> tuple[float, int]:
    """Seconds for all ranges, and how many commits they hold together."""
    began, commits = time.perf_counter(), 0
    for steps in lanes:
        for found in ranges_of(graph, steps):
            commits += len(found.first) + len(found.reshipped) + len(found.removed)
    return time.perf_counter() - began, commits


def time_roles(
    graph: CommitGraph, touched: TouchedPaths, lanes: list[list[Step]]
) -> tuple[float, int]:
    """Seconds for links, path filter, ranges and roles, and the rows that they give."""
    began, rows = time.perf_counter(), 0
    links = link_changes(graph, [CommitMarks()] * len(graph), [])
    for service, steps in enumerate(lanes):
        globs = (f"src/part{service}/**",)
        roles = ChangeRoles(graph, links, belonging(touched, globs, links, graph))
        heads = iter(steps)
        for found in ranges_of(graph, steps):
            rows += len(roles.take(found, graph.index[next(heads).commit_sha or ""]))
    return time.perf_counter() - began, rows


def pairs(lanes: list[list[Step]]) -> Iterator[tuple[str, str]]:
    """New and running version of every deployment but the first of each service."""
    for steps in lanes:
        for before, after in pairwise(steps):
            yield after.commit_sha or "", before.commit_sha or ""


def time_git(path: Path, lanes: list[list[Step]], graph: CommitGraph, rng: random.Random) -> float:
    """Seconds of `git rev-list A ^B` for all deployments, scaled; its counts must equal ours."""
    everything = list(pairs(lanes))
    sample = rng.sample(everything, min(SAMPLE, len(everything)))
    began = time.perf_counter()
    counts = [int(git(path, "rev-list", "--count", new, f"^{old}")) for new, old in sample]
    seconds = time.perf_counter() - began
    for (new, old), count in zip(sample, counts, strict=True):
        ours = graph.difference([graph.index[new]], [graph.index[old]])
        assert len(ours.shipped) == count, (new, old)
    return seconds * len(everything) / len(sample)


def main(commits: int = 100_000, deployments: int = 10_000) -> None:
    """Build, measure, print."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "repository"
        long_history(random.Random(1), commits, 10).write(path)
        everything = read_commits(path)
        began = time.perf_counter()
        graph = CommitGraph.of(everything)
        print(f"graph of {len(graph)} commits: {time.perf_counter() - began:.2f} s")
        lanes = timelines(graph, deployments, random.Random(2))
        seconds, held = time_ranges(graph, lanes)
        print(f"ranges of {deployments} deployments, {held} commits in them: {seconds:.2f} s")
        touched = read_paths(path, graph)
        full, rows = time_roles(graph, touched, lanes)
        print(f"with links, path filter and roles, {rows} rows: {full:.2f} s")
        by_git = time_git(path, lanes, graph, random.Random(3))
        print(f"git rev-list A ^B, {SAMPLE} sampled and scaled: {by_git:.2f} s")
        half = CommitGraph.of(everything[: len(everything) // 2])
        halved, _ = time_ranges(half, timelines(half, deployments // 2, random.Random(2)))
        print(f"time(2n)/time(n): {seconds / halved:.2f}")
        print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

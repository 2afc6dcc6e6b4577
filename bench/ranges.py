"""Shipped ranges of 10,000 deployments of 40 services over 100,000 commits, against `git rev-list`.

The repository is built with `git fast-import`; each service has its own timeline with rollbacks.
Measured are the ranges of all timelines, and the ranges with path filter, changes and roles, from
the graph in memory. The alternative, one `git rev-list A ^B` per deployment, runs on a sample and
is scaled; its counts must equal ours. Growth halves commits and deployments together.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from tests.git.build import git, long_history

from bench.figure import Figure, apart, peak_mebibytes, run_alone, sized, timed
from fairlead.methods.change_links import CommitMarks, link_changes
from fairlead.methods.change_roles import ChangeRoles, belonging
from fairlead.methods.commit_graph import Commit, CommitGraph
from fairlead.methods.path_filter import TouchedPaths
from fairlead.methods.ranges import Step, ranges_of

SERVICES, COMMITS, DEPLOYMENTS, SAMPLE = 40, 100_000, 10_000, 100
TARGET_SECONDS, TARGET_MEBIBYTES = 20.0, 1024.0
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
            number = graph.index.get(line[1:])
            paths = [] if number is None else found.setdefault(number, [])
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


def hold_ranges(graph: CommitGraph, lanes: list[list[Step]]) -> int:
    """How many commits the ranges of all timelines hold together."""
    return sum(
        len(found.first) + len(found.reshipped) + len(found.removed)
        for steps in lanes
        for found in ranges_of(graph, steps)
    )


def hold_roles(graph: CommitGraph, touched: TouchedPaths, lanes: list[list[Step]]) -> int:
    """How many rows links, path filter, ranges and roles give."""
    rows = 0
    links = link_changes(graph, [CommitMarks()] * len(graph), [])
    for service, steps in enumerate(lanes):
        globs = (f"src/part{service}/**",)
        roles = ChangeRoles(graph, links, belonging(touched, globs, links, graph))
        heads = iter(steps)
        for found in ranges_of(graph, steps):
            rows += len(roles.take(found, graph.index[next(heads).commit_sha or ""]))
    return rows


def pairs(lanes: list[list[Step]]) -> Iterator[tuple[str, str]]:
    """New and running version of every deployment but the first of each service."""
    for steps in lanes:
        for before, after in pairwise(steps):
            yield after.commit_sha or "", before.commit_sha or ""


def time_git(path: Path, lanes: list[list[Step]], graph: CommitGraph, rng: random.Random) -> float:
    """Seconds of `git rev-list A ^B` for all deployments, scaled; its counts must equal ours."""
    everything = list(pairs(lanes))
    sample = rng.sample(everything, min(SAMPLE, len(everything)))
    seconds, counts = timed(
        lambda: [int(git(path, "rev-list", "--count", new, f"^{old}")) for new, old in sample]
    )
    for (new, old), count in zip(sample, counts, strict=True):
        ours = graph.difference([graph.index[new]], [graph.index[old]])
        assert len(ours.shipped) == count, (new, old)
    return seconds * len(everything) / len(sample)


@dataclass(frozen=True)
class Sizes:
    """Seconds for ranges and for ranges with roles, and what they hold, at one size."""

    ranges: float
    roles: float
    commits: int
    rows: int


def at_size(path: Path, commits: list[Commit], deployments: int) -> Sizes:
    """Both works over the first `commits`, with a timeline of that many deployments."""
    graph = CommitGraph.of(commits)
    lanes = timelines(graph, deployments, random.Random(2))
    touched = read_paths(path, graph)
    ranges, held = timed(lambda: hold_ranges(graph, lanes))
    roles, rows = timed(lambda: hold_roles(graph, touched, lanes))
    return Sizes(ranges, roles, held, rows)


def measure(scale: float = 1.0) -> list[Figure]:
    """A figure for the ranges alone, and one for ranges with roles."""
    commits, deployments = sized(COMMITS, scale), sized(DEPLOYMENTS, scale, 4 * SERVICES)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "repository"
        apart(build, path, commits)
        everything = read_commits(path)
        whole = at_size(path, everything, deployments)
        peak = peak_mebibytes()
        half = at_size(path, everything[: len(everything) // 2], deployments // 2)
        graph = CommitGraph.of(everything)
        lanes = timelines(graph, deployments, random.Random(2))
        by_git = time_git(path, lanes, graph, random.Random(3))
    works = (
        ("ranges", whole.ranges, half.ranges, f"{whole.commits:,} commits in the ranges"),
        ("ranges, path filter, changes and roles", whole.roles, half.roles, f"{whole.rows:,} rows"),
    )
    return [
        Figure(
            work=f"{work} of {deployments:,} deployments over {commits:,} commits",
            seconds=seconds,
            alternative=f"one `git rev-list A ^B` per deployment; {SAMPLE} sampled, scaled",
            alternative_seconds=by_git,
            target=f"under {TARGET_SECONDS:.0f} s and 1 GiB",
            is_met=seconds < TARGET_SECONDS and peak < TARGET_MEBIBYTES,
            growth=seconds / halved,
            peak_mebibytes=peak,
            note=note,
        )
        for work, seconds, halved, note in works
    ]


def build(path: Path, commits: int) -> None:
    """A repository of that size; run apart, so that its memory is not ours."""
    long_history(random.Random(1), commits, 10).write(path)


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    return run_alone(measure)


if __name__ == "__main__":
    sys.exit(main())

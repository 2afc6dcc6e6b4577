"""Scan a generated repository of 50,000 commits and 300 tags against git's own ways.

Run with `python -m bench.git_scan [commits] [tags]`. Ours: graph figures, figures with line
counts, an incremental scan after 100 commits. Alternatives in the same run: `git tag --contains`
on 50 sampled commits, scaled to all; a walk with dulwich where it is installed. Targets
(delivery.md section 9): 3 s, 10 s and 0.3 s on two cores.
"""

from __future__ import annotations

import importlib
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.git.build import START, Builder, git, long_history

from fairlead.cli.repo_scan import ScanOptions, scan_repository

AS_OF = datetime(2027, 1, 1, tzinfo=UTC)
SAMPLE = 50
REPEATS = 3


def timed(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """The least wall time of some runs, in seconds."""
    spans = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        spans.append(time.perf_counter() - start)
    return min(spans)


def build(path: Path, commits: int, tags: int) -> Builder:
    """A bare repository of that size; the builder knows its commits by number."""
    builder = long_history(random.Random(commits), commits, tags)
    builder.write(path)
    return builder


def graph_seconds(path: Path) -> float:
    """Graph figures: everything but line counts."""
    return timed(lambda: scan_repository(path, ScanOptions(with_files=False), AS_OF))


def lines_seconds(path: Path) -> float:
    """Every figure, line counts included."""
    return timed(lambda: scan_repository(path, ScanOptions(), AS_OF), 1)


def incremental_seconds(path: Path, builder: Builder, folder: Path) -> float:
    """A scan with the state of an earlier one, 100 commits later."""
    state, kept = folder / "state", folder / "state.kept"
    options = ScanOptions(state_path=state)
    scan_repository(path, options, AS_OF)
    kept.write_bytes(state.read_bytes())
    tip = len(builder.parents)
    for step in range(100):
        tip = builder.commit(tip, at=START + (len(builder.parents) + step) * 600)
    builder.branch("main", tip)
    builder.write(path)
    spans = []
    for _ in range(REPEATS):
        state.write_bytes(kept.read_bytes())
        spans.append(timed(lambda: scan_repository(path, options, AS_OF), 1))
    return min(spans)


def tag_contains_seconds(path: Path, commits: int) -> float:
    """`git tag --contains` for every commit, from a sample."""
    shas = git(path, "rev-list", "--all").decode().split()
    sample = random.Random(7).sample(shas, SAMPLE)
    spent = timed(lambda: [git(path, "tag", "--contains", sha) for sha in sample], 1)
    return spent * commits / SAMPLE


def dulwich_seconds(path: Path) -> float | None:
    """A walk over all commits with dulwich; None where it is not installed."""
    try:
        module = importlib.import_module("dulwich.repo")
    except ImportError:
        return None
    repository = module.Repo(str(path))
    return timed(lambda: sum(1 for _ in repository.get_walker()), 1)


def main() -> None:
    """Print every time, the alternatives, and how time grows with size."""
    commits = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    tags = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        half, path = folder / "half.git", folder / "whole.git"
        build(half, commits // 2, tags // 2)
        builder = build(path, commits, tags)
        graph, smaller = graph_seconds(path), graph_seconds(half)
        lines, fewer = lines_seconds(path), lines_seconds(half)
        contains = tag_contains_seconds(path, commits)
        walk = dulwich_seconds(path)
        news = incremental_seconds(path, builder, folder)
    print(f"{commits:,} commits, {tags} tags")
    print(f"graph figures            {graph:8.2f} s   time(2n)/time(n) {graph / smaller:.2f}")
    print(f"with line counts         {lines:8.2f} s   time(2n)/time(n) {lines / fewer:.2f}")
    print(f"incremental, 100 commits {news:8.2f} s   full scan {lines:.2f} s")
    print(f"git tag --contains       {contains:8.2f} s   scaled from {SAMPLE} commits")
    if walk is None:
        print("dulwich walk             SKIPPED: dulwich is not installed", file=sys.stderr)
    else:
        print(f"dulwich walk             {walk:8.2f} s")


if __name__ == "__main__":
    main()

"""The scan of a generated repository of 50,000 commits and 300 tags, against git's own ways.

Measured are the graph figures, the figures with line counts, and a scan 100 commits after an
earlier one. Alternatives of the same run: `git tag --contains` for every commit, from a sample;
`git log --numstat` with its output thrown away, which is git's own share of the line counts; a full
scan. The report of the incremental scan must equal that of the full one. A walk with dulwich, which
does not read what changed, is told where dulwich is installed.
"""

from __future__ import annotations

import importlib
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.git.build import ENVIRONMENT, START, Builder, git, long_history

from bench.figure import Figure, best_of, peak_mebibytes, run_alone, seconds_text, sized, timed
from fairlead.cli.repo_scan import ScanOptions, scan_repository

AS_OF = datetime(2027, 1, 1, tzinfo=UTC)
COMMITS, TAGS, FRESH, SAMPLE, REPEATS = 50_000, 300, 100, 50, 3
TARGETS = {"graph": 3.0, "lines": 10.0, "fresh": 0.3}


@dataclass(frozen=True)
class Spent:
    """Seconds of each kind of scan of one repository."""

    graph: float
    lines: float
    fresh: float


def build(path: Path, commits: int, tags: int) -> Builder:
    """A bare repository of that size; the builder knows its commits by number."""
    builder = long_history(random.Random(commits), commits, tags)
    builder.write(path)
    return builder


def scan(path: Path, builder: Builder, folder: Path) -> Spent:
    """Seconds of all three; the incremental one last, since it adds commits."""
    graph = best_of(REPEATS, lambda: scan_repository(path, ScanOptions(with_files=False), AS_OF))
    lines = best_of(2, lambda: scan_repository(path, ScanOptions(), AS_OF))
    return Spent(graph, lines, fresh_seconds(path, builder, folder))


def fresh_seconds(path: Path, builder: Builder, folder: Path) -> float:
    """A scan with the state of an earlier one, 100 commits later; it equals a full scan."""
    state, kept = folder / "state", folder / "state.kept"
    options = ScanOptions(state_path=state)
    scan_repository(path, options, AS_OF)
    kept.write_bytes(state.read_bytes())
    tip = len(builder.parents)
    for step in range(FRESH):
        tip = builder.commit(tip, at=START + (len(builder.parents) + step) * 600)
    builder.branch("main", tip)
    builder.write(path)
    spent = []
    for _ in range(REPEATS):
        state.write_bytes(kept.read_bytes())
        seconds, found = timed(lambda: scan_repository(path, options, AS_OF))
        spent.append(seconds)
    state.unlink()
    assert found == scan_repository(path, ScanOptions(), AS_OF), "the incremental scan differs"
    return min(spent)


def tag_contains_seconds(path: Path, commits: int) -> float:
    """`git tag --contains` for every commit, from a sample."""
    shas = git(path, "rev-list", "--all").decode().split()
    sample = random.Random(7).sample(shas, SAMPLE)
    spent, _ = timed(lambda: [git(path, "tag", "--contains", sha) for sha in sample])
    return spent * commits / SAMPLE


def numstat_seconds(path: Path) -> float:
    """`git log --numstat` of everything, its output thrown away."""
    words = ["git", "-C", str(path), "log", "--all", "--numstat", "--format=%H"]

    def run() -> None:
        subprocess.run(words, check=True, env=ENVIRONMENT, stdout=subprocess.DEVNULL)

    return best_of(2, run)


def dulwich_note(path: Path) -> str:
    """How long a walk over all commits takes with dulwich, or that it is not installed."""
    try:
        module = importlib.import_module("dulwich.repo")
    except ImportError:
        return "dulwich is not installed"
    repository = module.Repo(str(path))
    seconds, _ = timed(lambda: sum(1 for _ in repository.get_walker()))
    return f"a walk with dulwich takes {seconds_text(seconds)}"


def measure(scale: float = 1.0) -> list[Figure]:
    """One figure for each of the three scans."""
    commits, tags = sized(COMMITS, scale, 1_000), sized(TAGS, scale, 10)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        half, path = folder / "half.git", folder / "whole.git"
        smaller, builder = build(half, commits // 2, tags // 2), build(path, commits, tags)
        contains, numstat = tag_contains_seconds(path, commits), numstat_seconds(path)
        note = dulwich_note(path)
        whole = scan(path, builder, folder)
        peak = peak_mebibytes()
        halved = scan(half, smaller, folder)
    sampled = f"`git tag --contains` for each commit; {SAMPLE} sampled, scaled"
    rows = (
        ("graph", "graph figures of a scan", sampled, contains, note),
        ("lines", "scan with line counts", "`git log --numstat` unread", numstat, ""),
        ("fresh", f"scan after {FRESH} new commits", "full scan", whole.lines, ""),
    )
    return [
        Figure(
            work=f"git only: {work}, {commits:,} commits, {tags} tags",
            seconds=getattr(whole, kind),
            alternative=alternative,
            alternative_seconds=seconds,
            target=f"under {TARGETS[kind]:g} s",
            is_met=getattr(whole, kind) < TARGETS[kind],
            growth=getattr(whole, kind) / getattr(halved, kind),
            peak_mebibytes=peak,
            note=remark,
        )
        for kind, work, alternative, seconds, remark in rows
    ]


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    return run_alone(measure)


if __name__ == "__main__":
    sys.exit(main())

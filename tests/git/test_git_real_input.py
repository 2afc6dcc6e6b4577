"""Real input on the first day: this repository, and two generated ones of 50,000 commits."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fairlead.cli.repo_scan import ScanOptions, scan_repository
from tests.git.build import git, long_history

ROOT = Path(__file__).resolve().parents[2]
AS_OF = datetime(2027, 1, 1, tzinfo=UTC)
COMMITS = 50_000


def figures(path: Path) -> dict[str, object]:
    report = scan_repository(path, ScanOptions(with_files=False), AS_OF)
    return {
        figure.name: figure.value for section in report.sections for figure in section.figures
    } | {"commits": report.commits_count}


@pytest.mark.row("T04")
def test_this_repository_is_scanned() -> None:
    if not (ROOT / ".git").exists():
        pytest.fail("the suite runs in a clone of the repository")
    count = int(git(ROOT, "rev-list", "--count", "--all"))
    assert figures(ROOT)["commits"] == count


@pytest.mark.parametrize(("seed", "tags"), [(1, 300), (2, 12)])
@pytest.mark.row("T04")
def test_generated_repositories_of_50000_commits_are_scanned(
    tmp_path: Path, seed: int, tags: int
) -> None:
    path = tmp_path / "long.git"
    long_history(random.Random(seed), COMMITS, tags).write(path)
    found = figures(path)
    assert found["commits"] == int(git(path, "rev-list", "--count", "--all")) >= COMMITS
    assert found["Releases"] == len(git(path, "tag").split())
    assert found["Release frequency"]
    assert found["Lead time to release (median)"]

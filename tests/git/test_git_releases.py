"""Releases, lead time and failures: the worked example, and git itself as the oracle."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fairlead.cli.repo_scan import ScanOptions, scan_repository
from fairlead.ingest.git_repository import open_repository
from fairlead.methods.release_attribution import (
    RELEASE_PATTERN,
    attribute_releases,
    is_prerelease,
    releases_of,
    reverts_of,
    version_label,
)
from fairlead.methods.repository_history import CommitRecord, History, TagRecord
from fairlead.methods.repository_report import Figure, RepositoryReport
from tests.git.build import DAY, HOUR, START, Builder, git, random_history
from tests.git.example import AS_OF, write_example


def figures(report: RepositoryReport) -> dict[str, Figure]:
    return {row.id: row for section in report.sections for row in section.figures}


def scan(path: Path, as_of: str = AS_OF, **options: object) -> RepositoryReport:
    instant = datetime.fromisoformat(as_of).replace(tzinfo=UTC)
    return scan_repository(path, ScanOptions(**options), instant)  # type: ignore[arg-type]


@pytest.mark.row("K01", "K02", "K03")
def test_worked_example_gives_its_numbers_on_a_real_repository(tmp_path: Path) -> None:
    write_example(tmp_path / "shop.git")
    found = figures(scan(tmp_path / "shop.git"))
    assert found["lead_time_to_release"].value == 24 * HOUR
    assert found["lead_time_to_release"].n == 4
    assert found["lead_time_without_first_release"].value == 18 * HOUR
    assert found["release_gap"].value == 42 * HOUR
    failed = found["change_failure_proxy"]
    assert (failed.numerator, failed.n, failed.basis) == (1, 3, "proxy")
    assert found["recovery_proxy"].value == 36 * HOUR
    assert found["unreleased_count"].value == 1
    assert found["unreleased_age"].value == 7 * DAY
    # 3 releases from 5 January 09:00 to 19 January 09:00, two weeks
    assert found["release_frequency"].value == pytest.approx(1.5)
    assert found["releases_count"].explanation.endswith("1 pre-releases stay out")


def test_window_keeps_the_attribution_and_cuts_the_figures(tmp_path: Path) -> None:
    write_example(tmp_path / "shop.git")
    since = datetime(2026, 1, 8, tzinfo=UTC)
    found = figures(scan(tmp_path / "shop.git", since_at=since))
    # a3 24 h and a4 12 h; v1.0.0 still owns a1 and a2
    assert found["lead_time_to_release"].value == 18 * HOUR
    assert found["releases_count"].value == 2
    # 48 h and 36 h: the release before the window still ends where the first one begins
    assert found["release_gap"].value == 42 * HOUR


def test_first_release_of_each_commit_is_what_git_tag_contains_says(tmp_path: Path) -> None:
    for seed in range(25):
        rng = random.Random(seed)
        path = tmp_path / f"r{seed}.git"
        random_history(rng, 30 + seed).write(path)
        with open_repository(path) as repository:
            history = History.of(repository.commits())
            releases = releases_of(history, repository.tags, re.compile(RELEASE_PATTERN))
        first = attribute_releases(history, releases).first
        order = {release.tag: index for index, release in enumerate(releases)}
        assert len(order) == len(git(path, "tag").split())
        for position, commit in enumerate(history.commits):
            tags = git(path, "tag", "--contains", commit.sha).decode().split()
            expected = min((order[tag] for tag in tags), default=-1)
            assert first[position] == expected, (seed, commit.sha)


def test_read_commits_are_those_of_git_rev_list(tmp_path: Path) -> None:
    for seed in range(10):
        path = tmp_path / f"r{seed}.git"
        random_history(random.Random(100 + seed), 60).write(path)
        with open_repository(path) as repository:
            found = {commit.sha: commit.parents for commit in repository.commits()}
        lines = git(path, "rev-list", "--all", "--parents").decode().splitlines()
        expected = {line.split()[0]: tuple(line.split()[1:]) for line in lines}
        assert found == expected


@pytest.mark.parametrize(
    ("tag", "label"),
    [
        ("v1.2.3", "1.2.3"),
        ("1.2.3", "1.2.3"),
        ("v1.2", None),
        ("v1.2.3-rc.1", None),
        ("xv1.2.3", None),
        ("v1.2.3.4", None),
    ],
)
def test_release_tags_are_told_by_the_rule(tag: str, label: str | None) -> None:
    assert version_label(tag, re.compile(RELEASE_PATTERN)) == label


def test_prereleases_are_told_by_their_suffix() -> None:
    assert is_prerelease("v1.2.0-rc.1")
    assert not is_prerelease("v1.2.0")
    assert not is_prerelease("v1.2.0+build-5")


def commit(sha: str, *parents: str, subject: str = "x", reverts: str = "") -> CommitRecord:
    wanted = (reverts,) if reverts else ()
    return CommitRecord(sha, parents, START, START, "", "", "", subject, wanted)


def test_revert_of_a_revert_is_no_failure() -> None:
    history = History.of(
        [
            commit("aaaaaaa1", subject="Add x"),
            commit("bbbbbbb2", "aaaaaaa1", subject='Revert "Add x"', reverts="aaaaaaa1"),
            commit("ccccccc3", "bbbbbbb2", subject='Revert "Revert "Add x""', reverts="bbbbbbb2"),
        ]
    )
    named = [(history.commits[a].sha, history.commits[b].sha) for a, b in reverts_of(history)]
    assert named == [("bbbbbbb2", "aaaaaaa1")]


def test_commit_reverted_before_its_release_reached_nobody() -> None:
    history = History.of(
        [
            commit("aaaaaaa1", subject="Add x"),
            commit("bbbbbbb2", "aaaaaaa1", subject='Revert "Add x" (#12)', reverts="aaaaaaa"),
        ]
    )
    assert len(reverts_of(history)) == 1
    releases = releases_of(history, [TagRecord("v1.0.0", "bbbbbbb2", START)], re.compile("v"))
    assert attribute_releases(history, releases).failures() == []


def test_unreleased_revert_leaves_the_failure_open() -> None:
    history = History.of(
        [
            commit("aaaaaaa1", subject="Add x"),
            commit("bbbbbbb2", "aaaaaaa1", subject="Back out", reverts="aaaaaaa1"),
        ]
    )
    releases = releases_of(history, [TagRecord("v1.0.0", "aaaaaaa1", START)], re.compile("v"))
    (failure,) = attribute_releases(history, releases).failures()
    assert failure.by_revert
    assert failure.recovery_seconds is None


@pytest.mark.parametrize(("days", "failed"), [(6, True), (7, False)])
def test_patch_release_within_seven_days_marks_its_minor(days: int, failed: bool) -> None:
    history = History.of([commit("a1"), commit("b2", "a1"), commit("c3", "b2")])
    tags = [
        TagRecord("v1.4.0", "a1", START),
        TagRecord("v1.5.0", "b2", START + HOUR),
        TagRecord("v1.4.1", "c3", START + days * DAY),
    ]
    releases = releases_of(history, tags, re.compile(RELEASE_PATTERN))
    found = attribute_releases(history, releases).failures()
    assert [row.release for row in found] == ([0] if failed else [])


def test_abbreviated_sha_that_fits_two_commits_names_neither() -> None:
    history = History.of([commit("abcdef10"), commit("abcdef11", "abcdef10")])
    assert history.resolve("abcdef1") is None
    assert history.resolve("abcdef11") == history.positions["abcdef11"]
    assert history.resolve("0000000") is None


def test_repository_without_release_tags_gives_reasons_and_no_zero(tmp_path: Path) -> None:
    builder = Builder()
    builder.branch("main", builder.commit(at=START))
    builder.write(tmp_path / "bare.git")
    found = figures(scan(tmp_path / "bare.git"))
    for name in ("release_frequency", "releases_count", "lead_time_to_release", "unreleased_count"):
        assert found[name].value is None
        assert "no release tag" in (found[name].reason or "")
    assert found["change_failure_proxy"].value is None
    assert found["pipeline_success_rate"].connect is not None


def test_custom_pattern_reads_version_and_leaves_other_tags(tmp_path: Path) -> None:
    builder = Builder()
    first = builder.commit(at=START)
    second = builder.commit(first, at=START + DAY)
    builder.tag("release-1.0.0", first, START + HOUR)
    builder.tag("v9.9.9", second, START + DAY)
    builder.branch("main", second)
    builder.write(tmp_path / "r.git")
    found = figures(scan(tmp_path / "r.git", tag_pattern=r"^release-(?P<version>\d+\.\d+\.\d+)$"))
    assert found["releases_count"].value == 1
    assert found["unreleased_count"].value == 1

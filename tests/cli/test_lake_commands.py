"""`fairlead lake`: state, compaction, retention, rebuild; and lakes that are not to be touched."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.running import PAYLOADS, fairlead

RUN = PAYLOADS / "github" / "workflow_run.completed.json"


@pytest.fixture
def copied(filled_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the filled workspace that a test may change."""
    folder = tmp_path / "my-org"
    shutil.copytree(filled_once, folder)
    monkeypatch.chdir(folder)
    return folder


def cfr() -> tuple[float, float]:
    (row,) = fairlead(
        "kpi", "show", "change_failure_rate", "--period", "2026-10", "--format", "json"
    ).rows
    return row["numerator"], row["denominator"]


@pytest.mark.usefixtures("copied")
def test_compaction_and_rebuild_change_no_number() -> None:
    before = {
        row["fact"]: row["rows"] for row in fairlead("lake", "status", "--format", "json").rows
    }
    assert (before["deployment_events"], before["deployments"]) == (5, 5)
    compacted = fairlead("lake", "compact", "--keep-hours", "0")
    assert compacted.code == 0
    assert "small files merged" in compacted.err
    rebuilt = fairlead("lake", "derive", "--rebuild")
    assert rebuilt.code == 0
    assert cfr() == (1, 5)
    assert fairlead("lake", "derive").err.splitlines()[0] == "nothing changed"


@pytest.mark.usefixtures("copied")
def test_expire_tells_before_it_deletes() -> None:
    ran = fairlead("lake", "expire")
    assert (ran.code, ran.err.splitlines()[0]) == (0, "nothing is old")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param('{"format_version": 99}', "FL8001", marks=pytest.mark.diagnostic("FL8001")),
        pytest.param("not json", "FL8003", marks=pytest.mark.diagnostic("FL8003")),
    ],
)
def test_lake_that_cannot_be_read_is_left_untouched(copied: Path, content: str, code: str) -> None:
    marker = copied / ".fairlead" / "lake" / "lake.json"
    right = marker.read_text()
    marker.write_text(content)
    for command in (
        ["ingest", "github", RUN],
        ["scorecard"],
        ["lake", "compact"],
        ["data", "quality"],
    ):
        ran = fairlead(*command)
        assert ran.code == 3
        assert ran.head.startswith(f"error[{code}]: ")
    assert marker.read_text() == content
    marker.write_text(right)
    assert cfr() == (1, 5)
    assert fairlead("data", "quarantine", "--format", "json").rows == []


@pytest.mark.diagnostic("FL8003")
def test_damaged_file_of_the_lake_is_named(copied: Path) -> None:
    (file,) = (copied / ".fairlead" / "lake" / "deployments").glob("*.parquet")
    file.write_bytes(b"PAR1 not a table PAR1")
    ran = fairlead("kpi", "show", "change_failure_rate", "--period", "2026-10")
    assert ran.code == 3
    assert ran.head.startswith("error[FL8003]: a file of the lake cannot be read: ")
    assert file.name in ran.err
    missing = fairlead("lake", "status")
    assert missing.code == 0
    file.unlink()
    ran = fairlead("kpi", "show", "change_failure_rate", "--period", "2026-10")
    assert (ran.code, ran.head[:14]) == (3, "error[FL8003]:")


@pytest.mark.diagnostic("FL8003")
def test_damaged_journal_is_named(copied: Path) -> None:
    journal = copied / ".fairlead" / "journal.sqlite3"
    for extra in copied.glob(".fairlead/journal.sqlite3-*"):
        extra.unlink()
    journal.write_bytes(b"this is no database at all" * 100)
    ran = fairlead("ingest", "github", RUN)
    assert ran.code == 3
    assert ran.head == "error[FL8003]: the journal cannot be read: file is not a database"


@pytest.mark.diagnostic("FL1009")
def test_lake_outside_the_workspace_is_refused(copied: Path) -> None:
    path = copied / "workspace" / "workspace.yaml"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("lake:")]
    path.write_text("\n".join([*lines, "lake: ../elsewhere", ""]))
    ran = fairlead("lake", "status")
    assert ran.code == 1
    assert ran.head.startswith("error[FL1009]: ")
    assert "../elsewhere" in ran.err
    assert not (copied.parent / "elsewhere").exists()


def test_status_as_json_counts_rows_files_and_bytes(filled: Path) -> None:
    rows = json.loads(fairlead("lake", "status", "--format", "json").out)
    incidents = next(row for row in rows if row["fact"] == "incidents")
    folder = filled / ".fairlead" / "lake" / "incidents"
    sizes = [file.stat().st_size for file in folder.glob("*.parquet")]
    assert (incidents["rows"], incidents["files"], incidents["bytes"]) == (1, 1, sum(sizes))

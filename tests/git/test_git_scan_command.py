"""`fairlead repo scan`: what it prints, its state file, and its errors."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from fairlead.cli.commands.repo import command
from fairlead.cli.repo_output import duration_text
from fairlead.cli.repo_scan import ScanOptions, scan_repository
from tests.git.build import DAY, HOUR, START, Builder, git, random_history
from tests.git.example import write_example

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(command, ["scan", *words])
    return result.exit_code, result.stdout, result.stderr


def test_table_shows_every_section_and_labels(tmp_path: Path) -> None:
    write_example(tmp_path / "shop.git")
    code, out, err = run(str(tmp_path / "shop.git"))
    assert code == 0
    titles = [
        "Releases",
        "Lead time",
        "Stability proxies",
        "Branches",
        "Pipeline posture",
        "Ops posture",
        "Ownership",
        "Connect to unlock",
    ]
    lines = [line.strip() for line in out.splitlines()]
    assert [line for line in lines if line in titles] == titles
    lead = next(line for line in lines if line.startswith("Lead time to release (median)"))
    assert lead.split()[5:8] == ["24", "h", "proxy"]
    assert "connect PagerDuty, Opsgenie or Jira" in " ".join(out.split())
    assert "next: " in err


def test_json_holds_figures_with_their_parts(tmp_path: Path) -> None:
    write_example(tmp_path / "shop.git")
    code, out, _ = run(str(tmp_path / "shop.git"), "--format", "json")
    report = json.loads(out)
    found = {row["id"]: row for section in report["sections"] for row in section["figures"]}
    assert code == 0
    assert report["repo_id"] == "shop"
    assert found["change_failure_proxy"]["numerator"] == 1
    assert found["change_failure_proxy"]["basis"] == "proxy"
    # Wilson of 1 of 3, by the formula of S3: (1/3 + z²/6 ± z√(2/27 + z²/36)) / (1 + z²/3)
    assert found["change_failure_proxy"]["low"] == pytest.approx(0.0615, abs=5e-5)
    assert found["change_failure_proxy"]["high"] == pytest.approx(0.7923, abs=5e-5)
    assert found["time_to_restore"]["value"] is None
    assert found["time_to_restore"]["connect"] == "PagerDuty, Opsgenie or Jira"
    # one author: fewer than five people are not counted out loud
    assert found["active_authors"]["value"] in (None, 0)


def test_markdown_is_one_table_a_section(tmp_path: Path) -> None:
    write_example(tmp_path / "shop.git")
    code, out, _ = run(str(tmp_path / "shop.git"), "--format", "md")
    assert code == 0
    assert out.count("\n## ") == 8
    assert "| Time between releases (median) | 42 h | proxy |" in out


def test_no_files_leaves_line_counts_out_with_a_reason(tmp_path: Path) -> None:
    write_example(tmp_path / "shop.git")
    _, out, _ = run(str(tmp_path / "shop.git"), "--format", "json", "--no-files")
    rows = {row["id"]: row for part in json.loads(out)["sections"] for row in part["figures"]}
    assert rows["commit_size"]["value"] is None
    assert rows["commit_size"]["reason"] == "line counts were not read"


def test_wrong_pattern_is_a_usage_error(tmp_path: Path) -> None:
    code, _, err = run(str(tmp_path), "--tag-pattern", "(")
    assert code == 2
    assert "is no regular expression" in err


def test_command_line_ends_with_the_code_of_its_error(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "fairlead.cli.entry"]
    script = "from fairlead.cli.entry import main; main()"
    words = [sys.executable, "-c", script, "repo", "scan"]
    absent = subprocess.run([*words, str(tmp_path / "nope")], capture_output=True, text=True)
    assert (absent.returncode, absent.stdout) == (2, "")
    assert absent.stderr.startswith("error[FL3112]: there is no `")
    plain = subprocess.run([*words, str(tmp_path)], capture_output=True, text=True)
    assert plain.returncode == 1
    assert "not a git repository" in plain.stderr


def test_scan_from_a_state_equals_the_full_scan(tmp_path: Path) -> None:
    path, state = tmp_path / "r.git", tmp_path / "state"
    builder = random_history(random.Random(3), 80)
    cut = Builder(list(builder.chunks[:50]))
    cut.branch("main", 50)
    cut.write(path)
    scan_repository(path, ScanOptions(state_path=state), AS_OF)
    builder.write(path)
    incremental = scan_repository(path, ScanOptions(state_path=state), AS_OF)
    full = scan_repository(path, ScanOptions(), AS_OF)
    again = scan_repository(path, ScanOptions(state_path=state), AS_OF)
    assert incremental == full == again
    assert full.commits_count == 80


def test_state_forgets_what_a_force_push_took_away(tmp_path: Path) -> None:
    path, state = tmp_path / "r.git", tmp_path / "state"
    before = Builder()
    root = before.commit(at=START)
    before.branch("main", before.commit(root, at=START + DAY, message="old"))
    before.write(path)
    scan_repository(path, ScanOptions(state_path=state), AS_OF)
    after = Builder()
    first = after.commit(at=START)
    tip = after.commit(first, at=START + DAY + HOUR, message="new", files={"n.txt": "a\nb\n"})
    after.branch("main", tip)
    after.write(path)
    report = scan_repository(path, ScanOptions(state_path=state), AS_OF)
    assert report.commits_count == 2
    assert report == scan_repository(path, ScanOptions(), AS_OF)


def test_damaged_state_is_made_anew(tmp_path: Path) -> None:
    write_example(tmp_path / "shop.git")
    state = tmp_path / "state"
    state.write_bytes(b"\x93garbage")
    report = scan_repository(tmp_path / "shop.git", ScanOptions(state_path=state), AS_OF)
    assert report.commits_count == 5
    assert len(state.read_bytes()) > 500


def test_empty_repository_is_reported_without_numbers(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "empty.git")
    report = scan_repository(tmp_path / "empty.git", ScanOptions(), AS_OF)
    found = {row.id: row for section in report.sections for row in section.figures}
    assert report.commits_count == 0
    assert found["release_frequency"].reason == "no commits"
    assert found["branches_count"].value is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(90, "1.5 min"), (5_400, "1.5 h"), (172_800, "2 d"), (1_814_400, "3 weeks")],
)
def test_durations_are_told_in_the_unit_of_people(seconds: int, text: str) -> None:
    assert duration_text(seconds) == text

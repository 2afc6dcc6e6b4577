"""`fairlead conformance run`: one's own cases, what disagrees with place, wrong case files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import ROOT, fairlead

CASE = """kpi: deployment_frequency
window: {start: 2026-01-01T00:00:00Z, end: 2026-01-15T00:00:00Z}
cases:
  - name: two deployments in two weeks are one a week
    why: the rate is a count by the days of the window
    facts:
      deployments: |
        deployment_id | group_id | service_id | stage      | kind   | finished_at          | outcome
        d1            | g1       | search     | production | normal | 2026-01-05T10:00:00Z | success
        d2            | g2       | search     | production | normal | 2026-01-06T10:00:00Z | success
    expect: |
      service_id | n | value
      search     | 2 | {value}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine" / "kpis").mkdir(parents=True)
    return tmp_path / "mine"


def write(folder: Path, text: str) -> Path:
    path = folder / "kpis" / "mine.yaml"
    path.write_text(text)
    return path


def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    ran = fairlead("conformance", "run", "--conformance-dir", folder, *arguments)
    return ran.code, ran.out, ran.err


def test_own_case_that_agrees_passes(folder: Path) -> None:
    write(folder, CASE.replace("{value}", "1"))
    assert run(folder) == (0, "", "1 passed, 0 failed\n")


def test_disagreement_is_named_with_file_line_and_both_values(folder: Path) -> None:
    path = write(folder, CASE.replace("{value}", "3"))
    code, out, err = run(folder, "--format", "json")
    assert code == 1
    assert f"{path}:4" in out
    assert "failed" in out
    assert err == "0 passed, 1 failed\n"


@pytest.mark.diagnostic("FL4104")
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("cases:", "csaes:", "unknown key `csaes`"),
        ("    why: the rate is a count by the days of the window\n", "", "the case has no `why`"),
        ("    expect: |", "    expct: |", "unknown key `expct` in a case"),
    ],
)
def test_wrong_case_file_is_named_with_its_line(
    folder: Path, old: str, new: str, message: str
) -> None:
    path = write(folder, CASE.replace("{value}", "1").replace(old, new))
    ran = fairlead("conformance", "run", "--conformance-dir", folder)
    assert ran.code == 1
    assert ran.head == f"error[FL4104]: {message}"
    assert f"--> {path}:" in ran.err


def test_folder_without_cases_is_no_success(folder: Path) -> None:
    code, _, err = run(folder, "--only", "nothing-of-the-kind")
    assert code == 1
    assert "no case was found that holds `nothing-of-the-kind`" in err


def test_missing_folder_is_a_usage_error(tmp_path: Path) -> None:
    code, _, err = run(tmp_path / "none")
    assert code == 2
    assert "does not exist" in err


def test_shipped_cases_run_through_the_same_door() -> None:
    code, out, err = run(ROOT / "conformance", "--only", "release_frequency")
    assert (code, out) == (0, "")
    assert err.endswith("passed, 0 failed\n")
    assert not err.startswith("0 passed")

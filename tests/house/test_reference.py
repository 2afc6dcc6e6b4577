"""The reference is made from code and fresh, and the scope page holds every row truthfully."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from scripts.reference.engine_page import ENGINES, state
from scripts.reference.marks import marks_by_value
from scripts.reference.scope_page import STATES, row_states

from fairlead.connectors import connector_ids
from fairlead.packs.requirements import requirement_rows, requirement_sections
from tests.house.tree import ROOT

REQUIREMENTS = ROOT.parent / "shared" / "requirements.md"
AREAS = 19


def test_reference_is_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/generate_reference.py", "--check"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_every_row_mark_names_a_row_that_exists() -> None:
    known = {row.id for row in requirement_rows()}
    unknown = {value: marks[0].test for value, marks in marks_by_value("row").items()
               if value not in known}  # fmt: skip
    assert unknown == {}


def test_a_row_mark_knows_no_state_but_done() -> None:
    wrong = [
        mark.test
        for found in marks_by_value("row").values()
        for mark in found
        if set(mark.keywords) - {"state"} or mark.keywords.get("state", "done") != "done"
    ]
    assert wrong == []


def test_a_row_is_done_only_with_a_test_that_names_it() -> None:
    for found in row_states():
        assert found.state in STATES
        if found.state == "done":
            assert found.tests, found.row.id
        if found.state == "not yet":
            assert found.tests == (), found.row.id
            assert found.serves == (), found.row.id


def test_rows_are_whole_and_in_order() -> None:
    counts = dict.fromkeys(requirement_sections(), 0)
    for row in requirement_rows():
        counts[row.section] += 1
    assert counts == {"K": 26, "D": 14, "R": 24, "C": 12, "M": 5, "T": AREAS, "A": 10, "G": 6,
                      "X": 10, "H": 1}  # fmt: skip


def test_every_connector_of_an_area_exists() -> None:
    named = {name for row in requirement_rows() for name in row.tools.values() if name}
    assert sorted(named - set(connector_ids())) == []


def test_engines_that_ran_are_told_from_those_that_compiled() -> None:
    assert ENGINES == ("duckdb", "spark", "trino", "clickhouse", "bigquery", "snowflake")
    assert state("pipeline_success_rate", "duckdb", 8) == "runs: 8"
    assert state("pipeline_success_rate", "duckdb", 0) == "compiles"
    assert state("pipeline_success_rate", "trino", 8) == "compiles"
    assert state("pipeline_success_rate", "oracle", 8) == "not tested"


@pytest.mark.skipif(not REQUIREMENTS.exists(), reason="the requirements are not beside the project")
def test_rows_are_those_of_the_requirements() -> None:
    text = REQUIREMENTS.read_text(encoding="utf-8")
    wanted = re.findall(r"^\| ([KDRCMAGX]\d\d) \|", text, re.MULTILINE)
    ours = [row.id for row in requirement_rows() if not row.id.startswith(("T", "H"))]
    assert sorted(ours) == sorted(wanted)
    section = text.partition("## T ")[2].partition("\n## ")[0]
    areas = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")]
    assert [row.title for row in requirement_rows() if row.section == "T"] == areas[1:]

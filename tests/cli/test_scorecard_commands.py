"""`fairlead scorecard`: every format, widths of the terminal, as-of, scopes, empty workspaces."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from fairlead.cli.context import Context, clock_of_environment
from fairlead.cli.scorecards import make_scorecard, render_scorecard
from fairlead.engine.evaluate import Filter
from tests.cli.running import fairlead

OCTOBER = ("--period", "2026-10")


def test_table_fits_the_width(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = Context(filled, clock_of_environment())
    card = make_scorecard(context, context.window("2026-10"), None, Filter())
    for width in (80, 100, 200):
        monkeypatch.setenv("COLUMNS", str(width))
        lines = render_scorecard(card, "table", context).splitlines()
        assert max(map(len, lines)) <= width
        assert lines[0].endswith("· 1 Oct to 31 Oct 2026")
        assert ("95 % interval" in lines[1]) == (width >= 140)
        failures = next(line for line in lines if line.startswith("K03"))
        assert "20.0 %" in failures
        assert "≤ 15.0 %" in failures
        assert next(line for line in lines if line.startswith("K05")).endswith(
            "connect prometheus, datadog, new_relic"
        )
        assert "…" not in "".join(lines)


@pytest.mark.usefixtures("filled")
def test_csv_has_every_line_and_the_exact_value() -> None:
    rows = list(csv.DictReader(io.StringIO(fairlead("scorecard", *OCTOBER, "--format", "csv").out)))
    assert [row["id"] for row in rows if row["id"]] == [f"K{n:02}" for n in range(1, 27)]
    failures = next(row for row in rows if row["id"] == "K03")
    assert (failures["value"], failures["numerator"], failures["denominator"]) == (
        "0.2", "1.0", "5.0",
    )  # fmt: skip
    missing = next(row for row in rows if row["id"] == "K05")
    assert (missing["value"], missing["reason"]) == ("", "not_connected")


@pytest.mark.usefixtures("filled")
def test_json_is_one_document_with_the_sources() -> None:
    card = fairlead("scorecard", *OCTOBER, "--format", "json").rows
    assert card["window"]["start"] == "2026-10-01T00:00:00Z"
    assert card["window"]["end"] == "2026-11-01T00:00:00Z"
    line = next(item for item in card["cards"] if item["requirement_id"] == "K03")
    assert line["measure"]["value"] == 0.2
    assert {"deploys", "incidents"} <= {item["source"] for item in card["sources"]}


@pytest.mark.usefixtures("filled")
def test_markdown_and_html_stand_alone(tmp_path: Path) -> None:
    text = fairlead("scorecard", *OCTOBER, "--format", "md").out
    assert "| K03 | Change failure rate | 20.0 % | 3.6 to 62.4 % | ≤ 15.0 % |" in text
    page = tmp_path / "card.html"
    ran = fairlead("scorecard", *OCTOBER, "--format", "html", "--out", page)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith(f"wrote {page}\n")
    content = page.read_text(encoding="utf-8")
    assert content.lstrip().lower().startswith("<!doctype html>")
    assert 'src="http' not in content


@pytest.mark.usefixtures("filled")
def test_question_before_anything_was_recorded_has_no_number() -> None:
    rows = csv.DictReader(
        io.StringIO(fairlead("scorecard", *OCTOBER, "--as-of", "2026-10-20", "--format", "csv").out)
    )
    assert {row["value"] for row in rows} == {""}


@pytest.mark.usefixtures("filled")
def test_scope_names_itself_and_narrows() -> None:
    ran = fairlead("scorecard", *OCTOBER, "--service", "build-cache")
    assert "· service build-cache ·" in ran.out.splitlines()[0]
    failures = next(line for line in ran.out.splitlines() if line.startswith("K03"))
    assert "0.0 %" in failures


@pytest.mark.usefixtures("fresh")
def test_empty_workspace_says_what_to_connect() -> None:
    ran = fairlead("scorecard", *OCTOBER)
    assert ran.code == 0
    first = next(line for line in ran.out.splitlines() if line.startswith("K01"))
    assert "connect github, gitlab, jenkins" in first


@pytest.mark.diagnostic("FL8002")
@pytest.mark.usefixtures("filled")
def test_file_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    out = tmp_path / "no" / "folder" / "card.html"
    ran = fairlead("scorecard", *OCTOBER, "--format", "html", "--out", out)
    assert ran.code == 3
    assert ran.head == f"error[FL8002]: `{out}` cannot be written: no such file or directory"


@pytest.mark.diagnostic("FL9001")
def test_command_outside_a_workspace_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = fairlead("scorecard")
    assert ran.code == 3
    assert ran.head == "error[FL9001]: no workspace in `.` or above it"
    assert "fairlead init NAME" in ran.err


@pytest.mark.parametrize("instant", ["yesterday", "2026-10-05", "2026-10-05T10:00:00"])
@pytest.mark.usefixtures("filled")
def test_instant_in_the_environment_needs_a_zone(
    instant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIRLEAD_NOW", instant)
    ran = fairlead("scorecard")
    assert ran.code == 2
    assert ran.head == f"error[FL4106]: FAIRLEAD_NOW=`{instant}` is no instant with a zone"

"""Benches say what they measured: ratios, verdicts and the page; a wrong answer stops them."""

from __future__ import annotations

import importlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bench.__main__ import NAMES
from bench.agreement import assert_equal, differences
from bench.figure import Figure, apart, ratio_text, seconds_text, show
from bench.panel_sql import Cell, Panel
from bench.readme import Result, machine, render

from fairlead.kernel.measure import Measure
from fairlead.kernel.window import Window

FIGURE = Figure(
    work="sort",
    seconds=0.5,
    alternative="sort twice",
    alternative_seconds=2.0,
    target="under 1 s",
    is_met=True,
    growth=2.1,
    peak_mebibytes=12.0,
    note="by hand",
)
WINDOW = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
PANEL = Panel("change_failure_rate", "team_id", WINDOW, WINDOW.end)
MEASURE = Measure(
    kpi_id="change_failure_rate", key={"team_id": "red"}, window=WINDOW, as_of=None, value=0.25,
    numerator=1.0, denominator=4.0, n=4, excluded={"pending": 2},
)  # fmt: skip


def square(number: int) -> int:
    return number * number


def page_of(*figures: Figure) -> str:
    return render({"start_up": Result(figures, "2026-11-24", "2 cores")})


def test_ratio_is_our_time_over_the_time_of_the_alternative() -> None:
    assert FIGURE.ratio == 0.25
    assert replace(FIGURE, alternative_seconds=None).ratio is None


def test_missed_target_is_told_and_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert show([FIGURE]) == 0
    assert show([FIGURE, replace(FIGURE, is_met=False)]) == 1
    assert "under 1 s: NOT met" in capsys.readouterr().out


def test_figure_without_target_is_neither_met_nor_missed() -> None:
    free = replace(FIGURE, target="", is_met=False)
    assert free.verdict == "-"
    assert show([free]) == 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0123, "12.3 ms"), (0.5, "500 ms"), (2.0, "2.00 s"), (1234.5, "1,234 s")],
)
def test_seconds_are_told_in_a_unit_that_fits(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


@pytest.mark.parametrize(("ratio", "text"), [(0.0046, "0.0046"), (1.3, "1.30"), (4321.0, "4,321")])
def test_ratios_keep_two_digits(ratio: float, text: str) -> None:
    assert ratio_text(ratio) == text


def test_page_holds_the_table_and_the_own_words_of_each_bench() -> None:
    page = page_of(FIGURE, replace(FIGURE, work="merge", is_met=False))
    row = "| sort | 500 ms | sort twice | 2.00 s | 0.25 | under 1 s | met | 2.10 | 12 MiB |"
    assert row in page
    assert "| **NOT met** |" in page
    assert "1 of 2 targets are met." in page
    assert "`fairlead --help` from the shell, against a Python that does nothing." in page
    assert "- sort: by hand" in page


def test_machine_is_told_without_a_host_or_a_path() -> None:
    import platform

    told = machine()
    assert "cores" in told
    assert "Python 3." in told
    assert platform.node() not in told.split()
    assert str(Path.home()) not in told


def test_every_bench_is_run_and_measures() -> None:
    folder = Path(importlib.import_module("bench").__path__[0])
    measuring = {p.stem for p in folder.glob("*.py") if "def measure(" in p.read_text()}
    assert measuring == set(NAMES)


def test_work_apart_runs_in_a_fresh_process() -> None:
    assert apart(square, 7) == 49


def test_equal_answers_agree() -> None:
    assert differences(PANEL, {"red": Cell(0.25, 1.0, 4, 2)}, [MEASURE]) == []


@pytest.mark.parametrize(
    "cell",
    [
        Cell(0.5, 1.0, 4, 2),
        Cell(0.25, 2.0, 4, 2),
        Cell(0.25, 1.0, 5, 2),
        Cell(0.25, 1, 4, 1),
    ],
)
def test_answer_that_differs_in_one_number_stops_the_bench(cell: Cell) -> None:
    with pytest.raises(AssertionError):
        assert_equal(PANEL, {"red": cell}, [MEASURE])


def test_key_that_only_one_side_knows_stops_the_bench() -> None:
    with pytest.raises(AssertionError):
        assert_equal(PANEL, {}, [MEASURE])
    with pytest.raises(AssertionError):
        assert_equal(PANEL, {"red": Cell(0.25, 1.0, 4, 2), "blue": Cell(1, 1, 1, 0)}, [MEASURE])

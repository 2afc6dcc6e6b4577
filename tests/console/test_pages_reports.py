"""What pages say beyond the numbers: changes, extremes, drawings, files; worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fairlead.engine.targets import status_of
from fairlead.kernel.measure import KpiCard, Measure, Target, Trend, TrendPoint
from fairlead.kernel.window import Window
from fairlead.opmodel.model import Model
from fairlead.reports.changes import changes_of
from fairlead.reports.extremes import extremes_of
from fairlead.web.drawings import BAR_HEIGHT, BAR_TOP, WIDTH, graph, timeline
from fairlead.web.exports import cell, csv_lines

START = datetime(2026, 11, 9, tzinfo=UTC)
WEEK = timedelta(days=7)


def card(
    before: float | None, now: float | None, *, is_signal: bool = False, direction: str = "down"
) -> KpiCard:
    """A ratio with a target of 10 %, its week before and its last week."""
    target = Target(value=0.10)
    points = [
        TrendPoint(Window(START, START + WEEK), before, 40),
        TrendPoint(Window(START + WEEK, START + 2 * WEEK), now, 50, is_signal=is_signal),
    ]
    measure = Measure("k", {}, points[1].window, None, now, n=50, target=target)
    trend = Trend("k", "week", points, 0.08, 0.04, 0.12, "stable", None, "")
    return KpiCard("k", "K99", "Failures", "delivery", "ratio", direction, measure, trend)


def judge(measure: Measure, direction: str) -> str:
    return status_of(measure, measure.target, direction)


def changed(*cards: KpiCard) -> list:
    return changes_of(cards, Model(), judge)  # type: ignore[arg-type]


def test_status_that_turned_is_a_change_for_the_worse() -> None:
    [change] = changed(card(0.08, 0.11))
    assert (change.before, change.now) == ("8.0 % (n 40)", "11.0 % (n 50)")
    assert (change.status, change.is_good) == ("red", False)
    assert change.reasons == ["Was on target the week before, is off target now"]


def test_signal_is_a_change_even_where_the_status_stays() -> None:
    [change] = changed(card(0.08, 0.03, is_signal=True))
    assert (change.status, change.is_good) == ("green", True)
    assert change.reasons == [
        "More than noise explains: earlier weeks lie within their limits, 4.0 to 12.0 %"
    ]


def test_what_only_varied_or_has_no_value_did_not_change() -> None:
    assert changed(card(0.08, 0.09), card(None, 0.2), card(0.08, None)) == []


def test_changes_for_the_worse_come_first() -> None:
    better = replace(card(0.12, 0.08), name="better")
    worse = replace(card(0.08, 0.12), name="worse")
    assert [change.name for change in changed(better, worse)] == ["worse", "better"]


def part(name: str, value: float, status: str, improvement: float | None) -> Measure:
    window = Window(START, START + WEEK)
    return Measure(
        "k", {"team_id": name}, window, None, value, n=10, status=status,  # type: ignore[arg-type]
        target=Target(value=0.10), baseline_value=0.2, improvement_ratio=improvement,
    )  # fmt: skip


def test_worst_misses_its_target_most_and_best_improved_most() -> None:
    parts = [
        part("a", 0.12, "red", -0.1),
        part("b", 0.3, "red", 0.25),
        part("c", 0.05, "green", 0.75),
    ]
    found = extremes_of(replace(card(0.1, 0.1), parts={"team": parts}), Model())
    assert [(item.key, item.why) for item in found.worst] == [("b", "30.0 % (n 10)")]
    assert [(item.key, item.why) for item in found.improved] == [
        ("c", "75 % better: from 20.0 % to 5.0 % (n 10)")
    ]


def test_a_single_part_is_neither_worst_nor_best() -> None:
    found = extremes_of(
        replace(card(0.1, 0.1), parts={"team": [part("a", 0.3, "red", 0.5)]}), Model()
    )
    assert (found.worst, found.improved) == ([], [])


def test_bars_stack_failures_on_top_of_successes() -> None:
    window = Window(START, START + timedelta(days=4))
    days = [("2026-11-09", 3, 1), ("2026-11-10", 0, 0), ("2026-11-11", 2, 0), ("2026-11-12", 0, 1)]
    found = timeline(window, days, [], START)
    base = BAR_TOP + BAR_HEIGHT
    assert (found.most, len(found.bars)) == (4, 3)
    first = found.bars[0]
    assert (first.good_height, first.failed_height) == (BAR_HEIGHT * 0.75, BAR_HEIGHT * 0.25)
    assert first.good_y + first.good_height == base
    assert first.failed_y + first.failed_height == first.good_y
    assert first.words == "9 Nov: 4 deployments, 1 failed"


def test_open_incident_reaches_to_now_and_overlapping_ones_lie_apart() -> None:
    window = Window(START, START + timedelta(days=10))
    day = timedelta(days=1)
    incidents = [(START + day, None, "open"), (START + 2 * day, START + 3 * day, "short")]
    longest, short = timeline(window, [], incidents, START + 5 * day).stretches
    assert (longest.x, longest.width) == (WIDTH * 0.1, WIDTH * 0.4)
    assert (short.x, short.width) == (WIDTH * 0.2, WIDTH * 0.1)
    assert longest.y != short.y


def test_graph_draws_one_edge_for_each_neighbour_and_counts_the_rest() -> None:
    many = [(f"service {number}", f"/service/{number}") for number in range(15)]
    found = graph("here", [("caller", "/service/caller")], many)
    assert found is not None
    assert (len(found.nodes), len(found.edges), found.hidden) == (1 + 1 + 12, 13, 3)
    assert graph("alone", [], []) is None


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_text_that_a_spreadsheet_would_run_begins_with_an_apostrophe(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_numbers_and_plain_text_stay_as_they_are_in_files() -> None:
    assert [cell(-0.5), cell(3), cell("a=b"), cell(None)] == [-0.5, 3, "a=b", None]
    lines = "".join(csv_lines([{"a": "=x", "b": 1}, {"b": 2, "c": ["u", "v"]}]))
    assert lines == 'a,b,c\r\n\'=x,1,\r\n,2,"u, v"\r\n'

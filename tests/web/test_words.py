"""Numbers in words: units said once, honest trends, windows by their last day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fairlead.kernel.measure import Measure, Target, Trend
from fairlead.kernel.window import Window, parse_period
from fairlead.kernel.wording import (
    axis_unit,
    counted,
    duration,
    interval,
    span,
    status_words,
    target_words,
    trend_words,
    window_words,
)

NOW = datetime(2026, 10, 5, tzinfo=UTC)
QUARTER = parse_period("2026-Q3", "Europe/Berlin", NOW)


@pytest.mark.parametrize(
    ("low", "high", "unit", "said"),
    [
        (0.1, 0.2, "ratio", "10.0 to 20.0 %"),
        (60_840.0, 73_080.0, "seconds", "16.9 to 20.3 h"),
        (1800.0, 7200.0, "seconds", "30 min to 2 h"),
        (2.0, 3.5, "per_week", "2 to 3.5 a week"),
        (2.0, 3.0, "count", "2 to 3"),
    ],
)
def test_unit_of_a_span_is_said_once_where_it_is_the_same(
    low: float, high: float, unit: str, said: str
) -> None:
    assert span(low, high, unit) == said


def test_interval_that_is_absent_is_its_reason() -> None:
    measure = Measure("x", {}, QUARTER, NOW, 0.5, interval_reason="too_few")
    assert interval(measure, "ratio") == "too few"
    assert interval(replace(measure, low=0.25, high=0.75), "ratio") == "25.0 to 75.0 %"


@pytest.mark.parametrize(
    ("target", "direction", "said"),
    [
        (Target(value=0.15), "down", "≤ 15.0 %"),
        (Target(value=0.95), "up", "≥ 95.0 %"),
        (Target(low=0.8, high=0.9), "band", "80.0 to 90.0 %"),
        (Target(low=0.8), "band", "≥ 80.0 %"),
        (Target(high=1.1), "band", "≤ 110.0 %"),
        (Target(improvement_ratio=0.2), "down", "20 % better than before"),
        (None, "down", ""),
    ],
)  # fmt: skip
def test_target_is_said_with_the_side_on_which_it_is_met(
    target: Target | None, direction: str, said: str
) -> None:
    assert target_words(target, "ratio", direction) == said


def test_trend_within_its_limits_is_steady_and_few_points_judge_nothing() -> None:
    steady = Trend("x", "week", [], 1.0, 0.5, 1.5, "stable", None, "")
    assert trend_words(steady) == "steady"
    assert trend_words(replace(steady, verdict="up", direction_is_good=False)) == "worse"
    assert trend_words(replace(steady, verdict="down", direction_is_good=True)) == "better"
    assert trend_words(replace(steady, verdict="up")) == "changed"
    assert trend_words(replace(steady, verdict="too_few")) == "too few weeks to judge"
    assert trend_words(None) == "no trend"


def test_green_that_is_not_proven_says_so() -> None:
    measure = Measure("x", {}, QUARTER, NOW, 0.5, status="green")
    assert status_words(measure) == "on target"
    assert status_words(replace(measure, is_target_proven=False)) == "on target, not proven"
    assert status_words(None) == "not connected"


def test_window_is_said_by_its_first_and_last_day() -> None:
    assert window_words(QUARTER) == "1 Jul to 30 Sep 2026"
    assert window_words(parse_period("2026", "UTC", NOW)) == "1 Jan to 31 Dec 2026"
    over = Window(datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC))
    assert window_words(over) == "1 Dec 2026 to 1 Jan 2027"
    one = Window(datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC))
    assert window_words(one) == "1 Dec 2026"


@pytest.mark.parametrize(
    ("largest", "unit", "divisor", "word"),
    [
        (0.4, "ratio", 0.01, "percent"),
        (90.0, "seconds", 1.0, "seconds"),
        (120.0, "seconds", 60.0, "minutes"),
        (7200.0, "seconds", 3600.0, "hours"),
        (172_800.0, "seconds", 86_400.0, "days"),
        (4.0, "per_30_days", 1.0, "per 30 days"),
    ],
)
def test_axis_takes_the_unit_of_its_largest_value(
    largest: float, unit: str, divisor: float, word: str
) -> None:
    assert axis_unit(largest, unit) == (divisor, word)


def test_one_is_singular_and_thousands_are_grouped() -> None:
    assert counted(1, "service") == "1 service"
    assert counted(2400, "service") == "2,400 services"
    assert counted(0, "entry", "entries") == "0 entries"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0 s"),
        (5.25, "5.2 s"),
        (89.0, "89 s"),
        (90.0, "1.5 min"),
        (792.0, "13.2 min"),
        (3600.0, "60 min"),
        (5400.0, "1.5 h"),
        (86_400.0, "24 h"),
        (129_600.0, "1.5 d"),
        (-7200.0, "-2 h"),
    ],
)
def test_duration_is_said_in_its_largest_fitting_unit(seconds: float, said: str) -> None:
    assert duration(seconds) == said

"""Acme's calendar: holidays, working time and periods in Berlin."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime

import pytest

from fairlead.demo.acme.calendar import (
    activity,
    easter,
    holidays,
    in_working_time,
    is_quarter_end_freeze,
    midnight,
    month_of,
    span_of_months,
)
from fairlead.demo.acme.instants import iso, spaced, with_offset


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("year", "day"),
    [(2024, date(2024, 3, 31)), (2025, date(2025, 4, 20)), (2026, date(2026, 4, 5))],
)
def test_easter_falls_where_the_church_says(year: int, day: date) -> None:
    assert easter(year) == day


def test_moving_holidays_follow_easter() -> None:
    moving = {date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 14), date(2026, 5, 25)}
    assert moving <= holidays(2026)
    assert activity(date(2026, 5, 14)) == 0
    assert activity(date(2026, 12, 23)) < activity(date(2026, 8, 12)) < activity(date(2026, 9, 9))


def test_midnight_is_that_of_berlin_in_summer_and_winter() -> None:
    assert midnight(date(2026, 7, 1)) == at("2026-06-30T22:00:00")
    assert midnight(date(2026, 1, 1)) == at("2025-12-31T23:00:00")
    assert month_of(at("2026-03-31T22:30:00")) == "2026-04"
    assert month_of(at("2026-10-31T22:30:00")) == "2026-10"


def test_what_falls_on_a_weekend_waits_for_monday_morning() -> None:
    moved = in_working_time(at("2026-06-06T10:00:00"), random.Random(1))
    assert at("2026-06-08T06:00:00") <= moved <= at("2026-06-08T08:30:00")
    assert in_working_time(at("2026-06-08T10:00:00"), random.Random(1)) == at("2026-06-08T10:00:00")


@pytest.mark.parametrize(
    ("day", "is_frozen"),
    [
        (date(2026, 3, 21), False),
        (date(2026, 3, 22), True),
        (date(2026, 3, 31), True),
        (date(2026, 4, 1), False),
        (date(2026, 6, 21), True),
        (date(2026, 6, 20), False),
    ],
)
def test_freeze_is_the_last_ten_days_of_a_quarter(day: date, is_frozen: bool) -> None:
    assert is_quarter_end_freeze(day) is is_frozen


def test_period_ends_with_the_last_day_and_clamps_its_first() -> None:
    span = span_of_months(date(2026, 11, 23), 12)
    assert (span.first, span.end) == (date(2025, 11, 24), date(2026, 11, 24))
    clamped = span_of_months(date(2026, 3, 30), 1)
    assert (clamped.first, clamped.end) == (date(2026, 2, 28), date(2026, 3, 31))


def test_instants_are_written_as_the_tools_write_them() -> None:
    instant = at("2026-03-29T01:05:09")
    assert iso(instant) == "2026-03-29T01:05:09Z"
    assert spaced(instant) == "2026-03-29 01:05:09 UTC"
    assert with_offset(instant) == "2026-03-29T03:05:09.000+0200"
    assert with_offset(instant - 3600) == "2026-03-29T01:05:09.000+0100"

"""When people at acme work: working days and hours in Berlin, holidays, dips and freezes.

Instants inside the simulator are whole seconds since 1970 (UTC): cheap to add and to compare.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from fairlead.demo.acme.company import ZONE_NAME
from fairlead.kernel.window import local_midnight

MINUTE, HOUR, DAY = 60, 3600, 86_400
_ZONE = ZoneInfo(ZONE_NAME)
_OPENS, _CLOSES = 8 * HOUR, 19 * HOUR


def easter(year: int) -> date:
    """Easter Sunday of a year (the anonymous Gregorian algorithm)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


@cache
def holidays(year: int) -> frozenset[date]:
    """Public holidays that hold all over Germany."""
    moving = {easter(year) + timedelta(days=days) for days in (-2, 1, 39, 50)}
    fixed = {date(year, *day) for day in ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))}
    return frozenset(moving | fixed)


@cache
def activity(day: date) -> float:
    """How much of a normal day's work is done: 0 on holidays, little in the summer and at Xmas."""
    if day in holidays(day.year):
        return 0.0
    if day.weekday() >= 5:
        return 0.03
    factor = 0.8 if day.weekday() == 4 else 1.05
    if (day.month, day.day) >= (12, 22) or (day.month, day.day) <= (1, 4):
        return factor * 0.25
    return factor * (0.75 if day.month == 8 else 1.0)


def is_quarter_end_freeze(day: date) -> bool:
    """Whether the day lies in the last ten days of a quarter."""
    return day.month % 3 == 0 and (day + timedelta(days=10)).month != day.month


@cache
def midnight(day: date) -> int:
    """The first second of a Berlin day."""
    return int(local_midnight(day, _ZONE).timestamp())


@cache
def _day_and_offset(utc_hour: int) -> tuple[date, int]:
    local = datetime.fromtimestamp(utc_hour * HOUR, UTC).astimezone(_ZONE)
    offset = local.utcoffset() or timedelta()
    return local.date(), int(offset.total_seconds())


def day_of(instant: int) -> date:
    """The Berlin day of an instant."""
    return _day_and_offset(instant // HOUR)[0]


def month_of(instant: int) -> str:
    """The Berlin month of an instant, as `2026-03`."""
    return day_of(instant).isoformat()[:7]


def in_working_time(instant: int, rng: random.Random) -> int:
    """The instant itself, or one in the first hours of the next working morning."""
    day = day_of(instant)
    second = instant - midnight(day)
    if activity(day) > 0.1 and _OPENS <= second < _CLOSES:
        return instant
    if second >= _CLOSES or activity(day) <= 0.1:
        day += timedelta(days=1)
    while activity(day) <= 0.1:
        day += timedelta(days=1)
    return midnight(day) + _OPENS + int(rng.triangular(0, 2.5 * HOUR, 0.8 * HOUR))


def working_instant(day: date, rng: random.Random) -> int:
    """An instant of a day, mostly around eleven and three o'clock."""
    peak = 10.8 if rng.random() < 0.5 else 15.0
    return midnight(day) + int(rng.triangular(8.0, 18.8, peak) * HOUR)


def poisson(mean: float, rng: random.Random) -> int:
    """A Poisson draw by multiplication of uniforms (small means only)."""
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def spread(median: float, sigma: float, rng: random.Random) -> int:
    """A log-normal duration with that median, in whole seconds and at least one."""
    return max(1, int(median * math.exp(rng.gauss(0.0, sigma))))


@dataclass(frozen=True)
class Span:
    """The simulated period: whole Berlin days, `[first, end)`."""

    first: date
    end: date

    @property
    def start_at(self) -> int:
        return midnight(self.first)

    @property
    def end_at(self) -> int:
        return midnight(self.end)

    def days(self) -> Iterator[date]:
        for number in range((self.end - self.first).days):
            yield self.first + timedelta(days=number)

    def progress(self, instant: int) -> float:
        """The share of the period that has passed at an instant, between 0 and 1."""
        return min(1.0, max(0.0, (instant - self.start_at) / (self.end_at - self.start_at)))


def span_of_months(last: date, months: int) -> Span:
    """The period of whole months (by day of month, clamped) whose last day is `last`."""
    end = last + timedelta(days=1)
    index = end.year * 12 + end.month - 1 - months
    year, month = divmod(index, 12)
    length = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return Span(date(year, month + 1, min(end.day, length)), end)

"""Half-open windows in a named zone, and the calendar periods that people ask for.

Days, weeks and months are local to the zone; weeks begin on Monday; arithmetic is done on the wall
clock and then converted, never by adding seconds (facts S1, S4).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fairlead.kernel.diagnostic import fail

Step = Literal["day", "week", "month", "quarter"]
FORMS = "2026-10, 2026-Q3, 2026-W40, 2026, 2026-10-05..2026-11-01, last-month, last-12-weeks"


def load_zone(name: str) -> ZoneInfo:
    """The IANA zone of that name; FL1007 when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise fail(
            "FL1007",
            f"unknown time zone `{name}`",
            notes=["zones are IANA names, such as `Europe/Berlin` or `UTC`"],
        ) from None


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC; after a gap at midnight, its end (S4)."""
    local = datetime.combine(day, time(), zone)
    instant = local.astimezone(UTC)
    back = instant.astimezone(zone).replace(tzinfo=None)
    if back == datetime.combine(day, time()):
        return instant
    before = local.replace(fold=0).utcoffset()
    after = local.replace(fold=1).utcoffset()
    if before is None or after is None:  # pragma: no cover - ZoneInfo always answers
        return instant
    return (datetime.combine(day, time(), UTC) - max(before, after)) + abs(after - before)


@dataclass(frozen=True)
class Window:
    """The instants from `start` (in) to `end` (out), read in the calendar of `zone_name`."""

    start: datetime
    end: datetime
    zone_name: str = "UTC"

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a window needs instants with a zone")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.end <= self.start:
            raise fail("FL4102", f"the window ends ({self.end}) before it starts ({self.start})")

    @property
    def zone(self) -> ZoneInfo:
        return load_zone(self.zone_name)

    def contains(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    @property
    def days(self) -> float:
        """Length in local calendar days: a day of 23 or 25 hours counts as one."""
        start = self.start.astimezone(self.zone).replace(tzinfo=None)
        end = self.end.astimezone(self.zone).replace(tzinfo=None)
        return (end - start).total_seconds() / 86_400

    def periods(self, step: Step) -> list[Window]:
        """The complete local days, weeks, months or quarters that lie wholly inside."""
        zone = self.zone
        found: list[Window] = []
        first = _floor(self.start.astimezone(zone).date(), step)
        for begin, after in _steps(first, step):
            start, end = local_midnight(begin, zone), local_midnight(after, zone)
            if start >= self.end:
                return found
            if start >= self.start and end <= self.end:
                found.append(Window(start, end, self.zone_name))
        return found

    def previous(self) -> Window:
        """The window of equal local length that ends at this start; whole months stay so."""
        zone = self.zone
        start = self.start.astimezone(zone).replace(tzinfo=None)
        end = self.end.astimezone(zone).replace(tzinfo=None)
        if _is_month_start(start) and _is_month_start(end):
            months = (end.year - start.year) * 12 + end.month - start.month
            begin = local_midnight(_add_months(start.date(), -months), zone)
        else:
            before = start - (end - start)
            begin = before.replace(tzinfo=zone).astimezone(UTC)
            if before.time() == time():
                begin = local_midnight(before.date(), zone)
        return Window(begin, self.start, self.zone_name)

    def until(self, as_of: datetime) -> Window:
        """The part of the window that is over at an instant; all of it where it has not begun."""
        if not self.start < as_of < self.end:
            return self
        return Window(self.start, as_of, self.zone_name)


def _is_month_start(local: datetime) -> bool:
    return local.day == 1 and local.time() == time()


def _floor(day: date, step: Step) -> date:
    if step == "day":
        return day
    if step == "week":
        return day - timedelta(days=day.weekday())
    if step == "month":
        return day.replace(day=1)
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def _add_months(day: date, count: int) -> date:
    index = day.year * 12 + day.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def _next(day: date, step: Step) -> date:
    if step == "day":
        return day + timedelta(days=1)
    if step == "week":
        return day + timedelta(days=7)
    return _add_months(day, 1 if step == "month" else 3)


def _steps(first: date, step: Step) -> Iterator[tuple[date, date]]:
    begin = first
    while True:
        after = _next(begin, step)
        yield begin, after
        begin = after


def parse_instant(text: str, zone: ZoneInfo) -> datetime:
    """An ISO 8601 instant or local date as UTC; FL4106 when it is neither."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return local_midnight(date.fromisoformat(text), zone)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise fail(
            "FL4106",
            f"`{text}` is no instant",
            notes=["allowed: 2026-10-05, 2026-10-05T14:00Z, 2026-10-05T14:00+02:00"],
        ) from None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def parse_period(text: str, zone_name: str, now: datetime) -> Window:
    """The window that a person named; complete periods only; FL4102 when it cannot be read."""
    zone = load_zone(zone_name)
    today = now.astimezone(zone).date()

    def window(start: date, end: date) -> Window:
        return Window(local_midnight(start, zone), local_midnight(end, zone), zone_name)

    try:
        if ".." in text:
            left, right = text.split("..", 1)
            return Window(parse_instant(left, zone), parse_instant(right, zone), zone_name)
        if match := re.fullmatch(r"last-(?:(\d+)-)?(day|week|month|quarter)s?", text):
            step: Step = match[2]  # type: ignore[assignment]
            end = start = _floor(today, step)
            for _ in range(int(match[1] or 1)):
                start = _floor(start - timedelta(days=1), step)
            return window(start, end)
        if match := re.fullmatch(r"(\d{4})-W(\d{2})", text):
            monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
            return window(monday, monday + timedelta(days=7))
        if match := re.fullmatch(r"(\d{4})-Q([1-4])", text):
            start = date(int(match[1]), int(match[2]) * 3 - 2, 1)
            return window(start, _add_months(start, 3))
        if match := re.fullmatch(r"(\d{4})-(\d{2})", text):
            start = date(int(match[1]), int(match[2]), 1)
            return window(start, _add_months(start, 1))
        if match := re.fullmatch(r"(\d{4})", text):
            return window(date(int(match[1]), 1, 1), date(int(match[1]) + 1, 1, 1))
    except (ValueError, OverflowError):
        pass
    raise fail("FL4102", f"`{text}` is no period", notes=[f"allowed forms: {FORMS}"])

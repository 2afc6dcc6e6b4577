"""Numbers as people read them: units, targets, intervals. Exact values stay beside in exports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fairlead.kernel.measure import Measure, Status, Target, Trend
from fairlead.kernel.window import Window

ABSENT = "–"
REASONS = {
    "not_connected": "not connected",
    "no_deployments": "no deployments",
    "no_incidents": "no incidents",
    "no_records": "no records",
    "source_silent": "source silent",
    "all_pending": "all still pending",
    "all_excluded": "all left out",
    "too_few": "too few",
}


def words(text: str) -> str:
    """An id as words."""
    return REASONS.get(text, text.replace("_", " "))


def amount(value: float | None, unit: str) -> str:
    """A value with its unit; a dash where there is none."""
    if value is None:
        return ABSENT
    if unit == "ratio":
        return f"{value * 100:.1f} %"
    if unit == "seconds":
        return duration(value)
    suffix = {"per_week": " a week", "per_day": " a day", "per_30_days": " per 30 days"}
    return f"{_short(value)}{suffix.get(unit, '')}"


def duration(seconds: float) -> str:
    """Seconds in the largest fitting unit, with one decimal where it is not whole."""
    sign, left = ("-" if seconds < 0 else ""), abs(seconds)
    for limit, unit, word in (
        (90.0, 1.0, "s"),
        (90 * 60.0, 60.0, "min"),
        (36 * 3600.0, 3600.0, "h"),
    ):
        if left < limit:
            return f"{sign}{_tenths(left / unit)} {word}"
    return f"{sign}{_tenths(left / 86_400)} d"


def _tenths(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}"


def _short(value: float) -> str:
    if value == int(value) and abs(value) < 1e6:
        return f"{value:.0f}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def interval(measure: Measure, unit: str) -> str:
    """The 95 % interval, or why there is none."""
    if measure.low is None or measure.high is None:
        return words(measure.interval_reason) if measure.interval_reason else ""
    return span(measure.low, measure.high, unit)


def span(low: float, high: float, unit: str) -> str:
    """Two values with their unit, said once where it is the same: `16.9 to 20.3 h`."""
    first, last = amount(low, unit), amount(high, unit)
    number, _, word = first.partition(" ")
    return f"{number if word == last.partition(' ')[2] else first} to {last}"


def target_words(target: Target | None, unit: str, direction: str) -> str:
    """A target in words; empty where there is none."""
    if target is None:
        return ""
    if target.low is not None or target.high is not None:
        if target.low is not None and target.high is not None:
            return span(target.low, target.high, unit)
        limit = target.low if target.low is not None else target.high
        return f"{'≥' if target.low is not None else '≤'} {amount(limit, unit)}"
    if target.improvement_ratio is not None:
        before = target.baseline_label or "before"
        return f"{target.improvement_ratio * 100:.0f} % better than {before}"
    if target.value is None:
        return ""
    sign = "≤" if direction == "down" else "≥"
    return f"{sign} {amount(target.value, unit)}"


STATUS_WORDS: Mapping[Status, str] = {
    "green": "on target",
    "amber": "near target",
    "red": "off target",
    "unproven": "unproven",
    "unknown_quality": "unknown quality",
    "no_target": "no target",
    "no_value": "no value",
}
_AXES = (
    (2 * 86_400.0, 86_400.0, "days"),
    (2 * 3_600.0, 3_600.0, "hours"),
    (120.0, 60.0, "minutes"),
)
_RATES = {"per_week": "per week", "per_day": "per day", "per_30_days": "per 30 days"}


def status_words(measure: Measure | None) -> str:
    """The status as words; a green whose interval reaches past the target says so."""
    if measure is None:
        return "not connected"
    proven = ", not proven" if measure.is_target_proven is False else ""
    return STATUS_WORDS[measure.status] + proven


def trend_words(trend: Trend | None) -> str:
    """The verdict of a trend as honest words: what varies within its limits is steady."""
    if trend is None:
        return "no trend"
    if trend.verdict == "too_few":
        return f"too few {trend.step}s to judge"
    if trend.verdict == "stable":
        return "steady"
    return {True: "better", False: "worse", None: "changed"}[trend.direction_is_good]


def counted(number: float, one: str, many: str | None = None) -> str:
    """A count with its noun: `1 service`, `2,400 services`."""
    return f"{number:,.0f} {one if number == 1 else many or one + 's'}"


def day(instant: datetime, zone: ZoneInfo, *, year: bool = True) -> str:
    """A local day: `5 Oct 2026`."""
    local = instant.astimezone(zone)
    return f"{local.day} {local:%b %Y}" if year else f"{local.day} {local:%b}"


def minute(instant: datetime, zone: ZoneInfo) -> str:
    """A local minute: `5 Oct 2026 14:03`."""
    return f"{day(instant, zone)} {instant.astimezone(zone):%H:%M}"


def window_words(window: Window) -> str:
    """First and last day of a window: its end is outside."""
    start = window.start.astimezone(window.zone)
    last = (window.end - timedelta(microseconds=1)).astimezone(window.zone)
    if start.date() == last.date():
        return day(start, window.zone)
    return f"{day(start, window.zone, year=start.year != last.year)} to {day(last, window.zone)}"


def axis_unit(largest: float, unit: str) -> tuple[float, str]:
    """What to divide values by for an axis, and the word on it, by the largest value shown."""
    if unit == "ratio":
        return 0.01, "percent"
    if unit == "seconds":
        found = next(((by, word) for least, by, word in _AXES if abs(largest) >= least), None)
        return found or (1.0, "seconds")
    return 1.0, _RATES.get(unit, unit.replace("_", " "))

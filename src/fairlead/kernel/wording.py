"""Numbers as people read them: units, targets, intervals. Exact values stay beside in exports."""

from __future__ import annotations

from fairlead.kernel.measure import Measure, Target

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
    """Seconds as the two largest fitting units."""
    sign, left = ("-" if seconds < 0 else ""), abs(seconds)
    if left < 90:
        return f"{sign}{left:.0f} s" if left >= 10 or left == int(left) else f"{sign}{left:.1f} s"
    if left < 90 * 60:
        return f"{sign}{left / 60:.0f} min" if left >= 600 else f"{sign}{left / 60:.1f} min"
    if left < 36 * 3600:
        return f"{sign}{left / 3600:.1f} h"
    return f"{sign}{left / 86400:.1f} d"


def _short(value: float) -> str:
    if value == int(value) and abs(value) < 1e6:
        return f"{value:.0f}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def interval(measure: Measure, unit: str) -> str:
    """The 95 % interval, or why there is none."""
    if measure.low is None or measure.high is None:
        return words(measure.interval_reason) if measure.interval_reason else ""
    return f"{amount(measure.low, unit)} to {amount(measure.high, unit)}"


def target_words(target: Target | None, unit: str, direction: str) -> str:
    """A target in words; empty where there is none."""
    if target is None:
        return ""
    if target.low is not None or target.high is not None:
        low = amount(target.low, unit) if target.low is not None else "…"
        high = amount(target.high, unit) if target.high is not None else "…"
        return f"{low} to {high}"
    if target.improvement_ratio is not None:
        return f"{target.improvement_ratio * 100:.0f} % better than {target.baseline_label or 'before'}"
    if target.value is None:
        return ""
    sign = "≤" if direction == "down" else "≥"
    return f"{sign} {amount(target.value, unit)}"

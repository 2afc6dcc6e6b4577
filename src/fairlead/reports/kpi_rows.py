"""What a KPI's page shows as rows of exact values, for files."""

from __future__ import annotations

from typing import Any

from fairlead.kernel.measure import KpiCard, Measure
from fairlead.kernel.wording import target_words


def part_rows(card: KpiCard, grain: str) -> list[dict[str, Any]]:
    """One row for each part of a grain, worst first."""
    return [{**part.key, **measure_row(part, card)} for part in card.parts.get(grain, ())]


def measure_row(measure: Measure, card: KpiCard) -> dict[str, Any]:
    """The figures of one measure."""
    return {
        "value": measure.value,
        "reason": measure.reason,
        "numerator": measure.numerator,
        "denominator": measure.denominator,
        "n": measure.n,
        "low": measure.low,
        "high": measure.high,
        "unit": card.unit,
        "target": target_words(measure.target, card.unit, card.direction) or None,
        "status": measure.status,
        "baseline_value": measure.baseline_value,
        "improvement_ratio": measure.improvement_ratio,
        "left_out": sum(measure.excluded.values()),
        "quality_grade": measure.quality.grade if measure.quality else None,
    }


def trend_rows(card: KpiCard) -> list[dict[str, Any]]:
    """One row for each complete period of the trend, with the limits of the whole."""
    trend = card.trend
    if trend is None:
        return []
    return [
        {
            trend.step: point.window.start.astimezone(point.window.zone).date(),
            "value": point.value,
            "reason": point.reason,
            "n": point.n,
            "is_signal": point.is_signal,
            "centre": trend.centre,
            "lower_limit": trend.lower_limit,
            "upper_limit": trend.upper_limit,
        }
        for point in trend.points
    ]


def exclusion_rows(card: KpiCard) -> list[dict[str, Any]]:
    """One row for each reason for which records were left out."""
    counts = card.measure.excluded if card.measure else {}
    return [{"reason": reason, "records": count} for reason, count in counts.items() if count]


def quality_rows(card: KpiCard) -> list[dict[str, Any]]:
    """One row for each known share behind the number."""
    quality = card.measure.quality if card.measure else None
    return [
        {"name": part.name, "known": part.known, "total": part.total, "ratio": part.ratio}
        for part in (quality.components if quality else ())
    ]

"""What stands behind a number: further figures, records left out, shares that are known."""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.kernel.measure import KpiCard, Measure
from fairlead.kernel.wording import amount, axis_unit, duration, words
from fairlead.reports.misses import improvement_words
from fairlead.reports.tables import Table, columns

DETAILS = {
    "km_median_seconds": "median with those still open (Kaplan-Meier)",
    "weekly_median": "median of complete weeks",
    "complete_weeks_count": "complete weeks",
    "active_days_count": "days with at least one",
    "seconds_between_median": "median time between two",
    "open_count": "still open",
    "value_low": "if only the surest evidence counts",
    "value_high": "if every suspicion counts",
    "change_p_value": "p value of the change",
    "p75": "75th percentile",
    "p90": "90th percentile",
    "p95": "95th percentile",
}


_COUNTS = ("_count",)


def details_table(measure: Measure, card: KpiCard) -> Table | None:
    rows = [
        (DETAILS.get(name, words(name)), _detail(name, value, card.unit))
        for name, value in measure.details.items()
        if value is not None and name != "is_distinguishable"
    ]
    if measure.improvement_ratio is not None and card.direction != "band":
        rows.append(("against the baseline", improvement_words(measure.improvement_ratio)))
    return Table("Further figures", columns("figure", "#value"), rows) if rows else None


def _detail(name: str, value: float, unit: str) -> str:
    if name.endswith(_COUNTS):
        return f"{value:,.0f}"
    if name.startswith("seconds_") or name.endswith("_seconds"):
        return duration(value)
    if name == "change_p_value":
        return "< 0.001" if value < 0.001 else f"{value:.3f}"
    if name == "weekly_median":
        return f"{value:,.3g} {axis_unit(value, 'per_week')[1]}"
    return amount(value, unit)


def exclusions_table(measure: Measure, card: KpiCard) -> Table | None:
    rows = [(words(reason), f"{count:,}") for reason, count in _largest(measure.excluded)]
    if not rows:
        return None
    return Table(f"Left out of {card.name}", columns("reason", "#records"), rows)


def _largest(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    found = [(reason, count) for reason, count in counts.items() if count]
    return sorted(found, key=lambda item: (-item[1], item[0]))


def quality_table(measure: Measure) -> Table | None:
    if measure.quality is None or not measure.quality.components:
        return None
    rows = [
        (
            words(c.name),
            f"{c.known:,} of {c.total:,}",
            amount(c.ratio, "ratio") if c.ratio is not None else "no records",
            c.help or "",
        )
        for c in measure.quality.components
    ]
    return Table(
        "Data behind the number",
        columns("what is known", "#count", "#share", "mend"),
        rows,
        is_marked=True,
    )

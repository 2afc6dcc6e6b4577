"""How far a number misses its target, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence

from fairlead.kernel.measure import Measure


def is_miss_proven(measure: Measure, direction: str) -> bool | None:
    """Whether the whole interval misses the target; None without interval or single target."""
    limit = measure.target.value if measure.target else None
    if limit is None or measure.low is None or measure.high is None:
        return None
    return measure.low > limit if direction == "down" else measure.high < limit


def miss_ratio(measure: Measure, direction: str) -> float:
    """How far the value misses its target, as a share of the target; 0 when it does not."""
    target, value = measure.target, measure.value
    if target is None or value is None:
        return 0.0
    if target.value:
        gap = value - target.value if direction == "down" else target.value - value
        return max(0.0, gap / abs(target.value))
    if target.improvement_ratio is not None and measure.improvement_ratio is not None:
        return max(0.0, target.improvement_ratio - measure.improvement_ratio)
    if target.low is not None and value < target.low:
        return (target.low - value) / abs(target.low or 1.0)
    if target.high is not None and value > target.high:
        return (value - target.high) / abs(target.high or 1.0)
    return 0.0


def improvement_words(ratio: float | None) -> str:
    """An improvement as words: positive is better."""
    if ratio is None:
        return "not comparable"
    if round(abs(ratio), 3) == 0:
        return "unchanged"
    return f"{abs(ratio) * 100:.0f} % {'better' if ratio > 0 else 'worse'}"


def worst_misses_first(measures: Sequence[Measure], direction: str) -> list[Measure]:
    """Measures in the order of status given; within one, proven and larger misses first."""
    order: dict[str, int] = {}
    for measure in measures:
        order.setdefault(measure.status, len(order))

    def key(measure: Measure) -> tuple[int, bool, float]:
        proven = is_miss_proven(measure, direction)
        return order[measure.status], proven is not True, -miss_ratio(measure, direction)

    return sorted(measures, key=key)

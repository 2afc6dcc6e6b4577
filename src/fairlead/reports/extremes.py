"""The worst part of a KPI and the one that improved most, by each grain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairlead.kernel.measure import KpiCard, Measure
from fairlead.kernel.wording import amount
from fairlead.opmodel.model import Model
from fairlead.reports.misses import improvement_words, worst_misses_first
from fairlead.reports.names import key_words

GRAINS = ("team", "service", "tier")


@dataclass(frozen=True)
class Extreme:
    """One part that stands out: its grain, key and name, and why, in words."""

    grain: str
    key: str | None
    name: str
    why: str


@dataclass(frozen=True)
class Extremes:
    """The parts that are off target, worst first, and those that improved, most first."""

    worst: Sequence[Extreme]
    improved: Sequence[Extreme]


def extremes_of(card: KpiCard, model: Model) -> Extremes:
    """The worst and the most improved part of each grain that has more than one part."""
    worst, improved = [], []
    for grain in GRAINS:
        parts = [part for part in card.parts.get(grain, ()) if part.value is not None]
        if len(parts) < 2:
            continue
        off = worst_misses_first([p for p in parts if p.status == "red"], card.direction)
        if off:
            worst.append(_extreme(grain, off[0], model, _value_words(off[0], card)))
        better = [p for p in parts if p.improvement_ratio is not None and p.improvement_ratio > 0]
        if better:
            best = max(better, key=lambda part: (part.improvement_ratio or 0.0, part.n))
            why = f"{improvement_words(best.improvement_ratio)}: {_from_words(best, card)}"
            improved.append(_extreme(grain, best, model, why))
    return Extremes(worst, improved)


def _extreme(grain: str, part: Measure, model: Model, why: str) -> Extreme:
    key = next(iter(part.key.values()), None)
    return Extreme(grain, key, key_words(model, part.key), why)


def _value_words(part: Measure, card: KpiCard) -> str:
    return f"{amount(part.value, card.unit)} (n {part.n:,})"


def _from_words(part: Measure, card: KpiCard) -> str:
    before = amount(part.baseline_value, card.unit)
    return f"from {before} to {amount(part.value, card.unit)} (n {part.n:,})"

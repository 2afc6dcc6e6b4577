"""One KPI split by a grain, in words, those that need attention first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairlead.kernel.measure import KpiCard, Measure, Status
from fairlead.kernel.wording import amount, interval, status_words, target_words, words
from fairlead.opmodel.model import Model
from fairlead.reports.misses import improvement_words, worst_misses_first
from fairlead.reports.names import key_words


@dataclass(frozen=True)
class PartRow:
    """One part in words; `left_out` counts its records that were excluded."""

    name: str
    status: Status
    status_words: str
    value: str
    interval: str
    target: str
    n: str
    left_out: str


@dataclass(frozen=True)
class Parts:
    """The same KPI split by one grain; the names stand in the order of the measures."""

    grain: str
    names: Sequence[str]
    measures: Sequence[Measure]
    rows: Sequence[PartRow]


def parts_of(card: KpiCard, model: Model) -> list[Parts]:
    found = []
    for grain, given in card.parts.items():
        measures = worst_misses_first(given, card.direction)
        if measures:
            names = [key_words(model, m.key) for m in measures]
            rows = [_row(name, m, card) for name, m in zip(names, measures, strict=True)]
            found.append(Parts(grain, names, measures, rows))
    return found


def _row(name: str, measure: Measure, card: KpiCard) -> PartRow:
    absent = measure.value is None
    return PartRow(
        name=name,
        status=measure.status,
        status_words=status_words(measure),
        value=words(measure.reason or "no value") if absent else amount(measure.value, card.unit),
        interval=interval(measure, card.unit),
        target=_part_target(measure, card),
        n=f"{measure.n:,}",
        left_out=f"{sum(measure.excluded.values()):,}",
    )


def _part_target(measure: Measure, card: KpiCard) -> str:
    """The target; one of improvement says how far the part itself has come."""
    target = target_words(measure.target, card.unit, card.direction)
    if measure.target is None or measure.target.improvement_ratio is None:
        return target
    return f"{target}; is {improvement_words(measure.improvement_ratio)}"

"""Which numbers need attention first, and why, in words that can be checked.

Order: off target and proven so; off target; a source that fell silent; changed for the worse;
unknown quality; unproven; near target. Within one class the larger miss, relative to its target,
comes first, then the larger sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairlead.kernel.measure import KpiCard, Measure, Quality, SourceState, Status
from fairlead.kernel.wording import amount, counted, duration, status_words, target_words, words
from fairlead.opmodel.model import Model
from fairlead.reports.misses import (
    improvement_words,
    is_miss_proven,
    miss_ratio,
    worst_misses_first,
)
from fairlead.reports.names import key_words

SILENT_RANK = 2


@dataclass(frozen=True)
class Attention:
    """One thing that needs attention: where it stands on the page, and why."""

    anchor: str
    name: str
    value: str
    status: Status | None
    status_words: str
    reasons: Sequence[str]


def attention(
    cards: Sequence[KpiCard], sources: Sequence[SourceState], model: Model, most: int = 3
) -> list[Attention]:
    """The first few things that need attention, most pressing first; empty when nothing does."""
    found: list[tuple[tuple[float, ...], Attention]] = []
    for place, card in enumerate(cards):
        rank = _rank(card)
        if rank is not None and card.measure is not None:
            key = (rank, -miss_ratio(card.measure, card.direction), -card.measure.n, place)
            found.append((key, _of_card(card, card.measure, model)))
    silent = [source for source in sources if source.is_silent]
    if silent:
        found.append(((SILENT_RANK,), _of_sources(silent)))
    return [entry for _, entry in sorted(found, key=lambda item: item[0])][:most]


def _rank(card: KpiCard) -> int | None:
    measure = card.measure
    if measure is None or measure.value is None:
        return None
    if measure.status == "red":
        return 0 if is_miss_proven(measure, card.direction) else 1
    if card.trend is not None and card.trend.direction_is_good is False:
        return 3
    return {"unknown_quality": 4, "unproven": 5, "amber": 6}.get(measure.status)


def _of_card(card: KpiCard, measure: Measure, model: Model) -> Attention:
    reasons = [*_target_reasons(card, measure), *_trend_reasons(card), *_quality_reasons(measure)]
    return Attention(
        anchor=f"kpi-{card.kpi_id}",
        name=card.name,
        value=amount(measure.value, card.unit),
        status=measure.status,
        status_words=status_words(measure),
        reasons=[*reasons, *_part_reasons(card, model)],
    )


def _target_reasons(card: KpiCard, measure: Measure) -> list[str]:
    target = target_words(measure.target, card.unit, card.direction)
    if measure.status not in ("red", "amber") or not target:
        return []
    if measure.target and measure.target.improvement_ratio is not None:
        change = measure.improvement_ratio
        return [f"Asked {target}; it is {improvement_words(change)}"]
    proven = is_miss_proven(measure, card.direction)
    sure = {
        True: "; the whole 95 % interval misses it",
        False: "; the 95 % interval still reaches it",
        None: "",
    }[proven]
    return [f"Target {target}{sure}"]


def _trend_reasons(card: KpiCard) -> list[str]:
    trend = card.trend
    if trend is None or trend.verdict not in ("up", "down"):
        return []
    if trend.direction_is_good is True:
        return ["It has changed for the better lately, more than noise explains"]
    if trend.direction_is_good is False:
        return ["It has changed for the worse lately, more than noise explains"]
    return ["It has changed lately, more than noise explains"]


def _quality_reasons(measure: Measure) -> list[str]:
    if measure.status not in ("unproven", "unknown_quality") or measure.quality is None:
        return []
    return [weakest_words(measure.quality)]


def weakest_words(quality: Quality) -> str:
    """The weakest component of a quality, with what mends it."""
    known = [c for c in quality.components if c.ratio is not None]
    if not known:
        return f"Data grade {quality.grade}"
    worst = min(known, key=lambda c: c.ratio if c.ratio is not None else 1.0)
    text = f"Data grade {quality.grade}: {words(worst.name)} {worst.known:,} of {worst.total:,}"
    return f"{text}; {worst.help}" if worst.help else text


def _part_reasons(card: KpiCard, model: Model) -> list[str]:
    """The part by team, else by service, that misses its target most."""
    for grain in ("team", "service"):
        parts = [p for p in card.parts.get(grain, ()) if p.status == "red"]
        if parts and len(card.parts[grain]) > 1:
            first = worst_misses_first(parts, card.direction)[0]
            name = key_words(model, first.key)
            value = amount(first.value, card.unit)
            return [f"Look first at {grain} {name}: {value} (n {first.n:,})"]
    return []


def _of_sources(silent: Sequence[SourceState]) -> Attention:
    return Attention(
        anchor="sources",
        name=counted(len(silent), "source"),
        value="",
        status=None,
        status_words="silent",
        reasons=[
            *[_silence(source) for source in silent[:3]],
            "Numbers that read such a source are older than they look",
        ],
    )


def _silence(source: SourceState) -> str:
    if source.lag_seconds is None:
        return f"Nothing from {source.source} yet"
    return f"Nothing from {source.source} for {duration(source.lag_seconds)}"

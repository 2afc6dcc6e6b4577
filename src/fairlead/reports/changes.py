"""Which KPIs changed in the last complete week, and why: signals, and a status that turned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fairlead.kernel.measure import KpiCard, Measure, Status, TrendPoint
from fairlead.kernel.wording import STATUS_WORDS, amount, span
from fairlead.opmodel.model import Model
from fairlead.reports.misses import worst_misses_first
from fairlead.reports.names import key_words

Judge = Callable[[Measure, str], Status]


@dataclass(frozen=True)
class Change:
    """One KPI that changed: its week before and now, and the reasons in words."""

    kpi_id: str
    name: str
    before: str
    now: str
    status: Status
    status_words: str
    is_good: bool | None
    reasons: Sequence[str]


def changes_of(cards: Sequence[KpiCard], model: Model, judge: Judge) -> list[Change]:
    """The changes of cards whose window is one week; those for the worse come first.

    A KPI changed when its week lies outside what the earlier weeks explain, or when its status is
    another than that of the week before. `judge` gives the status of a measure by its target.
    """
    found = [change for card in cards if (change := _change(card, model, judge)) is not None]
    order = {False: 0, None: 1, True: 2}
    return sorted(found, key=lambda change: order[change.is_good])


def _change(card: KpiCard, model: Model, judge: Judge) -> Change | None:
    points = card.trend.points if card.trend else ()
    if card.measure is None or len(points) < 2:
        return None
    before, now = points[-2], points[-1]
    if now.value is None or before.value is None or card.trend is None:
        return None
    was = judge(_measure_at(card.measure, before), card.direction)
    status = judge(_measure_at(card.measure, now), card.direction)
    if not now.is_signal and was == status:
        return None
    reasons = []
    if now.is_signal:
        low, high = card.trend.lower_limit, card.trend.upper_limit
        limits = "" if low is None or high is None else f", {span(low, high, card.unit)}"
        reasons.append(f"More than noise explains: earlier weeks lie within their limits{limits}")
    if was != status:
        reasons.append(f"Was {STATUS_WORDS[was]} the week before, is {STATUS_WORDS[status]} now")
    return Change(
        kpi_id=card.kpi_id,
        name=card.name,
        before=f"{amount(before.value, card.unit)} (n {before.n:,})",
        now=f"{amount(now.value, card.unit)} (n {now.n:,})",
        status=status,
        status_words=STATUS_WORDS[status],
        is_good=_is_good(card, before, now),
        reasons=[*reasons, *_part_reasons(card, model)],
    )


def _measure_at(measure: Measure, point: TrendPoint) -> Measure:
    return replace(measure, value=point.value, n=point.n, low=None, high=None)


def _is_good(card: KpiCard, before: TrendPoint, now: TrendPoint) -> bool | None:
    if card.direction == "band" or now.value == before.value:
        return None
    if now.value is None or before.value is None:
        return None
    return (now.value > before.value) == (card.direction == "up")


def _part_reasons(card: KpiCard, model: Model) -> list[str]:
    """The team that missed its target most in that week."""
    parts = [part for part in card.parts.get("team", ()) if part.status == "red"]
    if not parts:
        return []
    first = worst_misses_first(parts, card.direction)[0]
    return [f"Team {key_words(model, first.key)} had {amount(first.value, card.unit)}"]

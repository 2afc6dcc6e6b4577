"""The scorecard in one sentence, and how many of its lines stand in which state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairlead.kernel.measure import KpiCard, Status
from fairlead.kernel.wording import STATUS_WORDS, counted


@dataclass(frozen=True)
class Count:
    """How many lines of the scorecard stand in one state."""

    status: Status | None
    words: str
    number: int


def counts_of(cards: Sequence[KpiCard]) -> list[Count]:
    """The four states that a reader asks for, and the others where there are any."""
    statuses = [card.measure.status if card.measure else None for card in cards]
    unsure = statuses.count("unproven") + statuses.count("unknown_quality")
    found = [
        Count("green", STATUS_WORDS["green"], statuses.count("green")),
        Count("amber", STATUS_WORDS["amber"], statuses.count("amber")),
        Count("red", STATUS_WORDS["red"], statuses.count("red")),
        Count("unproven", STATUS_WORDS["unproven"], unsure),
        Count("no_target", STATUS_WORDS["no_target"], statuses.count("no_target")),
        Count("no_value", STATUS_WORDS["no_value"], statuses.count("no_value")),
        Count(None, "not connected", statuses.count(None)),
    ]
    always = ("green", "red", "unproven", None)
    return [count for count in found if count.number or count.status in always]


def headline_of(counts: Sequence[Count]) -> str:
    number = {count.status: count.number for count in counts}
    judged = sum(number.get(s, 0) for s in ("green", "amber", "red", "unproven"))
    total = sum(count.number for count in counts)
    if not total:
        return "This scorecard has no lines."
    missing = number.get(None, 0)
    if not judged:
        lead = "No KPI can be judged against a target yet"
    elif number["green"] == judged:
        lead = f"All {judged} KPIs with a target meet it"
        lead = "The one KPI with a target meets it" if judged == 1 else lead
    else:
        lead = f"{number['green']} of {counted(judged, 'KPI')} with a target meet it"
        lead += f", {number['red']} {'is' if number['red'] == 1 else 'are'} off"
    return f"{lead}; {missing} of {total} not connected." if missing else f"{lead}."

"""The balanced scorecard as a report: what it says first, its groups, its gaps and its sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairlead.kernel.measure import KpiCard, Scorecard
from fairlead.kernel.wording import (
    counted,
    minute,
    window_words,
    words,
)
from fairlead.opmodel.model import Model
from fairlead.reports.attention import Attention, attention
from fairlead.reports.headline import Count, counts_of, headline_of
from fairlead.reports.kpi_definition import Definition
from fairlead.reports.kpi_section import KpiSection, kpi_section
from fairlead.reports.names import scope_words
from fairlead.reports.source_tables import known_table, sources_table
from fairlead.reports.tables import Table

GROUPS: Mapping[str, tuple[str, str]] = {
    "delivery": ("Delivery", "Do changes reach production often, soon and safely?"),
    "reliability": ("Reliability", "Do services keep their promise, and how soon do they recover?"),
    "security": ("Security and compliance", "Are weaknesses closed in time, with evidence?"),
    "cost": ("Cost", "Is the money well spent, and as planned?"),
    "people_platform": ("People and platform", "Do the platform and its people carry the load?"),
}


@dataclass(frozen=True)
class Gap:
    """A line without a source: what would give the number."""

    requirement_id: str
    name: str
    default_target: str
    connect: Sequence[str]
    reason: str


@dataclass(frozen=True)
class Group:
    """One group of the scorecard: its question, its sections with a measure, its gaps."""

    id: str
    name: str
    question: str
    sections: Sequence[KpiSection]
    gaps: Sequence[Gap]


@dataclass(frozen=True)
class ScorecardReport:
    """The whole report, ready to be laid out."""

    title: str
    scope: str
    window: str
    zone: str
    days: str
    as_of: str
    made_at: str
    headline: str
    counts: Sequence[Count]
    attention: Sequence[Attention]
    groups: Sequence[Group]
    sources: Table | None
    quality: Table | None
    card: Scorecard


def scorecard_report(
    card: Scorecard,
    model: Model,
    definitions: Mapping[str, Definition],
    *,
    has_parts: bool = True,
) -> ScorecardReport:
    """The report of a scorecard; `definitions` are those of the KPI files, by id.

    Without `has_parts` its sections say what a glance shows, and no splits or companions.
    """
    zone = card.window.zone
    counts = counts_of(card.cards)
    return ScorecardReport(
        title=card.title,
        scope=scope_words(model, card.scope),
        window=window_words(card.window),
        zone=card.window.zone_name,
        days=counted(round(card.window.days, 1), "day"),
        as_of=minute(card.as_of, zone),
        made_at=minute(card.made_at, zone),
        headline=headline_of(counts),
        counts=counts,
        attention=attention(card.cards, card.sources, model),
        groups=_groups(card, model, definitions, has_parts=has_parts),
        sources=sources_table(card),
        quality=known_table(card.cards),
        card=card,
    )


def _groups(
    card: Scorecard, model: Model, definitions: Mapping[str, Definition], *, has_parts: bool
) -> list[Group]:
    order = list(dict.fromkeys([*GROUPS, *(line.group for line in card.cards)]))
    found = []
    for group in order:
        lines = [line for line in card.cards if line.group == group]
        if not lines:
            continue
        name, question = GROUPS.get(group, (words(group).capitalize(), ""))
        sections = [
            kpi_section(line, card, model, definitions, has_parts=has_parts) for line in lines
        ]
        gaps = [_gap(line) for line in lines if line.measure is None]
        found.append(Group(group, name, question, [s for s in sections if s is not None], gaps))
    return found


def _gap(card: KpiCard) -> Gap:
    return Gap(
        requirement_id=card.requirement_id or "",
        name=card.name,
        default_target=card.default_target or "",
        connect=tuple(card.connect),
        reason=words(card.missing_reason or "not_connected"),
    )

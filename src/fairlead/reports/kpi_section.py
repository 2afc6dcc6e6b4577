"""One KPI as a section of a report: the number in sentences, its parts, losses and definition."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairlead.kernel.measure import KpiCard, Measure, Scorecard
from fairlead.kernel.wording import (
    amount,
    interval,
    status_words,
    target_words,
    trend_words,
    words,
)
from fairlead.opmodel.model import Model
from fairlead.reports.kpi_definition import Definition
from fairlead.reports.kpi_parts import Parts, parts_of
from fairlead.reports.kpi_records import records_table
from fairlead.reports.kpi_sentences import basis_words, sentences_of
from fairlead.reports.kpi_tables import details_table, exclusions_table, quality_table
from fairlead.reports.tables import Table

_SCOPE_OPTIONS = {"team_id": "--team", "service_id": "--service", "tier": "--tier"}


@dataclass(frozen=True)
class KpiSection:
    """Everything that a page says about one KPI with a measure."""

    anchor: str
    card: KpiCard
    measure: Measure
    definition: Definition | None
    value: str
    value_note: str
    status_words: str
    target: str
    interval: str
    trend: str
    grade: str
    sentences: Sequence[str]
    parts: Sequence[Parts]
    details: Table | None
    exclusions: Table | None
    quality: Table | None
    records: Table | None
    companions: Sequence[KpiSection]
    commands: Sequence[str]


def kpi_section(
    card: KpiCard,
    whole: Scorecard,
    model: Model,
    definitions: Mapping[str, Definition],
    *,
    has_parts: bool = True,
) -> KpiSection | None:
    """The section of a card; None when it has no measure (not connected).

    Without `has_parts` the splits and companions are left out, which a glance does not show.
    """
    measure = card.measure
    if measure is None:
        return None
    definition = definitions.get(card.kpi_id)
    others = card.companions if has_parts else ()
    companions = [kpi_section(c, whole, model, definitions) for c in others]
    absent = measure.value is None
    return KpiSection(
        anchor=f"kpi-{card.kpi_id}",
        card=card,
        measure=measure,
        definition=definition,
        value=words(measure.reason or "no value") if absent else amount(measure.value, card.unit),
        value_note=basis_words(measure, card, definition),
        status_words=status_words(measure),
        target=target_words(measure.target, card.unit, card.direction),
        interval=interval(measure, card.unit),
        trend=trend_words(card.trend),
        grade=(measure.quality.grade or "") if measure.quality else "",
        sentences=[s for s in sentences_of(measure, card, definition) if s],
        parts=parts_of(card, model) if has_parts else (),
        details=details_table(measure, card),
        exclusions=exclusions_table(measure, card),
        quality=quality_table(measure),
        records=records_table(card, whole.window.zone),
        companions=[section for section in companions if section is not None],
        commands=_commands(card.kpi_id, whole),
    )


def _commands(kpi_id: str, whole: Scorecard) -> list[str]:
    """Command lines that give the same numbers: same window, scope and knowledge instant."""
    window = whole.window
    start, end = (at.astimezone(window.zone) for at in (window.start, window.end))
    is_days = (start.hour, start.minute, end.hour, end.minute) == (0, 0, 0, 0)
    period = f"{start:%Y-%m-%d}..{end:%Y-%m-%d}"
    if not is_days:
        period = f"{start.isoformat()}..{end.isoformat()}"
    options = [f"--period {period}", f"--as-of {whole.as_of:%Y-%m-%dT%H:%M:%SZ}"]
    for column, value in whole.scope.items():
        if column in _SCOPE_OPTIONS:
            options.append(f"{_SCOPE_OPTIONS[column]} {shlex.quote(value)}")
    asked = " ".join(options)
    return [
        f"fairlead kpi show {kpi_id} --by service --trend {asked}",
        f"fairlead kpi records {kpi_id} {asked}",
        f"fairlead kpi explain {kpi_id}",
    ]

"""The figures of `fairlead data quality`."""

from __future__ import annotations

from typing import Any

from fairlead.cli.context import Context
from fairlead.engine.bound import BoundFacts
from fairlead.engine.quality import COMPONENTS, QualityReader, grade_of
from fairlead.engine.sources import source_states, unlinked_rows
from fairlead.kpis.shelf import kpis


def quality_report(context: Context, period: str | None, as_of: str | None) -> dict[str, Any]:
    """Sources, known shares and what could not be placed, for a period as known at an instant."""
    instant = context.instant(as_of)
    now = instant or context.clock.now()
    journal = context.journal
    with context.session(instant) as session:
        states = source_states(
            session, context.model, journal.counts(), journal.quarantined_counts(), now
        )
        facts = BoundFacts(session, context.model)
        reader = QualityReader(session, facts, context.window(period))
        components = [_component(reader, name) for name in COMPONENTS]
        unlinked = unlinked_rows(session)
    return {
        "sources": [_source(state) for state in states],
        "components": components,
        "unlinked": unlinked,
    }


def _component(reader: QualityReader, name: str) -> dict[str, Any]:
    found = reader.component(name)
    used_by = [kpi.id for kpi in kpis().values() if name in kpi.quality]
    return {
        "share": name,
        "known": found.known,
        "total": found.total,
        "ratio": found.ratio,
        "grade": grade_of(found.ratio),
        "kpis": used_by,
        "mend": found.help,
    }


def _source(state: Any) -> dict[str, Any]:
    return {
        "source": state.source,
        "connector": state.connector,
        "last_event_at": state.last_event_at,
        "lag_hours": round(state.lag_seconds / 3600, 1) if state.lag_seconds is not None else None,
        "state": "silent" if state.is_silent else "alive",
        "gaps": [f"{start:%Y-%m-%d}..{end:%Y-%m-%d}" for start, end in state.gaps],
        "facts": state.facts_count,
        "quarantined": state.quarantined_count,
        "not_needed": state.not_needed_count,
    }

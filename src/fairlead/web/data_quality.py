"""How good the data is: sources, known shares, and what could not be placed."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from fairlead.engine.bound import BoundFacts
from fairlead.engine.derive.deployment_changes import derive_deployment_changes
from fairlead.engine.quality import COMPONENTS, QualityReader, grade_of
from fairlead.engine.sources import source_states, unlinked_rows
from fairlead.kernel.window import Window
from fairlead.kpis.shelf import kpis
from fairlead.store.session import DuckSession
from fairlead.web.workspace import Workspace


def quality_report(
    context: Workspace, window: Window, instant: datetime | None, *, with_changes: bool = False
) -> dict[str, Any]:
    """Sources, known shares and what could not be placed, for a window as known at an instant.

    `with_changes` folds all ranges anew, to say why a change is linked to no deployment.
    """
    now = instant or context.clock.now()
    journal = context.journal
    with context.session(instant) as session:
        states = source_states(
            session, context.model, journal.counts(), journal.quarantined_counts(), now
        )
        facts = BoundFacts(session, context.model)
        reader = QualityReader(session, facts, window)
        components = [_component(reader, name) for name in COMPONENTS]
        unlinked = unlinked_rows(session)
        if with_changes:
            unlinked["changes_not_linked"] = _changes_not_linked(session, context, now)
    return {
        "sources": [source_row(state) for state in states],
        "components": components,
        "unlinked": unlinked,
    }


def _changes_not_linked(
    session: DuckSession, context: Workspace, now: datetime
) -> list[dict[str, Any]]:
    """Changes and deployments without a link, by repository, reason and cause, largest first."""
    found = derive_deployment_changes(session, context.model, now).unlinked
    counts = Counter(
        (row["repo_id"], ": ".join(part for part in (row["reason"], row["cause"]) if part))
        for row in found
    )
    ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    return [
        {"source": repo_id, "name": reason, "count": count} for (repo_id, reason), count in ordered
    ]


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


def source_row(state: Any) -> dict[str, Any]:
    """One source as a row: when it was last heard, its lag, gaps and counts."""
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

"""The figures of `fairlead data quality`."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from fairlead.cli.context import Context
from fairlead.cli.output import print_table
from fairlead.engine.bound import BoundFacts
from fairlead.engine.derive.deployment_changes import derive_deployment_changes
from fairlead.engine.quality import COMPONENTS, QualityReader, grade_of
from fairlead.engine.sources import source_states, unlinked_rows
from fairlead.kernel.wording import amount, duration, words
from fairlead.kpis.shelf import kpis
from fairlead.store.session import DuckSession


def quality_report(
    context: Context, period: str | None, as_of: str | None, *, with_changes: bool = False
) -> dict[str, Any]:
    """Sources, known shares and what could not be placed, for a period as known at an instant.

    `with_changes` folds all ranges anew, to say why a change is linked to no deployment.
    """
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
        if with_changes:
            unlinked["changes_not_linked"] = _changes_not_linked(session, context, now)
    return {
        "sources": [_source(state) for state in states],
        "components": components,
        "unlinked": unlinked,
    }


def _changes_not_linked(
    session: DuckSession, context: Context, now: datetime
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


def print_quality(report: dict[str, Any]) -> None:
    """Sources, known shares and counts as three tables that fit 100 columns."""
    sources = [
        {
            "source": row["source"],
            "last event": f"{row['last_event_at']:%Y-%m-%d %H:%MZ}"
            if row["last_event_at"]
            else None,
            "lag": None if row["lag_hours"] is None else duration(row["lag_hours"] * 3600),
            "state": row["state"],
            "facts": row["facts"],
            "quarantined": row["quarantined"],
            "not needed": row["not_needed"],
            "gaps": ", ".join(row["gaps"]) or "none",
        }
        for row in report["sources"]
    ]
    print_table(sources, "Sources", right=("lag",), whole=("source", "last event"))
    shares = [
        {
            "share": words(row["share"]),
            "known": f"{row['known']:,} of {row['total']:,}",
            "ratio": amount(row["ratio"], "ratio"),
            "grade": row["grade"],
            "KPIs": len(row["kpis"]),
            "to mend": row["mend"] if row["ratio"] is not None and row["ratio"] < 1 else "",
        }
        for row in report["components"]
    ]
    print_table(
        shares, "\nKnown shares behind the KPIs", right=("known", "ratio"), whole=("share",)
    )
    counts = [
        {"what": words(name), "count": sum(row["count"] for row in rows)}
        for name, rows in report["unlinked"].items()
    ]
    print_table(counts, "\nNot placed (list them with --unlinked)")


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

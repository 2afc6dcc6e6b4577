"""The state of each source: last seen, lag, silent spans, and counts of what could not be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from fairlead.engine.session import Session
from fairlead.facts import fact_types
from fairlead.kernel.measure import SourceState
from fairlead.methods.spans import Span, holes, union
from fairlead.opmodel.kinds.source import Source
from fairlead.opmodel.model import Model

OWN = "fairlead"
SILENT_AFTER_SECONDS = 172_800


def source_states(
    session: Session,
    model: Model,
    counts: Sequence[Mapping[str, Any]],
    quarantined: Sequence[Mapping[str, Any]],
    now: datetime,
) -> list[SourceState]:
    """Every source that the model configures or that ever delivered, in order of its id."""
    seen = _seen(session)
    spans = _spans(session)
    configured = model.all_of(Source)
    names = sorted({*seen, *configured, *(row["source"] for row in counts)} - {OWN})
    found = []
    for name in names:
        last_event, last_recorded, total = seen.get(name, (None, None, 0))
        source = configured.get(name)
        limit = source.silent_after_seconds if source else SILENT_AFTER_SECONDS
        lag = (now - last_event).total_seconds() if last_event else None
        found.append(
            SourceState(
                source=name,
                connector=_connector(name, source, counts),
                last_event_at=last_event,
                last_recorded_at=last_recorded,
                lag_seconds=lag,
                is_silent=lag is None or lag > limit,
                gaps=_gaps(spans.get(name, ()), limit),
                facts_count=total,
                quarantined_count=sum(r["number"] for r in quarantined if r["source"] == name),
                not_needed_count=sum(
                    r["number"] for r in counts if r["source"] == name and r["kind"] == "not_needed"
                ),
            )
        )
    return found


def _connector(name: str, source: Source | None, counts: Sequence[Mapping[str, Any]]) -> str:
    if source is not None:
        return source.connector
    return next((row["connector"] for row in counts if row["source"] == name), "")


def _seen(session: Session) -> dict[str, tuple[datetime | None, datetime | None, int]]:
    """Last event, last record and number of facts of each source, over all fact types."""
    found: dict[str, tuple[datetime | None, datetime | None, int]] = {}
    for name, kind in fact_types().items():
        if kind.state == "derived" or name in ("catalog_entities", "source_coverages"):
            continue
        table = session.table(name)
        grouped = table.group_by("source").aggregate(
            last_event=table[kind.event_at].max(),
            last_recorded=table.recorded_at.max(),
            total=table.count(),
        )
        for row in session.run(grouped).to_pylist():
            before = found.get(row["source"], (None, None, 0))
            found[row["source"]] = (
                _later(before[0], row["last_event"]),
                _later(before[1], row["last_recorded"]),
                before[2] + row["total"],
            )
    return found


def _later(first: datetime | None, second: datetime | None) -> datetime | None:
    if second is not None and second.tzinfo is None:
        second = second.replace(tzinfo=UTC)
    if first is None or second is None:
        return first or second
    return max(first, second)


def _spans(session: Session) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = {}
    for row in session.rows("source_coverages"):
        found.setdefault(row["source"], []).append((row["started_at"], row["ended_at"]))
    return found


def _gaps(spans: Sequence[Span], limit: int) -> list[Span]:
    """Uncovered spans between the first and the last coverage that exceed the source's silence."""
    joined = union(spans)
    if not joined:
        return []
    least = timedelta(seconds=limit)
    return [gap for gap in holes(joined, joined[0][0], joined[-1][1]) if gap[1] - gap[0] > least]


def unlinked_rows(session: Session) -> dict[str, list[dict[str, Any]]]:
    """What could not be placed: unmapped environments, unlinked incidents, deployments without SHA.

    Each list is grouped and counted, largest first, so that one line of the model mends many rows.
    """
    deployments = session.rows("deployments")
    incidents = session.rows("incidents")
    linked = {row["from_ref"] for row in session.rows("incident_links")}
    linked |= {row["evidence_ref"] for row in session.rows("deployment_failures")}
    return {
        "unmapped_environments": _counted(
            (row["source"], row["environment"])
            for row in deployments
            if (row["stage"] or "unmapped") == "unmapped"
        ),
        "deployments_without_service": _counted(
            (row["source"], row["repo_id"]) for row in deployments if row["service_id"] is None
        ),
        "deployments_without_commit": _counted(
            (row["source"], row["service_id"]) for row in deployments if row["commit_sha"] is None
        ),
        "incidents_without_service": _counted(
            (row["source"], ", ".join(row["service_refs"] or []) or None)
            for row in incidents
            if not row["service_ids"]
        ),
        "incidents_without_cause": _counted(
            (row["source"], (row["service_ids"] or [None])[0])
            for row in incidents
            if f"incident:{row['incident_id']}" not in linked
        ),
    }


def _counted(pairs: Any) -> list[dict[str, Any]]:
    numbers: dict[tuple[Any, Any], int] = {}
    for pair in pairs:
        numbers[pair] = numbers.get(pair, 0) + 1
    ordered = sorted(numbers.items(), key=lambda item: (-item[1], str(item[0])))
    return [{"source": s, "name": name, "count": count} for (s, name), count in ordered]

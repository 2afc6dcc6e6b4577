"""When each source was alive: what makes an empty period a true zero instead of an unknown.

Coverage comes from `source_coverages` (pulls and files) and `heartbeats`. A source that has facts
but no coverage record counts as alive from its first to its last event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from fairlead.engine.session import Session
from fairlead.facts import fact_type
from fairlead.kernel.window import Window
from fairlead.methods.spans import Span, covers, holes, union

# A derived fact is covered where what it is derived from is.
INPUTS: dict[str, tuple[str, ...]] = {
    "deployments": ("deployment_events", "releases"),
    "deployment_changes": ("deployment_events",),
    "deployment_failures": ("deployment_events",),
    "alerts": ("alert_events",),
    "release_commits": ("releases",),
}


@dataclass(frozen=True)
class Coverage:
    """Spans in which each source delivered one fact type, and which sources serve a service.

    `is_told` says whether a coverage record or heartbeat told them; else they are spans of events.
    """

    by_source: Mapping[str, Sequence[Span]]
    by_service: Mapping[str, frozenset[str]] = field(default_factory=dict)
    is_told: bool = False

    def sources_of(self, service_id: str | None) -> frozenset[str]:
        """The sources that must be alive for a service; all of them for the organisation."""
        if service_id is not None and service_id in self.by_service:
            return self.by_service[service_id]
        return frozenset(self.by_source)

    def is_alive(self, window: Window, service_id: str | None = None) -> bool:
        """Whether every source that matters was alive throughout; False when there is none."""
        needed = self.sources_of(service_id)
        return bool(needed) and all(
            covers(self.by_source.get(source, ()), window.start, window.end) for source in needed
        )

    def silent(self, window: Window, service_id: str | None = None) -> dict[str, list[Span]]:
        """The silent parts of a window by source; empty when all were alive."""
        found = {}
        for source in sorted(self.sources_of(service_id)):
            gaps = holes(self.by_source.get(source, ()), window.start, window.end)
            if gaps:
                found[source] = gaps
        return found


def coverage_of(session: Session, fact: str) -> Coverage:
    """The coverage of one fact type, with the sources of each service where the facts name it."""
    wanted = {fact, *INPUTS.get(fact, ())}
    spans: dict[str, list[Span]] = {}
    coverages, heartbeats = session.rows("source_coverages"), session.rows("heartbeats")
    for row in coverages:
        if not row["fact_refs"] or wanted & set(row["fact_refs"]):
            spans.setdefault(row["source"], []).append((row["started_at"], row["ended_at"]))
    for row in heartbeats:
        spans.setdefault(row["heartbeat_id"], [])
        if row["state"] == "ok" and row["expected_interval_seconds"]:
            until = row["occurred_at"] + timedelta(seconds=row["expected_interval_seconds"])
            spans.setdefault(row["heartbeat_id"], []).append((row["occurred_at"], until))
    services: dict[str, set[str]] = {}
    for source, service_id, first, last in _extent(session, fact):
        if service_id is not None:
            services.setdefault(service_id, set()).add(source)
        if not (coverages or heartbeats):
            spans.setdefault(source, []).append((first, last + timedelta(microseconds=1)))
    joined = {source: union(found) for source, found in spans.items()}
    named = {
        service: frozenset(sources & set(joined))
        for service, sources in services.items()
        if sources & set(joined)
    }
    return Coverage(joined, named, is_told=bool(coverages or heartbeats))


def _extent(session: Session, fact: str) -> list[tuple[str, str | None, datetime, datetime]]:
    """(source, service, first event, last event) of the rows of a fact type."""
    table, event_at = session.table(fact), fact_type(fact).event_at
    table = table.filter(table[event_at].notnull())
    keys = ["source", *(["service_id"] if "service_id" in table.columns else [])]
    found = table.group_by(keys).aggregate(first=table[event_at].min(), last=table[event_at].max())
    return [
        (
            row["source"] or "case",
            row.get("service_id"),
            row["first"].replace(tzinfo=UTC),
            row["last"].replace(tzinfo=UTC),
        )
        for row in session.run(found).to_pylist()
    ]

"""Derives `alerts`: episodes of every alert identity, from the messages of their sources.

Identity is what the source calls it. Where a source has none: service, rule and sorted labels less
those that differ from one replica or request to the next; never the title.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from fairlead.engine.derive.placements import Catalog, always
from fairlead.engine.derive.reader import FactReader, Row
from fairlead.methods.alert_episodes import AlertEvent, Episode, EpisodeSettings, fold_episodes
from fairlead.opmodel.kinds.source import Source
from fairlead.opmodel.model import Model

DROPPED_LABELS = frozenset(
    {"pod", "pod_name", "replica", "pod_template_hash", "uuid", "timestamp", "request_id"}
)
Identity = tuple[str | None, str]


def derive_alerts(
    reader: FactReader,
    model: Model,
    as_of: datetime | None,
    *,
    identities: Collection[Identity] | None = None,
    catalog: Catalog | None = None,
) -> list[Row]:
    """Every episode, or those of some identities only, in the order of identity and start."""
    resolved = catalog or always(model)
    incidents = _incidents_of_alerts(reader)
    rows: list[Row] = []
    found = _by_identity(_messages(reader, identities), as_of)
    for identity in sorted(found, key=lambda item: (item[0] or "", item[1])):
        if identities is not None and identity not in identities:
            continue
        events = [_event(row, resolved) for row in found[identity]]
        episodes = fold_episodes(events, _settings(model, identity[0]), as_of)
        rows += [_row(identity, episode, incidents) for episode in episodes.found]
    return rows


def affected_identities(new_rows: Iterable[Row]) -> frozenset[Identity]:
    """The identities whose episodes new messages touch."""
    return frozenset(_identity(row) for row in new_rows)


def _messages(reader: FactReader, identities: Collection[Identity] | None) -> list[Row]:
    """All messages, or those of some identities; made-up identities need all of their source."""
    if identities is None:
        return reader.rows("alert_events")
    told = [name for _, name in identities if not name.startswith("made:")]
    rows = reader.rows("alert_events", where={"alert_identity": told}) if told else []
    made = {source for source, name in identities if name.startswith("made:")}
    if made:
        others = reader.rows("alert_events")
        rows += [row for row in others if not row.get("alert_identity") and row["source"] in made]
    return rows


def _by_identity(rows: Iterable[Row], as_of: datetime | None) -> dict[Identity, list[Row]]:
    found: dict[Identity, list[Row]] = {}
    for row in rows:
        occurred_at = row.get("occurred_at")
        if occurred_at is None or not row.get("kind") or row.get("is_retracted"):
            continue
        if as_of is None or min(occurred_at, row.get("received_at") or occurred_at) <= as_of:
            found.setdefault(_identity(row), []).append(row)
    return found


def _identity(row: Row) -> Identity:
    return (row.get("source"), row.get("alert_identity") or _made_identity(row))


def _made_identity(row: Row) -> str:
    labels = _labels(row)
    parts = [row.get("service_id") or row.get("service_ref") or "", row.get("rule_id") or ""]
    parts += [f"{name}={labels[name]}" for name in sorted(labels) if name not in DROPPED_LABELS]
    return "made:" + ";".join(str(part) for part in parts)


def _labels(row: Row) -> Mapping[str, Any]:
    given = row.get("labels_json")
    found = json.loads(given) if isinstance(given, str) and given else given
    return found if isinstance(found, Mapping) else {}


def _settings(model: Model, source: str | None) -> EpisodeSettings:
    """The settings of the source, in seconds, or their defaults."""
    declared = model.all_of(Source).get(source or "")
    given = declared.settings if declared else {}
    default = EpisodeSettings()
    return EpisodeSettings(
        keep_open=_span(given.get("keep_open_seconds"), default.keep_open),
        resolve_hold=_span(given.get("resolve_hold_seconds"), default.resolve_hold),
        resolve_timeout=_span(given.get("resolve_timeout_seconds"), default.resolve_timeout),
    )


def _span(seconds: Any, default: timedelta) -> timedelta:
    return default if seconds is None else timedelta(seconds=float(seconds))


def _event(row: Row, catalog: Catalog) -> AlertEvent:
    model = catalog(row["occurred_at"])
    service_id = row.get("service_id")
    return AlertEvent(
        ref=f"{row.get('delivery_ref')}#{row.get('item_index_count') or 0}",
        kind=row["kind"],
        occurred_at=row["occurred_at"],
        received_at=row.get("received_at"),
        severity=row.get("severity"),
        title=row.get("title"),
        service_id=model.service_of_name(service_id)
        or service_id
        or model.service_of_name(row.get("service_ref")),
        rule_id=row.get("rule_id"),
    )


def _incidents_of_alerts(reader: FactReader) -> dict[str, str]:
    """The incident that each alert was accepted to belong to, by alert id."""
    rows = reader.rows("incident_links", where={"relation": ["alert_of"]})
    return {
        str(row["from_ref"]).removeprefix("alert:"): str(row["to_ref"]).removeprefix("incident:")
        for row in sorted(rows, key=lambda row: (str(row["from_ref"]), str(row["to_ref"])))
        if row.get("accepted") is not False
    }


def _row(identity: Identity, episode: Episode, incidents: Mapping[str, str]) -> Row:
    source, name = identity
    alert_id = ":".join(part for part in (source, name, episode.opening_ref) if part)
    return {
        "source": source,
        "alert_identity": name,
        "opening_event_ref": episode.opening_ref,
        "alert_id": alert_id,
        "status": episode.status,
        "started_at": episode.started_at,
        "resolved_at": episode.resolved_at,
        "closes_at": episode.closes_at,
        "resolution_kind": episode.resolution_kind,
        "severity": episode.severity,
        "service_id": episode.first("service_id"),
        "rule_id": episode.first("rule_id"),
        "title": episode.first("title"),
        "event_count": len(episode.events),
        "flap_count": episode.flap_count,
        "first_paged_at": None,
        "acknowledged_at": episode.acknowledged_at,
        "acknowledged_by_id": None,
        "suppressed_by": None,
        "suppressor_id": None,
        "incident_id": incidents.get(alert_id),
    }

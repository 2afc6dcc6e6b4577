"""The catalog as facts: services, teams and tiers as they were at any time.

The operating model is synced into `catalog_entities`: a version per change of a document. Facts
resolve against the version in force at their own instant; the first version also serves what is
older than it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of
from fairlead.kernel.diagnostic import Place
from fairlead.kernel.ids import content_sha256
from fairlead.opmodel.kinds import kinds
from fairlead.opmodel.kinds.document import Document
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.model import Model

CATALOG_KINDS = ("Domain", "System", "Tier", "Team", "Person", "Service")
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)

SERVICES_SCHEMA = pa.schema(
    [
        ("service_id", pa.string()),
        ("valid_from_at", pa.timestamp("us", tz="UTC")),
        ("valid_to_at", pa.timestamp("us", tz="UTC")),
        ("team_id", pa.string()),
        ("tier", pa.string()),
        ("repo_id", pa.string()),
        ("observation_seconds", pa.int64()),
    ]
)


def catalog_facts(model: Model, current: Sequence[Mapping[str, Any]], now: datetime) -> list[Fact]:
    """New versions of the entities that differ from the `current` rows; tombstones for the gone.

    The very first version of an entity is valid from the beginning of time.
    """
    newest: dict[str, Mapping[str, Any]] = {}
    for row in sorted(current, key=lambda row: row["valid_from_at"]):
        newest[row["entity_id"]] = row
    found: list[Fact] = []
    seen: set[str] = set()
    for kind in CATALOG_KINDS:
        for document in model.documents.get(kind, {}).values():
            values = _entity(document, model.places.get((kind, document.id)))
            seen.add(values["entity_id"])
            before = newest.get(values["entity_id"])
            same = before is not None and not before["is_tombstone"]
            if same and before["descriptor_sha256"] == values["descriptor_sha256"]:  # type: ignore[index]
                continue
            start = BEGINNING if before is None else now
            found.append(_version({**values, "valid_from_at": start, "is_tombstone": False}))
    for entity_id, row in newest.items():
        if entity_id not in seen and not row["is_tombstone"]:
            gone = {
                name: row[name] for name in ("entity_id", "entity_ref", "kind", "name", "team_id")
            }
            gone |= {"valid_from_at": now, "is_tombstone": True, "removal_reason": "undeclared"}
            found.append(_version(gone))
    return found


def _version(values: dict[str, Any]) -> Fact:
    return Fact("catalog_entities", values, order=order_of(values["valid_from_at"]))


def _entity(document: Document, place: Place | None) -> dict[str, Any]:
    kind = document.kind.lower()
    owner = getattr(document, "owner", None)
    values: dict[str, Any] = {
        "entity_id": document.id if kind == "service" else f"{kind}:{document.id}",
        "entity_ref": f"{kind}:default/{document.id}",
        "kind": document.kind,
        "namespace": "default",
        "name": document.id,
        "title": document.title or document.id,
        "owner_ref": f"team:default/{owner}" if owner else None,
        "team_id": owner,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "descriptor_sha256": content_sha256(document.model_dump(mode="json")),
        "descriptor_json": document.model_dump(mode="json", by_alias=True, exclude_none=True),
    }
    if isinstance(document, Service):
        values |= {
            "tier": document.tier,
            "lifecycle": document.lifecycle,
            "system_ref": f"system:default/{document.system}" if document.system else None,
            "repo_id": document.repositories[0] if document.repositories else None,
            "repo_ids": list(document.repositories),
            "paths": list(document.paths),
            "observation_seconds": document.observation_seconds,
            "dependency_refs": [f"service:default/{name}" for name in document.depends_on],
        }
    return values


def service_versions(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """`service_id | valid_from_at | valid_to_at | team_id | tier | ...` of catalog rows.

    Intervals of one service follow each other without a gap; a tombstone ends the last one.
    """
    by_service: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["kind"] in ("Service", "service"):
            by_service.setdefault(row["entity_id"], []).append(row)
    found: list[dict[str, Any]] = []
    for service_id, versions in sorted(by_service.items()):
        ordered = sorted(versions, key=lambda row: row["valid_from_at"])
        for index, row in enumerate(ordered):
            if row["is_tombstone"]:
                continue
            following = ordered[index + 1]["valid_from_at"] if index + 1 < len(ordered) else END
            found.append(
                {
                    "service_id": service_id,
                    "valid_from_at": BEGINNING if index == 0 else row["valid_from_at"],
                    "valid_to_at": following,
                    "team_id": row["team_id"],
                    "tier": row["tier"],
                    "repo_id": row["repo_id"],
                    "observation_seconds": row["observation_seconds"],
                }
            )
    return pa.Table.from_pylist(found, schema=SERVICES_SCHEMA)


def _changes(rows: Sequence[Mapping[str, Any]]) -> list[datetime]:
    """The instants at which the catalog changed, in order."""
    return sorted({row["valid_from_at"] for row in rows if row["valid_from_at"] > BEGINNING})


def catalog_over_time(
    model: Model, rows: Sequence[Mapping[str, Any]]
) -> Callable[[datetime], Model]:
    """The model with the catalog as it was at an instant; the present one where it never changed.

    Catalog kinds come from their versions; environments, rules and sources are those of today.
    """
    changes = _changes(rows)
    if not changes:
        return lambda _: model
    models: dict[int, Model] = {}

    def at(instant: datetime) -> Model:
        place = bisect_right(changes, instant)
        if place not in models:
            limit = changes[place - 1] if place else BEGINNING
            models[place] = _model_at(model, rows, limit)
        return models[place]

    return at


def _model_at(model: Model, rows: Sequence[Mapping[str, Any]], limit: datetime) -> Model:
    newest: dict[str, Mapping[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["valid_from_at"]):
        if row["valid_from_at"] <= limit or row["entity_id"] not in newest:
            newest[row["entity_id"]] = row
    documents: dict[str, dict[str, Document]] = {
        kind: dict(by_id) for kind, by_id in model.documents.items() if kind not in CATALOG_KINDS
    }
    for row in newest.values():
        if row["is_tombstone"] or not row["descriptor_json"]:
            continue
        document = kinds()[row["kind"]].model_validate_json(row["descriptor_json"])
        documents.setdefault(row["kind"], {})[document.id] = document
    return Model(documents, model.places)


@dataclass(frozen=True)
class Era:
    """A stretch of time in which the catalog did not change."""

    valid_from_at: datetime
    valid_to_at: datetime
    model: Model


def eras_of(model: Model, rows: Sequence[Mapping[str, Any]]) -> list[Era]:
    """The eras of a catalog, without a gap from the beginning to the end of time."""
    at = catalog_over_time(model, rows)
    starts = [BEGINNING, *_changes(rows)]
    ends = [*starts[1:], END]
    return [Era(start, end, at(start)) for start, end in zip(starts, ends, strict=True)]

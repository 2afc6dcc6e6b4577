"""Derives `deployment_failures`: every piece of evidence that a deployment failed in production.

Reads deployments, deployment_changes, changes, incidents, incident_links, and what people decided
about failures before. Strongest first: verdict, naming, rollback and revert, text, hotfix,
heuristic. The heuristic is asked only about incidents that nothing names a deployment for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from fairlead.engine.derive.deployment_book import DeploymentBook, open_book
from fairlead.engine.derive.deployment_evidence import (
    by_deployment,
    endings_of,
    replaced_evidence,
    revert_evidence,
)
from fairlead.engine.derive.incident_evidence import (
    Incident,
    NamedDeployments,
    is_human,
    read_incidents,
)
from fairlead.engine.derive.placements import Catalog, always
from fairlead.engine.derive.reader import FactReader, Row
from fairlead.methods.attribution import Candidate, Onset, attribute
from fairlead.methods.attribution_arrays import Constants
from fairlead.methods.failure_evidence import VERDICTS, Evidence, settle_evidence
from fairlead.methods.recovery import Recovery, recovery_of
from fairlead.opmodel.model import Model


def derive_failures(
    reader: FactReader,
    model: Model,
    as_of: datetime | None,
    *,
    constants: Constants | None = None,
    catalog: Catalog | None = None,
) -> list[Row]:
    """Every row of `deployment_failures`, in the order of its key."""
    deployments = [
        row
        for row in reader.rows("deployments")
        if as_of is None or row.get("finished_at") is None or row["finished_at"] <= as_of
    ]
    book = open_book(deployments, reader.rows("deployment_changes"), model)
    changes = reader.rows("changes")
    asserted = _asserted(reader)
    cleared, settled = _decided(asserted)
    incidents = [
        replace(item, cleared_elsewhere_ids=cleared.get(item.incident_id, frozenset()))
        for item in read_incidents(reader, catalog or always(model), as_of)
    ]
    named = NamedDeployments(book, changes)
    pieces = [*asserted, *replaced_evidence(book), *revert_evidence(book, changes, as_of)]
    open_incidents: list[Incident] = []
    for incident in incidents:
        if incident.incident_id in settled and not any(map(is_human, incident.links)):
            continue
        found = named.evidence(incident)
        pieces += found
        if not any(piece.counts for piece in found):
            open_incidents.append(incident)
    pieces += _heuristic(book, open_incidents, constants)
    return _rows(settle_evidence(pieces), book, {item.incident_id: item for item in incidents})


def _asserted(reader: FactReader) -> list[Evidence]:
    """What people decided about failures: kept as it stands, and final."""
    return [
        Evidence(
            deployment_id=row["deployment_id"],
            evidence_kind=row["evidence_kind"],
            evidence_ref=row["evidence_ref"],
            confidence=row.get("confidence_ratio") or 0.0,
            reason=row.get("reason") or "a person decided",
            failed_at=row.get("failed_at"),
            verdict=row["state"],
            decided_by_id=row.get("decided_by_id"),
        )
        for row in reader.rows("deployment_failures", where={"state": VERDICTS})
        if row.get("decided_by_id") or row.get("evidence_kind") == "human"
    ]


def _heuristic(
    book: DeploymentBook,
    incidents: Sequence[Incident],
    constants: Constants | None,
) -> list[Evidence]:
    candidates = [
        Candidate(
            deployment_id=str(row["deployment_id"]),
            service_id=row["service_id"],
            finished_at=row["finished_at"],
            horizon=book.horizon(row),
            group_id=row.get("group_id"),
        )
        for row in book.counted
        if row.get("service_id")
    ]
    alike: dict[int, list[Incident]] = {}
    for item in incidents:
        if item.started_at is not None and item.service_ids:
            alike.setdefault(id(item.depends_on), []).append(item)
    return [piece for group in alike.values() for piece in _blames(candidates, group, constants)]


def _blames(
    candidates: Sequence[Candidate], incidents: Sequence[Incident], constants: Constants | None
) -> list[Evidence]:
    """Blames of incidents of one state of the catalog."""
    onsets = [
        Onset(item.incident_id, item.started_at, item.service_ids, item.cleared_ids)
        for item in incidents
        if item.started_at is not None
    ]
    starts = {onset.incident_id: onset.started_at for onset in onsets}
    return [
        Evidence(
            deployment_id=blame.deployment_id,
            evidence_kind="incident",
            evidence_ref=f"incident:{blame.incident_id}",
            confidence=blame.confidence,
            reason="nearest deployment in time and dependencies",
            failed_at=starts[blame.incident_id],
        )
        for blame in attribute(candidates, onsets, incidents[0].depends_on, constants)
    ]


def _decided(asserted: Sequence[Evidence]) -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """Deployments that people cleared of an incident, and incidents that they settled."""
    cleared: dict[str, frozenset[str]] = {}
    settled: set[str] = set()
    for piece in asserted:
        if piece.evidence_kind != "incident":
            continue
        incident_id = piece.evidence_ref.removeprefix("incident:")
        if piece.verdict == "confirmed":
            settled.add(incident_id)
        else:
            known = cleared.get(incident_id, frozenset())
            cleared[incident_id] = known | {piece.deployment_id}
    return cleared, frozenset(settled)


def _rows(
    evidence: Sequence[Evidence], book: DeploymentBook, incidents: Mapping[str, Incident]
) -> list[Row]:
    endings = endings_of(book, evidence)
    rows: list[Row] = []
    for deployment_id, pieces in by_deployment(evidence).items():
        ends = [_end(piece, incidents) for piece in pieces if piece.counts and _is_of(piece)]
        found = endings.get(deployment_id, [])
        recovery = recovery_of(ends, found)
        service_id = book.by_id.get(deployment_id, {}).get("service_id")
        for piece in pieces:
            own = recovery if piece.counts else _own_recovery(piece, incidents)
            rows.append(_row(piece, own, service_id))
    return rows


def _is_of(piece: Evidence) -> bool:
    return piece.evidence_kind == "incident"


def _end(piece: Evidence, incidents: Mapping[str, Incident]) -> datetime | None:
    incident = incidents.get(piece.evidence_ref.removeprefix("incident:"))
    return incident.ended_at if incident else None


def _own_recovery(piece: Evidence, incidents: Mapping[str, Incident]) -> Recovery:
    """Of evidence that does not count: nothing when rejected, its own incident's end otherwise."""
    if piece.state == "rejected" or not _is_of(piece):
        return Recovery()
    return recovery_of([_end(piece, incidents)], ())


def _row(piece: Evidence, recovery: Recovery, service_id: str | None) -> Row:
    return {
        "deployment_id": piece.deployment_id,
        "evidence_kind": piece.evidence_kind,
        "evidence_ref": piece.evidence_ref,
        "confidence_ratio": piece.confidence,
        "state": piece.state,
        "failed_at": piece.failed_at,
        "recovered_at": recovery.recovered_at,
        "recovery_kind": recovery.recovery_kind,
        "decided_by_id": piece.decided_by_id,
        "reason": piece.reason,
        "service_id": service_id,
    }

"""Evidence that deployments and changes themselves give: rollback, revert, hotfix; what ended it.

Rollback and hotfix speak about the counted deployment that ran before them at the same service,
environment and mechanism; a revert about the deployments that first shipped the reverted change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from fairlead.engine.derive.deployment_book import DeploymentBook, id_of_change, site_of
from fairlead.engine.derive.reader import Row
from fairlead.methods.failure_evidence import TAKEN_AWAY, UNLINKED_HOTFIX, Evidence
from fairlead.methods.recovery import Ending

Endings = dict[str, list[Ending]]


def replaced_evidence(book: DeploymentBook) -> list[Evidence]:
    """Deployments that a rollback took away, or that a hotfix without link followed, within H."""
    found: list[Evidence] = []
    for row in book.counted:
        failed = book.predecessor.get(row["deployment_id"])
        if failed is None or not book.is_within_horizon(failed, row["finished_at"]):
            continue
        if row.get("kind") == "rollback":
            found.append(_piece(failed, row, "rollback", TAKEN_AWAY, "rolled back"))
        elif is_unlinked_hotfix(row) and failed.get("kind") != "rollback":
            found.append(_piece(failed, row, "hotfix", UNLINKED_HOTFIX, "hotfix followed"))
    return found


def is_unlinked_hotfix(row: Row) -> bool:
    """Whether it is a hotfix that no incident explains already."""
    return row.get("kind") == "hotfix" and row.get("kind_rule") != "incident"


def _piece(failed: Row, by: Row, kind: str, confidence: float, reason: str) -> Evidence:
    return Evidence(
        deployment_id=str(failed["deployment_id"]),
        evidence_kind=kind,
        evidence_ref=f"deployment:{by['deployment_id']}",
        confidence=confidence,
        reason=reason,
        failed_at=by.get("started_at") or by["finished_at"],
    )


def revert_evidence(
    book: DeploymentBook, changes: Sequence[Row], as_of: datetime | None
) -> list[Evidence]:
    """Deployments whose newly shipped change was reverted within H."""
    found: list[Evidence] = []
    for change in changes:
        reverted, merged_at = change.get("reverts_change_id"), change.get("merged_at")
        if not reverted or merged_at is None or (as_of is not None and merged_at > as_of):
            continue
        found += [
            Evidence(
                deployment_id=str(row["deployment_id"]),
                evidence_kind="revert",
                evidence_ref=f"change:{id_of_change(change)}",
                confidence=TAKEN_AWAY,
                reason=f"`{reverted}` was reverted",
                failed_at=merged_at,
            )
            for row in book.shipping.get(reverted, ())
            if book.is_within_horizon(row, merged_at)
        ]
    return found


def endings_of(book: DeploymentBook, evidence: Iterable[Evidence]) -> Endings:
    """Per failed deployment the rollbacks, hotfixes and flag-offs that could have ended it."""
    found: Endings = {}
    for piece in evidence:
        if not piece.counts or piece.deployment_id not in book.by_id:
            continue
        failed = book.by_id[piece.deployment_id]
        endings = found.setdefault(piece.deployment_id, [])
        following = list(book.successors.get(piece.deployment_id, ()))
        endings += [_ending(row) for row in following if row.get("kind") in ("rollback", "hotfix")]
        if piece.evidence_kind == "revert":
            endings += [_ending(row) for row in _shipped_reverts(book, piece, failed)]
    return found


def _shipped_reverts(book: DeploymentBook, piece: Evidence, failed: Row) -> list[Row]:
    """Deployments that brought the revert to where the reverted change runs."""
    change_id = piece.evidence_ref.removeprefix("change:")
    return [
        row
        for row in book.shipping.get(change_id, ())
        if site_of(row) == site_of(failed) and row["finished_at"] >= failed["finished_at"]
    ]


def _ending(row: Row) -> Ending:
    return Ending(
        deployment_id=str(row["deployment_id"]),
        finished_at=row["finished_at"],
        kind=row.get("kind") or "normal",
        mechanism=row.get("mechanism") or "code",
    )


def by_deployment(evidence: Iterable[Evidence]) -> Mapping[str, list[Evidence]]:
    """Evidence by the deployment that it speaks about."""
    found: dict[str, list[Evidence]] = {}
    for piece in evidence:
        found.setdefault(piece.deployment_id, []).append(piece)
    return found

"""The ladder of failure evidence: what each kind is worth, and how a person's verdict settles it.

Method:     explicit naming 0.99; taken away within H (rollback, revert) 0.95; named in the text of
            an incident 0.8; hotfix within H without link 0.6; else the heuristic's own confidence.
            From 0.5 evidence is accepted, below suspected; a person's verdict is final. Of equal
            keys the stronger rung stays; a person who clears a deployment rejects all the rest.
Inputs:     pieces of evidence about deployments.
Outputs:    one piece per (deployment, kind, reference), in that order.
Complexity: O(n log n).
Source:     delivery.md section 4.9.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

EXPLICIT = 0.99
TAKEN_AWAY = 0.95
NAMED_IN_TEXT = 0.8
UNLINKED_HOTFIX = 0.6
ACCEPTED_FROM = 0.5
VERDICTS = ("confirmed", "rejected")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence that a deployment led to a failure."""

    deployment_id: str
    evidence_kind: str
    evidence_ref: str
    confidence: float
    reason: str
    failed_at: datetime | None
    verdict: str | None = None
    decided_by_id: str | None = None

    @property
    def state(self) -> str:
        if self.verdict is not None:
            return self.verdict
        return "accepted" if self.confidence >= ACCEPTED_FROM else "suspected"

    @property
    def counts(self) -> bool:
        """Whether the deployment counts as failed by it."""
        return self.state in ("accepted", "confirmed")

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.deployment_id, self.evidence_kind, self.evidence_ref)

    @property
    def _strength(self) -> tuple[bool, float, str, str]:
        return (self.verdict is not None, self.confidence, self.verdict or "", self.reason)


def settle_evidence(pieces: Iterable[Evidence]) -> list[Evidence]:
    """The strongest piece of each key, with a person's clearing of a deployment applied to all."""
    kept: dict[tuple[str, str, str], Evidence] = {}
    for piece in pieces:
        other = kept.get(piece.key)
        if other is None or piece._strength > other._strength:
            kept[piece.key] = piece
    cleared = {
        piece.deployment_id: piece
        for piece in kept.values()
        if piece.evidence_kind == "human" and piece.verdict == "rejected"
    }
    return [_cleared(kept[key], cleared.get(key[0])) for key in sorted(kept)]


def _cleared(piece: Evidence, clearing: Evidence | None) -> Evidence:
    """Rejected by the clearing alone: without `decided_by_id`, so that it can be taken back."""
    if clearing is None or piece.verdict is not None:
        return piece
    return replace(
        piece,
        verdict="rejected",
        reason=f"`{clearing.decided_by_id or 'a person'}` cleared the deployment",
    )

"""Tells when a failed deployment was recovered from, and by what.

Method:     the latest end of its accepted incidents, once all of them have ended; else the finish
            of the first later rollback, hotfix or flag-off that ended it; else still failed (null).
Inputs:     ends of the accepted incidents (null while open), and the deployments that ended it.
Outputs:    instant and kind: mitigated, rollback, hotfix or flag_off.
Complexity: O(n).
Source:     delivery.md section 4.11.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """One later deployment that took the failed version away or mended it."""

    deployment_id: str
    finished_at: datetime
    kind: str
    mechanism: str = "code"

    @property
    def recovery_kind(self) -> str:
        if self.mechanism == "flag":
            return "flag_off"
        return "rollback" if self.kind == "rollback" else "hotfix"


@dataclass(frozen=True, slots=True)
class Recovery:
    """When and how; both null while the failure lasts."""

    recovered_at: datetime | None = None
    recovery_kind: str | None = None


def recovery_of(incident_ends: Sequence[datetime | None], endings: Iterable[Ending]) -> Recovery:
    """How one failed deployment was recovered from."""
    ended = [end for end in incident_ends if end is not None]
    if ended and len(ended) == len(incident_ends):
        return Recovery(max(ended), "mitigated")
    first = min(endings, key=lambda item: (item.finished_at, item.deployment_id), default=None)
    if first is not None:
        return Recovery(first.finished_at, first.recovery_kind)
    return Recovery()

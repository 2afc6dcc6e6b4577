"""Folds the status messages of one deployment into one attempt, whatever order they arrive in.

Method:     drop repeats by (source, event_ref); sort by (event_at, sequence, SHA-256 of the
            content); created = least instant; started = first `running`, else created; any
            `success` gives outcome success and finished = first success; else the last terminal
            message. `inactive` and later edits move nothing.
Inputs:     status messages of one (source, deployment_ref), instants in UTC.
Outputs:    one attempt; `finished_at` is null while it runs, and `undated` without any history.
Complexity: O(n log n) in the messages of the attempt.
Source:     delivery.md sections 4.2 and 8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

T = TypeVar("T")

TERMINAL = frozenset({"degraded", "failure", "error", "cancelled", "skipped"})
IN_PROGRESS = frozenset({"queued", "running"})


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """One status message; `is_correction` marks one that supersedes another by a person."""

    source: str | None
    deployment_ref: str
    event_ref: str | None
    event_at: datetime
    state: str
    content_sha256: str
    sequence: int = 0
    is_correction: bool = False
    repo_id: str | None = None
    service_id: str | None = None
    service_ref: str | None = None
    environment: str | None = None
    environment_tier: str | None = None
    region: str | None = None
    kind: str | None = None
    mechanism: str | None = None
    commit_sha: str | None = None
    artifact_digests: tuple[str, ...] = ()
    version_label: str | None = None
    run_ref: str | None = None
    job_ref: str | None = None
    started_by_id: str | None = None
    branch: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to place one version, as its source tells it; nothing is resolved yet."""

    source: str | None
    deployment_ref: str
    outcome: str
    created_at: datetime
    started_at: datetime
    start_basis: str
    finished_at: datetime | None
    finish_basis: str | None
    repo_id: str | None = None
    service_id: str | None = None
    service_ref: str | None = None
    environment: str | None = None
    environment_tier: str | None = None
    region: str | None = None
    stated_kind: str | None = None
    mechanism: str | None = None
    commit_sha: str | None = None
    artifact_digests: tuple[str, ...] = ()
    version_label: str | None = None
    run_ref: str | None = None
    job_ref: str | None = None
    started_by_id: str | None = None
    branch: str | None = None


def fold_attempts(events: Iterable[StatusEvent]) -> list[Attempt]:
    """One attempt per (source, deployment_ref), in the order of these two."""
    found: dict[tuple[str, str], list[StatusEvent]] = {}
    for event in events:
        found.setdefault((event.source or "", event.deployment_ref), []).append(event)
    return [fold_attempt(found[key]) for key in sorted(found)]


def fold_attempt(events: Sequence[StatusEvent]) -> Attempt:
    """The attempt that these messages of one deployment tell of; at least one is needed."""
    ordered = sorted(_without_repeats(events), key=_order)
    outcome, finished_at, finish_basis = _end(ordered)
    created_at = ordered[0].event_at
    running = next((event for event in ordered if event.state == "running"), None)
    digests = _latest(ordered, lambda event: event.artifact_digests or None) or ()
    return Attempt(
        source=ordered[0].source,
        deployment_ref=ordered[0].deployment_ref,
        outcome=outcome,
        created_at=created_at,
        started_at=running.event_at if running else created_at,
        start_basis="running" if running else "created",
        finished_at=finished_at,
        finish_basis=finish_basis,
        repo_id=_latest(ordered, lambda event: event.repo_id),
        service_id=_latest(ordered, lambda event: event.service_id),
        service_ref=_latest(ordered, lambda event: event.service_ref),
        environment=_latest(ordered, lambda event: event.environment),
        environment_tier=_latest(ordered, lambda event: event.environment_tier),
        region=_latest(ordered, lambda event: event.region),
        stated_kind=_latest(ordered, lambda event: event.kind),
        mechanism=_latest(ordered, lambda event: event.mechanism),
        commit_sha=_latest(ordered, lambda event: event.commit_sha),
        artifact_digests=tuple(sorted(digests)),
        version_label=_latest(ordered, lambda event: event.version_label),
        run_ref=_latest(ordered, lambda event: event.run_ref),
        job_ref=_latest(ordered, lambda event: event.job_ref),
        started_by_id=_latest(ordered, lambda event: event.started_by_id),
        branch=_latest(ordered, lambda event: event.branch),
    )


def _order(event: StatusEvent) -> tuple[datetime, int, str]:
    return (event.event_at, event.sequence, event.content_sha256)


def _without_repeats(events: Sequence[StatusEvent]) -> list[StatusEvent]:
    """One message per (source, event_ref); of two contents a correction, else the greater order."""
    kept: dict[tuple[str, str], StatusEvent] = {}
    for event in events:
        key = (event.source or "", event.event_ref or f"sha256:{event.content_sha256}")
        other = kept.get(key)
        if other is None or (event.is_correction, *_order(event)) > (
            other.is_correction,
            *_order(other),
        ):
            kept[key] = event
    return list(kept.values())


def _end(ordered: Sequence[StatusEvent]) -> tuple[str, datetime | None, str | None]:
    """Outcome, instant of the finish and its basis."""
    success = next((event for event in ordered if event.state == "success"), None)
    if success is not None:
        return "success", success.event_at, "success"
    terminal = next((event for event in reversed(ordered) if event.state in TERMINAL), None)
    if terminal is not None:
        return terminal.state, terminal.event_at, "terminal"
    if any(event.state in IN_PROGRESS for event in ordered):
        return "running", None, None
    return "unknown", None, "undated"


def _latest(ordered: Sequence[StatusEvent], value: Callable[[StatusEvent], T | None]) -> T | None:
    """The value of the last message that has one."""
    for event in reversed(ordered):
        found = value(event)
        if found is not None:
            return found
    return None

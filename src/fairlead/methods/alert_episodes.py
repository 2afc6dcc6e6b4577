"""Folds alert messages of one identity into episodes: one continuous problem each.

Method:     sort by (occurred_at, received_at, reference); a fire opens, a resolve settles, a fire
            before `keep_open` has passed continues (one flap more), a later one opens the next. A
            resolve that was received more than `resolve_hold` before its fire is unmatched. Firing
            without a message for `resolve_timeout` ends as `timeout`, with no resolved instant.
            An instant more than 300 s after its receipt is clamped to the receipt.
Inputs:     messages of one (source, alert_identity), instants in UTC; `as_of` or None for all time.
Outputs:    episodes in order of their start.
Complexity: O(n log n).
Source:     incidents.md section 4.2 (I4).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

CLOCK_TOLERANCE = timedelta(seconds=300)
SEVERITIES = ("info", "warning", "error", "critical")
FLAPPING_CHANGES = 6
FLAPPING_WINDOW = timedelta(seconds=3600)


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One message item; `ref` names it within its source."""

    ref: str
    kind: str
    occurred_at: datetime
    received_at: datetime | None = None
    severity: str | None = None
    title: str | None = None
    service_id: str | None = None
    rule_id: str | None = None

    @property
    def at(self) -> datetime:
        """The instant, clamped to the receipt where the source's clock runs ahead."""
        if self.received_at is not None and self.occurred_at > self.received_at + CLOCK_TOLERANCE:
            return self.received_at
        return self.occurred_at

    @property
    def seen_at(self) -> datetime:
        """The latest instant at which this message shows the alert alive."""
        return max(self.at, self.received_at) if self.received_at is not None else self.at


@dataclass(frozen=True, slots=True)
class EpisodeSettings:
    """How long episodes stay open; settings of the source."""

    keep_open: timedelta = timedelta(seconds=300)
    resolve_hold: timedelta = timedelta(seconds=600)
    resolve_timeout: timedelta = timedelta(seconds=86_400)


@dataclass
class Episode:
    """One continuous problem, from firing to stably resolved."""

    opening_ref: str
    started_at: datetime
    last_seen_at: datetime
    run_received_at: datetime | None
    status: str = "firing"
    resolved_at: datetime | None = None
    closes_at: datetime | None = None
    resolution_kind: str | None = None
    acknowledged_at: datetime | None = None
    flap_count: int = 0
    events: list[AlertEvent] = field(default_factory=list)
    changes: list[datetime] = field(default_factory=list)

    @property
    def severity(self) -> str | None:
        """The worst severity seen."""
        seen = [event.severity for event in self.events if event.severity in SEVERITIES]
        return max(seen, key=SEVERITIES.index, default=None)

    @property
    def is_flapping(self) -> bool:
        """Whether six state changes fell within one hour."""
        pairs = zip(self.changes, self.changes[FLAPPING_CHANGES - 1 :], strict=False)
        return any(last - first < FLAPPING_WINDOW for first, last in pairs)

    def first(self, name: str) -> str | None:
        """The first value that any message gives for a field."""
        return next((found for event in self.events if (found := getattr(event, name))), None)


@dataclass(frozen=True)
class Episodes:
    """Episodes of one identity, and messages that belong to none."""

    found: Sequence[Episode]
    unmatched: Sequence[AlertEvent]


def fold_episodes(
    events: Iterable[AlertEvent], settings: EpisodeSettings, as_of: datetime | None
) -> Episodes:
    """Every episode of one identity, whatever order its messages come in."""
    walk = _Walk(settings)
    for event in sorted({event.ref: event for event in _stable(events)}.values(), key=_order):
        walk.take(event)
    walk.finish(as_of)
    return Episodes(walk.found, walk.unmatched)


def _order(event: AlertEvent) -> tuple[datetime, datetime, str]:
    return (event.at, event.received_at or event.at, event.ref)


def _stable(events: Iterable[AlertEvent]) -> list[AlertEvent]:
    """In one order, so that of two contents under one reference always the same is kept."""
    return sorted(events, key=lambda event: (*_order(event), event.kind, event.severity or ""))


class _Walk:
    """The state between messages."""

    def __init__(self, settings: EpisodeSettings) -> None:
        self.settings = settings
        self.found: list[Episode] = []
        self.unmatched: list[AlertEvent] = []
        self.current: Episode | None = None
        self.held: AlertEvent | None = None

    def take(self, event: AlertEvent) -> None:
        self._close_until(event.at)
        if event.kind == "fire":
            self._fire(event)
        elif event.kind == "resolve":
            self._resolve(event)
        else:
            self._remark(event)

    def finish(self, as_of: datetime | None) -> None:
        if as_of is not None:
            self._close_until(as_of)
        elif self.current is not None and self.current.status == "settling":
            self.current.status = "resolved"

    def _close_until(self, instant: datetime) -> None:
        """Close the current episode if its time ended by `instant`."""
        episode = self.current
        if episode is None:
            return
        if episode.status == "settling":
            if episode.closes_at is not None and instant >= episode.closes_at:
                episode.status, self.current = "resolved", None
            return
        times_out_at = episode.last_seen_at + self.settings.resolve_timeout
        if instant >= times_out_at:
            episode.status, episode.resolution_kind = "resolved", "timeout"
            episode.closes_at, self.current = times_out_at, None

    def _fire(self, event: AlertEvent) -> None:
        episode = self.current
        if episode is None:
            episode = Episode(event.ref, event.at, event.seen_at, event.received_at)
            self.current = episode
            self.found.append(episode)
            episode.changes.append(event.at)
        elif episode.status == "settling":
            episode.status, episode.resolved_at, episode.closes_at = "firing", None, None
            episode.resolution_kind = None
            episode.flap_count += 1
            episode.run_received_at = event.received_at
            episode.changes.append(event.at)
        elif event.received_at is not None:
            known = episode.run_received_at or event.received_at
            episode.run_received_at = min(known, event.received_at)
        episode.events.append(event)
        episode.last_seen_at = max(episode.last_seen_at, event.seen_at)
        held, self.held = self.held, None
        if held is not None and event.at <= held.at:
            self.unmatched.remove(held)
            self._resolve(held)

    def _resolve(self, event: AlertEvent) -> None:
        episode = self.current
        if episode is None or self._was_given_up(episode, event):
            self.unmatched.append(event)
            self.held = event
            return
        episode.events.append(event)
        if episode.status == "firing":
            episode.status, episode.resolved_at = "settling", event.at
            episode.closes_at = event.at + self.settings.keep_open
            episode.resolution_kind = "source"
            episode.changes.append(event.at)

    def _was_given_up(self, episode: Episode, resolve: AlertEvent) -> bool:
        """Whether the resolve waited for its fire longer than it is held."""
        if episode.status != "firing" or not (episode.run_received_at and resolve.received_at):
            return False
        return episode.run_received_at - resolve.received_at > self.settings.resolve_hold

    def _remark(self, event: AlertEvent) -> None:
        episode = self.current
        if episode is None:
            self.unmatched.append(event)
            return
        episode.events.append(event)
        if event.kind == "ack" and episode.acknowledged_at is None:
            episode.acknowledged_at = event.at
        if event.kind == "update" and episode.status == "firing":
            episode.last_seen_at = max(episode.last_seen_at, event.seen_at)

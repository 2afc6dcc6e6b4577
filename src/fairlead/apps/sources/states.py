"""The state of each source as pages show it: kept until the lake changes, with live counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db.models import Count, Sum

from fairlead.engine.sources import source_states
from fairlead.kernel.measure import SourceState
from fairlead.kernel.window import load_zone
from fairlead.kernel.wording import ABSENT, duration, minute
from fairlead.ledger.inbox import Delivery, RefusedDelivery
from fairlead.opmodel.kinds.source import Source
from fairlead.web.desk import desk
from fairlead.web.snapshots import Progress, key_of
from fairlead.web.workspace import Workspace


@dataclass(frozen=True)
class SourcesQuestion:
    """How every source stands; the answer is kept like that of a scorecard."""

    shape: ClassVar[Any] = list[SourceState]

    @property
    def key(self) -> str:
        """The question as a digest."""
        return key_of(self)

    def answer(self, workspace: Workspace, progress: Progress) -> list[SourceState]:
        """Last event, lag, gaps and counts of each source, from the lake."""
        progress("reading the sources")
        journal = workspace.journal
        with workspace.session() as session:
            return source_states(
                session,
                workspace.model,
                journal.counts(),
                journal.quarantined_counts(),
                workspace.clock.now(),
            )


@dataclass(frozen=True)
class SourceLine:
    """One source in words; `state` names the shape, `words` say it."""

    source_id: str
    title: str
    connector: str
    state: str
    words: str
    last_event: str
    lag: str
    facts: int | None
    held: int
    received: int
    refused: int
    is_declared: bool
    gaps: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True)
class SourceLines:
    """Every source, silent ones first; `is_fresh` is False while the lake is being read anew."""

    lines: Sequence[SourceLine]
    is_known: bool
    is_fresh: bool


def source_lines() -> SourceLines:
    """The sources that are declared, that ever delivered, or whose payloads are held."""
    workspace = desk().workspace
    snapshot = desk().snapshots.get(SourcesQuestion())
    states = {state.source: state for state in snapshot.card or ()}
    held: Counter[str] = Counter()
    for row in workspace.journal.quarantined_counts():
        held[row["source"]] += row["number"]
    received, refused = deliveries_today(workspace.clock.now())
    declared = workspace.model.all_of(Source)
    names = {*states, *declared, *held, *received}
    lines = [
        _line(workspace, name, declared.get(name), states.get(name), snapshot.card is not None,
              held[name], received[name], refused[name])
        for name in names
    ]  # fmt: skip
    order = {"silent": 0, "no_value": 1, "unknown_quality": 2, "green": 3}
    lines.sort(key=lambda line: (order[line.state], line.source_id))
    return SourceLines(lines, snapshot.card is not None, snapshot.is_fresh)


def deliveries_today(now: datetime) -> tuple[Counter[str], Counter[str]]:
    """Deliveries of each source in the last 24 hours, and those refused on this day (UTC)."""
    since = Delivery.objects.filter(received_at__gt=now - timedelta(hours=24))
    received = since.values_list("source_id").annotate(number=Count("pk")).order_by()
    rows = RefusedDelivery.objects.filter(refused_on=now.date())
    refused = rows.values_list("source_id").annotate(total=Sum("number")).order_by()
    return Counter(dict(received)), Counter(dict(refused))


def _line(
    workspace: Workspace,
    name: str,
    declared: Source | None,
    state: SourceState | None,
    is_known: bool,
    held: int,
    received: int,
    refused: int,
) -> SourceLine:
    zone = load_zone(workspace.model.workspace.time_zone)
    last = state.last_event_at if state else None
    lag = (workspace.clock.now() - last).total_seconds() if last else None
    shape, words = _state_words(state, lag, is_known)
    return SourceLine(
        source_id=name,
        title=(declared.title if declared else None) or name,
        connector=declared.connector if declared else (state.connector if state else ""),
        state=shape,
        words=words,
        last_event=minute(last, zone) if last else ABSENT,
        lag=duration(lag) if lag is not None else ABSENT,
        facts=state.facts_count if state else (0 if is_known else None),
        held=held,
        received=received,
        refused=refused,
        is_declared=declared is not None,
        gaps=[
            (minute(start, zone), minute(end, zone), duration((end - start).total_seconds()))
            for start, end in (state.gaps if state else ())
        ],
    )


def _state_words(state: SourceState | None, lag: float | None, is_known: bool) -> tuple[str, str]:
    if not is_known:
        return "unknown_quality", "being read"
    if state is None or lag is None:
        return "no_value", "nothing yet"
    if state.is_silent:
        return "silent", f"silent for {duration(lag)}"
    return "green", "delivering"

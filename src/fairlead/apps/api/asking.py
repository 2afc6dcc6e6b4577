"""Parameters that many operations share, and the answers of the engine that they ask for."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar

from ninja import Field, Schema

from fairlead.apps.api.problem import ApiProblemError
from fairlead.engine.evaluate import Filter
from fairlead.kernel.measure import Scorecard
from fairlead.kernel.window import Window, parse_period
from fairlead.web.desk import desk
from fairlead.web.paging import DEFAULT_LIMIT, MOST
from fairlead.web.snapshots import Asked, Snapshot

T = TypeVar("T")
PATIENCE_SECONDS, LOOK_EVERY = 10.0, 0.2
Text = Annotated[str | None, Field(None, max_length=200)]


class Period(Schema):
    """A window of time, as known at an instant."""

    period: Text = Field(None, max_length=200, description="Such as 2026-10, 2026-Q3, A..B.")
    as_of: Text = Field(None, max_length=200, description="What was known at this instant.")

    def instant(self) -> datetime | None:
        """The instant of `as_of`; FL4106 for one that cannot be read."""
        return desk().workspace.instant(self.as_of or None)

    def window(self) -> Window:
        """The window up to what is known of it; FL4102 for a period that cannot be read."""
        workspace = desk().workspace
        now = workspace.clock.now()
        zone, usual = workspace.model.workspace.time_zone, workspace.model.workspace.default_period
        return parse_period(self.period or usual, zone, now).until(self.instant() or now)


class Scope(Period):
    """A window, and the team, service or tier that is asked for."""

    team: Text = Field(None, max_length=200, description="Only services of this team.")
    service: Text = Field(None, max_length=200, description="Only this service.")
    tier: Text = Field(None, max_length=200, description="Only services of this tier.")

    def only(self) -> Filter:
        """The filter; FL4105 with a near match for a name that is not declared."""
        return desk().workspace.filter(self.team or None, self.service or None, self.tier or None)

    def asked(self) -> Asked:
        """The question as the pages of the console ask it."""
        return Asked(
            window=self.window(),
            filter=tuple(sorted(self.only().equals.items())),
            as_of=self.instant(),
        )


class Paging(Schema):
    """Where in a list, and how much of it."""

    cursor: str | None = Field(None, max_length=2_000, description="`next` of the page before.")
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MOST, description="At most so many items.")


def snapshot_of(asked: Asked) -> Snapshot[Scorecard]:
    """The answer of the engine, waited for a little; FL7034 where it takes longer."""
    snapshots = desk().snapshots
    end = time.monotonic() + PATIENCE_SECONDS
    found = snapshots.get(asked)
    while not found.is_fresh and time.monotonic() < end:
        time.sleep(LOOK_EVERY)
        found = snapshots.get(asked)
    if found.card is None:
        raise ApiProblemError(
            503,
            "The answer is being worked out",
            f"Ask again in a moment ({found.progress or 'it has begun'}).",
            "FL7034",
            {"Retry-After": "2"},
        )
    return found


_kept: dict[tuple[str, str], object] = {}
KEPT_COUNT = 64


def kept(question: str, work: Callable[[], T]) -> T:
    """What was worked out for a question while lake and model are as they were."""
    key = (desk().snapshots.state(), question)
    if key not in _kept:
        while len(_kept) >= KEPT_COUNT:
            _kept.pop(next(iter(_kept)), None)
        _kept[key] = work()
    return _kept[key]  # type: ignore[return-value]

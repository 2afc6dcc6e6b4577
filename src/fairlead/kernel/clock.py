"""The wall clock, reached through here alone, so that every test and replay can set it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the present instant in UTC, to the microsecond."""

    def now(self) -> datetime: ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still: for tests, replays and the example company."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


SYSTEM_CLOCK = SystemClock()

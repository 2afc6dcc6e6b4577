"""The instants of a build of Jenkins, in epoch milliseconds as Jenkins tells them.

`duration` is 0 while a build runs. A build begins when it leaves the queue, so its creation lies
before it by the time in the queue, where the plug-in metrics tells that; a pipeline waits again
for its first executor. Time in which it waited for a person's input is blocked time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fairlead.connectors.contract import MappingError
from fairlead.connectors.reading import not_future, seconds_between, to_instant


@dataclass(frozen=True, slots=True)
class Times:
    """The instants of a build, and its queue and blocked time where they are known."""

    created_at: datetime
    started_at: datetime
    finished_at: datetime | None
    queue_seconds: int | None
    blocked_seconds: int | None

    @property
    def duration_seconds(self) -> int | None:
        """Running time without blocked time; None while the build runs."""
        span = seconds_between(self.started_at, self.finished_at)
        return None if span is None else max(0, span - (self.blocked_seconds or 0))


def times_of(
    build: Mapping[str, Any],
    stages: Mapping[str, Any],
    *,
    is_finished: bool,
    received_at: datetime,
) -> Times:
    """The times of a build and, where it is described, of its stages."""
    began_at = to_instant(whole(build, "timestamp"), "$.timestamp")
    not_future(began_at, received_at, "$.timestamp")
    before = next(
        (item["queuingDurationMillis"] for item in build.get("actions") or () if _is_queue(item)),
        None,
    )
    within = stages.get("queueDurationMillis")
    created_at = began_at - timedelta(milliseconds=before or 0)
    started_at = began_at + timedelta(milliseconds=within or 0)
    finished_at = None
    if is_finished:
        finished_at = began_at + timedelta(milliseconds=whole(build, "duration"))
        not_future(finished_at, received_at, "$.duration")
        started_at = min(started_at, finished_at)
    is_queue_known = before is not None or within is not None
    pause = stages.get("pauseDurationMillis")
    return Times(
        created_at,
        started_at,
        finished_at,
        seconds_between(created_at, started_at) if is_queue_known else None,
        None if pause is None else int(pause) // 1000,
    )


def _is_queue(action: object) -> bool:
    return isinstance(action, Mapping) and isinstance(action.get("queuingDurationMillis"), int)


def whole(build: Mapping[str, Any], name: str) -> int:
    """A whole number of a build; FL3102 when it is absent or something else."""
    found = build.get(name)
    if not isinstance(found, int) or isinstance(found, bool):
        raise MappingError("FL3102", f"$.{name}", f"`{found!r}` is no whole number")
    return found

"""One measured figure: ours, the named alternative of the same run, and how our cost grows."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Figure:
    """Seconds of our work and of the alternative; `growth` is time(2n)/time(n) of ours.

    `alternative` says what it is, and whether it was sampled and scaled. `target` is what the
    definition of the work asks for, in words; `is_met` whether this run met it.
    """

    work: str
    seconds: float
    alternative: str
    alternative_seconds: float | None
    target: str
    is_met: bool
    growth: float | None = None
    peak_mebibytes: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Our time as a share of the alternative's."""
        if not self.alternative_seconds:
            return None
        return self.seconds / self.alternative_seconds


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds of one call, and what it gave."""
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def best_of(count: int, work: Callable[[], object]) -> float:
    """The least seconds of several calls."""
    return min(timed(work)[0] for _ in range(count))


def peak_mebibytes() -> float:
    """Peak memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

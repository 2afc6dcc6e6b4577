"""One measured figure: ours, the named alternative of the same run, and how our cost grows."""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Figure:
    """Seconds of our work and of the alternative; `growth` is time(2n)/time(n) of ours.

    `alternative` says what it is, and whether it was sampled and scaled. `target` is what the
    definition of the work asks for, in words, and empty where it asks for nothing; `is_met` says
    whether this run met it.
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

    @property
    def verdict(self) -> str:
        """`met`, `NOT met`, or a dash where nothing is asked for."""
        if not self.target:
            return "-"
        return "met" if self.is_met else "NOT met"


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds of one call, and what it gave."""
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def best_of(count: int, work: Callable[[], object]) -> float:
    """The least seconds of several calls: other work on the machine only adds to them."""
    return min(timed(work)[0] for _ in range(count))


def peak_mebibytes() -> float:
    """Peak memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def apart(work: Callable[..., T], *arguments: Any) -> T:
    """What `work` gives in a fresh process: cold, and with a peak memory of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(work, *arguments).result()


def sized(count: int, scale: float, least: int = 1) -> int:
    """A size at a scale."""
    return max(least, round(count * scale))


def seconds_text(seconds: float) -> str:
    """Seconds for people: milliseconds below one second."""
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    return f"{seconds:.2f} s" if seconds < 100 else f"{seconds:,.0f} s"


def ratio_text(ratio: float) -> str:
    """A ratio to two digits or more."""
    return f"{ratio:.2g}" if ratio < 1 else f"{ratio:.2f}" if ratio < 100 else f"{ratio:,.0f}"


def show(figures: Sequence[Figure]) -> int:
    """Print figures, one block each; 1 when a target is missed."""
    for figure in figures:
        print(figure.work)
        print(f"  ours         {seconds_text(figure.seconds)}")
        if figure.alternative_seconds is not None and figure.ratio is not None:
            print(
                f"  alternative  {seconds_text(figure.alternative_seconds)}: {figure.alternative}"
            )
            print(f"  ratio        {ratio_text(figure.ratio)}")
        if figure.target:
            print(f"  target       {figure.target}: {figure.verdict}")
        if figure.growth is not None:
            print(f"  growth       time(2n)/time(n) {figure.growth:.2f}")
        if figure.peak_mebibytes is not None:
            print(f"  peak memory  {figure.peak_mebibytes:,.0f} MiB")
        if figure.note:
            print(f"  note         {figure.note}")
    sys.stdout.flush()
    return int(any(figure.target and not figure.is_met for figure in figures))


def run_alone(measure: Callable[[float], Sequence[Figure]]) -> int:
    """Measure and print, at the scale that the command line names (1 by default)."""
    return show(measure(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0))

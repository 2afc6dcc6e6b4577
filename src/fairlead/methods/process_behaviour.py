"""Process-behaviour charts (XmR): which points of a series are changes and which are noise.

Formula: centre = mean x of the calm stretch; limits = centre +/- 2.66 * mean moving range. A point
outside the limits, or eight in a row on one side of the centre, is a signal.
Source: Wheeler, Understanding Variation; the eight-point rule of Western Electric. O(n).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

MINIMUM_POINTS = 8
RUN_LENGTH = 8
SCALE = 2.66

Verdict = Literal["stable", "up", "down", "too_few"]


@dataclass(frozen=True)
class Behaviour:
    """Centre, limits, the signal flag of each point (null points are never signals), a verdict.

    The verdict is about the latest stretch: `up` or `down` when its last points are signals.
    """

    centre: float | None
    lower: float | None
    upper: float | None
    signals: tuple[bool, ...]
    verdict: Verdict


def behaviour(values: Sequence[float | None], *, floor: float | None = None) -> Behaviour:
    """The behaviour of successive values; `floor` clips the lower limit (0 for counts, shares).

    Limits come from the first half of the series (at least 8 points), so that a change in the
    second half is judged against what was normal before it.
    """
    known = [(index, value) for index, value in enumerate(values) if value is not None]
    if len(known) < MINIMUM_POINTS:
        return Behaviour(None, None, None, tuple(False for _ in values), "too_few")
    basis = [value for _, value in known[: max(MINIMUM_POINTS, len(known) // 2)]]
    centre = sum(basis) / len(basis)
    ranges = [abs(b - a) for a, b in pairwise(basis)]
    reach = SCALE * sum(ranges) / len(ranges)
    lower, upper = centre - reach, centre + reach
    if floor is not None:
        lower = max(floor, lower)
    sides = [_side(value, centre) for _, value in known]
    runs = _runs(sides)
    signals = [False] * len(values)
    for place, (index, value) in enumerate(known):
        signals[index] = value > upper or value < lower or runs[place]
    last = len(known) - 1
    recent = [place for place in range(max(0, last - 2), last + 1) if signals[known[place][0]]]
    verdict: Verdict = "stable"
    if recent:
        verdict = "up" if sides[recent[-1]] > 0 else "down"
    return Behaviour(centre, lower, upper, tuple(signals), verdict)


def _side(value: float, centre: float) -> int:
    return (value > centre) - (value < centre)


def _runs(sides: Sequence[int]) -> list[bool]:
    """Whether each point belongs to a run of eight or more on one side."""
    flags = [False] * len(sides)
    start = 0
    for index in range(1, len(sides) + 1):
        if index == len(sides) or sides[index] != sides[start]:
            if index - start >= RUN_LENGTH and sides[start] != 0:
                flags[start:index] = [True] * (index - start)
            start = index
    return flags

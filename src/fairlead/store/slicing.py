"""SQL that tells how many of some instants lie at or before a timestamp, by bisection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime


def slice_sql(
    column: str, boundaries: Sequence[datetime], literal: Callable[[datetime], str]
) -> str:
    """The number of sorted `boundaries` at or before `column`, as nested CASE; null for null."""

    def between(low: int, high: int) -> str:
        if low == high:
            return str(low)
        middle = (low + high) // 2
        return (
            f"CASE WHEN {column} < {literal(boundaries[middle])} "
            f"THEN {between(low, middle)} ELSE {between(middle + 1, high)} END"
        )

    return f"CASE WHEN {column} IS NOT NULL THEN {between(0, len(boundaries))} END"

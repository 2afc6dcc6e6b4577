"""Half-open intervals of instants: union, holes, and whether they cover a window. O(n log n)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]


def union(spans: Iterable[Span]) -> list[Span]:
    """The union of spans as disjoint spans in order; spans that touch become one."""
    joined: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def covers(spans: Sequence[Span], start: datetime, end: datetime) -> bool:
    """Whether one of the disjoint spans holds the whole of [start, end)."""
    return any(begin <= start and end <= stop for begin, stop in spans)


def holes(spans: Sequence[Span], start: datetime, end: datetime) -> list[Span]:
    """The parts of [start, end) that no span covers."""
    found: list[Span] = []
    at = start
    for begin, stop in union(spans):
        if stop <= at or begin >= end:
            continue
        if begin > at:
            found.append((at, min(begin, end)))
        at = max(at, stop)
    if at < end:
        found.append((at, end))
    return found


def length(spans: Iterable[Span]) -> timedelta:
    """The length of the union of spans."""
    return sum((end - start for start, end in union(spans)), timedelta())

"""Small drawings of pages as plain figures: dependencies as a graph, events on a timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from fairlead.kernel.window import Window

WIDTH, NODE_WIDTH, NODE_HEIGHT, ROW = 760, 190, 30, 40
MOST_NODES = 12
NAME_LENGTH = 25
BAR_TOP, BAR_HEIGHT, LANE_TOP, LANE_HEIGHT, LANES = 14, 90, 122, 12, 5


@dataclass(frozen=True)
class Node:
    """One box of a graph: where its top left corner lies, its name and its page."""

    x: int
    y: int
    name: str
    full_name: str
    path: str
    is_here: bool = False


@dataclass(frozen=True)
class Graph:
    """What leads to something and what it leads to, laid out from left to right."""

    height: int
    nodes: Sequence[Node]
    edges: Sequence[str]
    hidden: int
    width: int = WIDTH


def graph(
    here: str, before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]]
) -> Graph | None:
    """The graph of names and pages before and after one; None when it stands alone."""
    if not before and not after:
        return None
    left, right = before[:MOST_NODES], after[:MOST_NODES]
    rows = max(len(left), len(right), 1)
    height = rows * ROW + 10
    middle = (height - NODE_HEIGHT) // 2
    centre = Node((WIDTH - NODE_WIDTH) // 2, middle, _short(here), here, "", is_here=True)
    nodes, edges = [centre], []
    for side, x in ((left, 2), (right, WIDTH - NODE_WIDTH - 2)):
        top = (height - len(side) * ROW) // 2 + 5
        for place, (name, path) in enumerate(side):
            node = Node(x, top + place * ROW, _short(name), name, path)
            nodes.append(node)
            edges.append(_edge(node, centre) if side is left else _edge(centre, node))
    hidden = len(before) + len(after) - len(left) - len(right)
    return Graph(height, nodes, edges, hidden)


def _short(name: str) -> str:
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1] + "…"


def _edge(start: Node, end: Node) -> str:
    x1, y1 = start.x + NODE_WIDTH, start.y + NODE_HEIGHT // 2
    x2, y2 = end.x - 7, end.y + NODE_HEIGHT // 2
    bend = (x1 + x2) // 2
    return f"M{x1} {y1}C{bend} {y1} {bend} {y2} {x2} {y2}"


@dataclass(frozen=True)
class Bar:
    """The deployments of one day: the heights of both parts, with the same in words."""

    x: float
    good_y: float
    good_height: float
    failed_y: float
    failed_height: float
    words: str


@dataclass(frozen=True)
class Stretch:
    """One incident in its lane."""

    x: float
    y: float
    width: float
    words: str


@dataclass(frozen=True)
class Timeline:
    """Deployments by day above, incidents below, on one axis."""

    bars: Sequence[Bar]
    stretches: Sequence[Stretch]
    ticks: Sequence[tuple[float, str]]
    most: int
    bar_width: float
    height: int
    width: int = WIDTH
    base: int = BAR_TOP + BAR_HEIGHT


def timeline(
    window: Window,
    days: Sequence[tuple[str, int, int]],
    incidents: Sequence[tuple[datetime, datetime | None, str]],
    now: datetime,
) -> Timeline:
    """The timeline of days (ISO day, good, failed) and incidents (start, end, words)."""
    step = WIDTH / max(1, len(days))
    most = max((good + failed for _, good, failed in days), default=0)
    unit = BAR_HEIGHT / max(1, most)
    base = BAR_TOP + BAR_HEIGHT
    bars = [
        Bar(
            x=round(place * step, 1),
            good_y=round(base - good * unit, 1),
            good_height=round(good * unit, 1),
            failed_y=round(base - (good + failed) * unit, 1),
            failed_height=round(failed * unit, 1),
            words=f"{_day(day)}: {good + failed} deployments, {failed} failed",
        )
        for place, (day, good, failed) in enumerate(days)
        if good or failed
    ]
    months = [
        (round(place * step, 1), _day(day))
        for place, (day, _, _) in enumerate(days)
        if date.fromisoformat(day).weekday() == 0 and place % 14 < 7 and place < len(days) - 5
    ]
    height = LANE_TOP + LANES * LANE_HEIGHT + 20
    stretches = _stretches(window, incidents, now)
    return Timeline(bars, stretches, months, most, round(step * 0.8, 1), height)


def _stretches(
    window: Window, incidents: Sequence[tuple[datetime, datetime | None, str]], now: datetime
) -> list[Stretch]:
    """Incidents in lanes, so that two at one time stand under one another where there is room."""
    whole = (window.end - window.start).total_seconds()
    free = [float("-inf")] * LANES
    found = []
    for start, end, words in sorted(incidents, key=lambda item: item[0]):
        x = (start - window.start).total_seconds() / whole * WIDTH
        stop = ((end or now) - window.start).total_seconds() / whole * WIDTH
        width = max(4.0, min(stop, WIDTH) - x)
        lane = min(
            range(LANES),
            key=lambda place: (free[place] > x, free[place] if free[place] > x else place),
        )
        free[lane] = x + width + 1
        y = LANE_TOP + lane * LANE_HEIGHT
        found.append(Stretch(round(x, 1), y, round(width, 1), words))
    return found


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.day} {day:%b}"

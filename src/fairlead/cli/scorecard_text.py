"""The scorecard for a terminal and as Markdown."""

from __future__ import annotations

from typing import Any

from fairlead.kernel.measure import KpiCard, Scorecard
from fairlead.kernel.wording import (
    ABSENT,
    amount,
    interval,
    status_words,
    target_words,
    window_words,
    words,
)

COLOURS = {"green": "green", "amber": "yellow", "red": "red", "unproven": "yellow",
           "unknown_quality": "magenta"}  # fmt: skip
COLUMNS = ("id", "KPI", "value", "95 % interval", "target", "status", "trend", "n", "data")
STATUS = COLUMNS.index("status")
FLEXIBLE = ("KPI", "target")
# The width of the terminal from which on each column is shown.
LEAST_WIDTHS = (0, 0, 0, 140, 0, 0, 90, 0, 0)


def table(card: Scorecard, width: int) -> Any:
    """The scorecard as rich tables: the lines with a number, then what is not connected.

    In a narrow terminal intervals, then trends are left out: `fairlead kpi show` gives them.
    """
    from rich.console import Group
    from rich.text import Text

    scope = ", ".join(f"{k.removesuffix('_id')} {v}" for k, v in card.scope.items())
    parts = [card.title, scope, window_words(card.window)]
    shown: list[Any] = [Text(" · ".join(part for part in parts if part)), _numbers(card, width)]
    if any(line.measure is None for line in card.cards):
        shown += [Text("\nNot connected"), _not_connected(card)]
    return Group(*shown)


def _numbers(card: Scorecard, width: int) -> Any:
    from rich.table import Table
    from rich.text import Text

    kept = [n for n, least in enumerate(LEAST_WIDTHS) if width >= least]
    shown = Table(box=None, pad_edge=False)
    for number in kept:
        column = COLUMNS[number]
        right = column in ("value", "n")
        shown.add_column(
            column, justify="right" if right else "left", no_wrap=column not in FLEXIBLE
        )
    for line in card.cards:
        for entry in (line, *line.companions):
            if line.measure is None or entry.measure is None:
                continue
            row: list[Any] = list(_cells(entry))
            row[STATUS] = Text(row[STATUS], style=COLOURS.get(entry.measure.status, "dim"))
            if entry is not line:
                row[1] = Text(f"  {row[1]}", style="dim")
            shown.add_row(*(row[number] for number in kept))
    return shown


def _not_connected(card: Scorecard) -> Any:
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, show_header=False)
    for line in card.cards:
        if line.measure is None:
            shown.add_row(
                line.requirement_id or "", line.name, f"connect {', '.join(line.connect[:3])}"
            )
    return shown


def _cells(entry: KpiCard) -> tuple[str, ...]:
    measure = entry.measure
    if measure is None:
        return (entry.requirement_id or "", entry.name, ABSENT, "", "", "", "", "", "")
    value = amount(measure.value, entry.unit)
    if measure.value is None and measure.reason:
        value = words(measure.reason)
    return (
        entry.requirement_id or "",
        entry.name,
        value,
        interval(measure, entry.unit),
        target_words(measure.target, entry.unit, entry.direction),
        status_words(measure),
        words(entry.trend.verdict) if entry.trend else "",
        f"{measure.n:,}",
        (measure.quality.grade or "") if measure.quality else "",
    )


def markdown(card: Scorecard) -> str:
    """The scorecard as one Markdown table."""
    lines = [f"# {card.title}: {window_words(card.window)}", ""]
    lines += [f"As of {card.as_of:%Y-%m-%d %H:%M} UTC.", ""]
    lines.append("| " + " | ".join(COLUMNS) + " |")
    lines.append("|" + " --- |" * len(COLUMNS))
    for line in card.cards:
        if line.measure is None:
            hint = f"not connected: {', '.join(line.connect)}"
            lines.append(f"| {line.requirement_id} | {line.name} | {ABSENT} | {hint} | | | | | |")
            continue
        for entry in (line, *line.companions):
            lines.append("| " + " | ".join(cell.replace("|", "/") for cell in _cells(entry)) + " |")
    return "\n".join(lines) + "\n"

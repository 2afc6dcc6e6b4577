"""The scorecard for a terminal and as Markdown."""

from __future__ import annotations

from typing import Any

from fairlead.kernel.measure import KpiCard, Scorecard
from fairlead.kernel.wording import ABSENT, amount, interval, target_words, words

MARKS = {
    "green": "on target", "amber": "near target", "red": "off target", "unproven": "unproven",
    "unknown_quality": "unknown quality", "no_target": "no target", "no_value": "no value",
}  # fmt: skip
COLOURS = {"green": "green", "amber": "yellow", "red": "red", "unproven": "yellow",
           "unknown_quality": "magenta"}  # fmt: skip
COLUMNS = ("id", "KPI", "value", "95 % interval", "target", "status", "trend", "n", "data")


def table(card: Scorecard) -> Any:
    """The scorecard as a rich table, grouped, with what is not connected at the end."""
    from rich.table import Table
    from rich.text import Text

    zone = card.window.zone
    start, end = card.window.start.astimezone(zone), card.window.end.astimezone(zone)
    scope = ", ".join(f"{k.removesuffix('_id')} {v}" for k, v in card.scope.items())
    title = f"{card.title}{' · ' + scope if scope else ''} · {start:%d %b %Y} to {end:%d %b %Y}"
    shown = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in COLUMNS:
        shown.add_column(column, justify="right" if column in ("value", "n") else "left")
    for line in card.cards:
        if line.measure is None:
            continue
        for entry in (line, *line.companions):
            if entry.measure is None:
                continue
            cells = _cells(entry)
            status = entry.measure.status
            row: list[Any] = list(cells)
            row[5] = Text(cells[5], style=COLOURS.get(status, "dim"))
            if entry is not line:
                row[1] = Text(f"  {cells[1]}", style="dim")
            shown.add_row(*row)
    for line in card.cards:
        if line.measure is None:
            shown.add_row(
                line.requirement_id or "", Text(line.name, style="dim"), ABSENT,
                Text(f"connect {', '.join(line.connect[:3])}", style="dim"),
            )  # fmt: skip
    return shown


def _cells(entry: KpiCard) -> tuple[str, ...]:
    measure = entry.measure
    if measure is None:
        return (entry.requirement_id or "", entry.name, ABSENT, "", "", "", "", "", "")
    value = amount(measure.value, entry.unit)
    if measure.value is None and measure.reason:
        value = words(measure.reason)
    status = MARKS[measure.status]
    if measure.status == "green" and measure.is_target_proven is False:
        status += ", not proven"
    grade = (measure.quality.grade or "") if measure.quality else ""
    verdict = entry.trend.verdict if entry.trend else ""
    return (
        entry.requirement_id or "",
        entry.name,
        value,
        interval(measure, entry.unit),
        target_words(measure.target, entry.unit, entry.direction),
        status,
        words(verdict),
        str(measure.n),
        grade,
    )


def markdown(card: Scorecard) -> str:
    """The scorecard as one Markdown table."""
    lines = [f"# {card.title}", "", f"As of {card.as_of:%Y-%m-%d %H:%M} UTC.", ""]
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

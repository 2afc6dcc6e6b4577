"""The questions of the `kpi` commands, asked with the options of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from fairlead.cli.context import Context
from fairlead.web.kpi_answers import (
    KpiQuestion,
    Series,
    comparison,
    explanation,
    listing,
    measures_of,
    record_rows,
    rows_of,
    series_of,
    trend_rows,
)

__all__ = [
    "KpiQuestion",
    "Series",
    "comparison",
    "explanation",
    "explanation_text",
    "listing",
    "measures_of",
    "question_of",
    "record_rows",
    "rows_of",
    "series_of",
    "trend_rows",
]


def question_of(
    context: Context,
    kpi_id: str,
    definition: str,
    settings: Sequence[str],
    *,
    by: str = "",
    step: str = "week",
    period: str | None = None,
    as_of: str | None = None,
    team: str | None = None,
    service: str | None = None,
    tier: str | None = None,
) -> KpiQuestion:
    """The question that the options of a command come to."""
    instant = context.instant(as_of)
    return KpiQuestion.of(
        context,
        kpi_id,
        definition,
        settings,
        window=context.window(period, instant),
        as_of=instant,
        only=context.filter(team, service, tier),
        by=by,
        step=step,
    )


def explanation_text(found: dict[str, Any], width: int) -> str:
    """An explanation for people, its lines not longer than `width`."""
    lines = [f"{found['name']} (`{found['kpi']}`)", "", *wrap(found["summary"], width), ""]
    for label, text in found["labels"].items():
        lines += _entry(f"{label}:", text, width)
    if found.get("settings"):
        pairs = ", ".join(f"{name}={value}" for name, value in found["settings"].items())
        lines += _entry("Settings:", pairs, width)
    if found["definitions"]:
        lines += ["", "The same facts by the rules of other tools (--definition):"]
        for tool, summary in found["definitions"].items():
            lines += _entry(f"  {tool}:", summary, width, column=14)
    return "\n".join(lines)


def _entry(label: str, text: str, width: int, column: int = 10) -> list[str]:
    indent = " " * max(column, len(label) + 1)
    return wrap(text, width, initial_indent=f"{label:<{len(indent)}}", subsequent_indent=indent)

"""Makes a scorecard in a workspace and renders it: shared by `scorecard` and `demo`."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from typing import Any

from fairlead.cli.context import Context
from fairlead.cli.output import console, plain, progress_bar, rendered, rows_as_csv
from fairlead.engine.evaluate import Filter
from fairlead.engine.scorecard import Question, ScorecardReader
from fairlead.kernel.measure import KpiCard, Scorecard
from fairlead.kernel.window import Step, Window
from fairlead.packs.scorecard import SCORECARD

SHORT_WINDOW_DAYS = 120


def make_scorecard(
    context: Context,
    window: Window,
    as_of: datetime | None,
    only: Filter,
    step: str | None = None,
    *,
    records_limit: int = 0,
) -> Scorecard:
    """The scorecard of a window as known at an instant (now by default), with progress."""
    from fairlead.engine.sources import source_states

    chosen: Step = "month" if window.days > SHORT_WINDOW_DAYS else "week"
    if step in ("week", "month"):
        chosen = step  # type: ignore[assignment]
    now = as_of or context.clock.now()
    question = Question(window=window, as_of=now, only=only, step=chosen,
                        records_limit=records_limit)  # fmt: skip
    with context.session(as_of) as session, progress_bar() as progress:
        task = progress.add_task("computing the scorecard", total=len(SCORECARD))

        def step_done(name: str) -> None:
            progress.update(task, description=name, advance=1)

        reader = ScorecardReader(session, context.model, context.clock)
        card = reader.scorecard(question, step_done)
        states = source_states(session, context.model, context.journal.counts(),
                               context.journal.quarantined_counts(), now)  # fmt: skip
    return dataclasses.replace(card, sources=states)


def render_scorecard(card: Scorecard, output_format: str, context: Context | None) -> str:
    """The scorecard as table, JSON, CSV, Markdown or, with its workspace, one HTML page."""
    if output_format == "json":
        content = plain(dataclasses.asdict(card))
        return json.dumps(content, indent=2, ensure_ascii=False, default=str, allow_nan=False)
    if output_format == "csv":
        return rows_as_csv([row_of(line) for line in lines_of(card)])
    if output_format == "html" and context is not None:
        from fairlead.web.scorecard_page import scorecard_page

        return scorecard_page(card, context.model)
    from fairlead.cli.scorecard_text import markdown, table

    if output_format == "md":
        return markdown(card)
    return rendered(table(card, console().width))


def lines_of(card: Scorecard) -> list[KpiCard]:
    """Every line with its companions, in order."""
    return [entry for line in card.cards for entry in (line, *line.companions)]


def row_of(card: KpiCard) -> dict[str, Any]:
    """One line as flat columns, for CSV and other tools."""
    measure = card.measure
    return {
        "id": card.requirement_id,
        "kpi": card.kpi_id,
        "name": card.name,
        "group": card.group,
        "unit": card.unit,
        "value": measure.value if measure else None,
        "reason": card.missing_reason,
        "numerator": measure.numerator if measure else None,
        "denominator": measure.denominator if measure else None,
        "n": measure.n if measure else None,
        "low": measure.low if measure else None,
        "high": measure.high if measure else None,
        "target": measure.target.value if measure and measure.target else None,
        "status": measure.status if measure else "no_value",
        "baseline_value": measure.baseline_value if measure else None,
        "trend": card.trend.verdict if card.trend else None,
        "quality_ratio": measure.quality.ratio if measure and measure.quality else None,
        "quality_grade": measure.quality.grade if measure and measure.quality else None,
        "excluded": sum(measure.excluded.values()) if measure else None,
        "connect": " ".join(card.connect),
    }

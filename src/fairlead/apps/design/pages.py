"""Shows each component with the values that pages use, so that a change is seen in one place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.http import HttpRequest, HttpResponse

from fairlead.kernel.measure import Target, Trend, TrendPoint
from fairlead.kernel.window import Window
from fairlead.kernel.wording import STATUS_WORDS
from fairlead.methods.process_behaviour import behaviour
from fairlead.reports.tables import Table, columns
from fairlead.web.charts import Chart, TrendSubject, trend_chart
from fairlead.web.console import render

COLOURS = ("ink", "muted", "accent", "good", "near", "bad", "unsure", "neutral", "signal", "target")
SIZES = ("text-s", "text-m", "text-l", "text-xl", "text-xxl")
GAPS = ("gap-xs", "gap-s", "gap-m", "gap-l", "gap-xl")
EXAMPLE = (8.0, 9.0, 7.5, 8.5, 8.0, 9.5, 8.0, 7.0, 8.5, 4.0, 3.5, 3.0)
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


def design(request: HttpRequest) -> HttpResponse:
    """The page of components; its figures are examples and say so."""
    return render(
        request,
        "design.html",
        title="Components",
        colours=COLOURS,
        sizes=SIZES,
        gaps=GAPS,
        statuses=[{"name": name, "words": words} for name, words in STATUS_WORDS.items()],
        chart=_chart(),
        table=_table(),
    )


def _chart() -> Chart | None:
    weeks = [
        Window(MONDAY + timedelta(weeks=n), MONDAY + timedelta(weeks=n + 1)) for n in range(12)
    ]
    found = behaviour(list(EXAMPLE), floor=0.0)
    points = [
        TrendPoint(week, value, 10, None, is_signal)
        for week, value, is_signal in zip(weeks, EXAMPLE, found.signals, strict=True)
    ]
    trend = Trend(
        kpi_id="example",
        step="week",
        points=points,
        centre=found.centre,
        lower_limit=found.lower,
        upper_limit=found.upper,
        verdict=found.verdict,
        direction_is_good=True,
        explanation="an example",
    )
    subject = TrendSubject("Example", "seconds", "down", Target(value=6.0), weeks[-1])
    return trend_chart("design-chart", trend, subject)


def _table() -> Table:
    rows = [("Payments", "62", "within its target"), ("Search", "none", "`no_runs` in the period")]
    return Table("A table of examples", columns("name", "#counted", "why"), rows, is_marked=True)

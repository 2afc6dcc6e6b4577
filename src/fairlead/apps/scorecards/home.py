"""Home: every KPI in its group, what needs attention first, what changed, what to connect."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from django.http import HttpRequest, HttpResponse

from fairlead.engine.targets import status_of
from fairlead.kernel.measure import Measure, Status
from fairlead.kernel.window import parse_period
from fairlead.kernel.wording import window_words
from fairlead.reports.changes import changes_of
from fairlead.reports.scorecard import scorecard_report
from fairlead.web.console import render
from fairlead.web.desk import desk
from fairlead.web.kpi_charts import spark_of
from fairlead.web.kpi_definitions import definitions
from fairlead.web.questions import filters_of, query_with, question_of
from fairlead.web.snapshots import Asked


def home(request: HttpRequest) -> HttpResponse:
    """The scorecard of the asked period and filter, or how far its making has come."""
    asked = question_of(request)
    snapshot = desk().snapshots.get(asked)
    if snapshot.card is None:
        return render(
            request, "waiting.html", title="Scorecard", progress=snapshot.progress, status=200
        )
    card, model = snapshot.card, desk().workspace.model
    ids = [line.kpi_id for line in card.cards]
    report = scorecard_report(card, model, definitions(ids), has_parts=False)
    sparks = {
        section.anchor: spark_of(section) for group in report.groups for section in group.sections
    }
    week = week_question(asked)
    latest = desk().snapshots.get(week)
    changes = None
    if latest.card is not None:
        changes = changes_of(latest.card.cards, model, _judge)
    return render(
        request,
        "home.html",
        title=report.title,
        report=report,
        charts=sparks,
        is_fresh=snapshot.is_fresh,
        is_console=True,
        changes=changes,
        week=window_words(week.window),
        filters=filters_of(request),
        link=partial(query_with, request),
    )


def week_question(asked: Asked) -> Asked:
    """The last complete week before the instant that is asked about, by team."""
    now = asked.as_of or desk().workspace.clock.now()
    window = parse_period("last-week", asked.window.zone_name, now)
    return replace(asked, window=window, parts=("team",), companions=False)


def _judge(measure: Measure, direction: str) -> Status:
    return status_of(measure, measure.target, direction)

"""Home: every KPI in its group, what needs attention first, and what to connect."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from fairlead.reports.scorecard import scorecard_report
from fairlead.web.console import render
from fairlead.web.desk import desk
from fairlead.web.kpi_charts import spark_of
from fairlead.web.kpi_definitions import definitions
from fairlead.web.questions import question_of


def home(request: HttpRequest) -> HttpResponse:
    """The scorecard of the asked period and filter, or how far its making has come."""
    asked = question_of(request)
    snapshot = desk().snapshots.get(asked)
    if snapshot.card is None:
        return render(
            request, "waiting.html", title="Scorecard", progress=snapshot.progress, status=200
        )
    card, model = snapshot.card, desk().workspace.model
    ids = [entry.kpi_id for line in card.cards for entry in (line, *line.companions)]
    report = scorecard_report(card, model, definitions(ids))
    sparks = {
        section.anchor: spark_of(section) for group in report.groups for section in group.sections
    }
    return render(
        request,
        "home.html",
        title=report.title,
        report=report,
        charts=sparks,
        is_fresh=snapshot.is_fresh,
        is_console=True,
    )

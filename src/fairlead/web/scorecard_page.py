"""The scorecard as one self-contained HTML file: no script, nothing loaded from anywhere.

The file carries a content security policy that forbids scripts and any request, so that no name
from a tool can do more than be read.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from fairlead.kernel.measure import Scorecard
from fairlead.opmodel.model import Model
from fairlead.reports.scorecard import ScorecardReport, scorecard_report
from fairlead.web.kpi_charts import KpiCharts, kpi_charts
from fairlead.web.kpi_definitions import definitions
from fairlead.web.pages import render_page

STYLES = ("tokens", "page", "components", "tables", "scorecard", "charts", "print")


def scorecard_page(card: Scorecard, model: Model) -> str:
    """The HTML of a scorecard, complete without JavaScript and without a network."""
    ids = [entry.kpi_id for line in card.cards for entry in (line, *line.companions)]
    report = scorecard_report(card, model, definitions(ids))
    return render_page(
        "scorecard.html", STYLES, report=report, charts=_charts(report), version=_version()
    )


def _charts(report: ScorecardReport) -> dict[str, KpiCharts]:
    """The charts of every section and companion, by the anchor of its section."""
    found = {}
    for group in report.groups:
        for section in group.sections:
            found[section.anchor] = kpi_charts(section)
            for companion in section.companions:
                found[companion.anchor] = kpi_charts(companion, is_companion=True)
    return found


def _version() -> str:
    try:
        return version("fairlead")
    except PackageNotFoundError:  # pragma: no cover - running from a bare tree
        return "unreleased"

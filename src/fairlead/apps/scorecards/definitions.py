"""What each KPI means: definition, settings, and where the rules of other tools differ."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from fairlead.apps.scorecards.kpi import known_line
from fairlead.kpis.shelf import kpis
from fairlead.packs.scorecard import SCORECARD
from fairlead.reports.scorecard import GROUPS
from fairlead.web.console import render
from fairlead.web.kpi_definitions import definitions


@dataclass(frozen=True)
class Entry:
    """One KPI in the list: whether it can be computed, what it means, its companions."""

    kpi_id: str
    name: str
    requirement_id: str
    summary: str
    is_known: bool
    companions: tuple[tuple[str, str], ...]


def index(request: HttpRequest) -> HttpResponse:
    """Every KPI in its group."""
    known = kpis()
    found = definitions(known)
    groups = {}
    for group, (name, _) in GROUPS.items():
        entries = []
        for line in SCORECARD:
            if line.group != group:
                continue
            told = found.get(line.kpi_id)
            entries.append(
                Entry(
                    line.kpi_id,
                    line.name,
                    line.requirement_id,
                    told.summary if told else f"Needs {', '.join(line.connect)}.",
                    told is not None,
                    tuple(
                        (kpi.id, kpi.name)
                        for kpi in known.values()
                        if kpi.companion_of == line.kpi_id
                    ),
                )
            )
        groups[name] = entries
    return render(request, "definitions.html", title="Definitions", groups=groups)


def definition(request: HttpRequest, kpi_id: str) -> HttpResponse:
    """One KPI's definition."""
    line = known_line(kpi_id)
    kpi = kpis().get(kpi_id)
    return render(
        request,
        "definition.html",
        title=line.name if line else kpi.name if kpi else kpi_id,
        kpi=kpi,
        line=line,
        found=definitions([kpi_id]).get(kpi_id),
    )

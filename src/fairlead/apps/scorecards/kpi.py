"""One KPI in depth: number, trend, parts, extremes, companions, definition, records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from fairlead.apps.scorecards.services import (
    KpiAsked,
    RecordsAsked,
    read_records,
    without_parts,
)
from fairlead.kernel.diagnostic import fail
from fairlead.kernel.ids import near_match
from fairlead.kernel.measure import KpiCard, Measure
from fairlead.kernel.wording import counted, minute, window_words
from fairlead.kpis.shelf import kpis
from fairlead.ledger.permissions import is_allowed
from fairlead.packs.scorecard import SCORECARD, ScorecardLine
from fairlead.reports.extremes import extremes_of
from fairlead.reports.kpi_parts import PartRow, Parts
from fairlead.reports.kpi_records import rows_table
from fairlead.reports.kpi_rows import exclusion_rows, part_rows, quality_rows, trend_rows
from fairlead.reports.kpi_section import KpiSection, kpi_section
from fairlead.reports.names import scope_words
from fairlead.web.console import render
from fairlead.web.desk import desk
from fairlead.web.exports import exported
from fairlead.web.kpi_definitions import definitions
from fairlead.web.questions import (
    Paging,
    chosen_of,
    filters_of,
    paging_of,
    query_with,
    question_of,
    unknown_choice,
)
from fairlead.web.requests import actor_of
from fairlead.web.snapshots import Asked

GRAINS = ("team", "tier", "service")
SORTS = ("status", "name", "value", "n", "left_out")
TABLES: dict[str, Callable[[KpiCard], list[dict[str, Any]]]] = {
    "by-team": lambda card: part_rows(card, "team"),
    "by-tier": lambda card: part_rows(card, "tier"),
    "by-service": lambda card: part_rows(card, "service"),
    "trend": trend_rows,
    "left-out": exclusion_rows,
    "data-quality": quality_rows,
}


@dataclass(frozen=True)
class PartPage:
    """One page of the parts of a KPI by one grain."""

    grain: str
    rows: Sequence[tuple[str | None, PartRow]]
    paging: Paging
    sort: str
    red_count: int


def kpi(request: HttpRequest, kpi_id: str) -> HttpResponse:
    """The page of a KPI."""
    line = known_line(kpi_id)
    if kpi_id not in kpis():
        return _missing(request, kpi_id, line)
    asked = question_of(request, kpi_id)
    snapshot = desk().snapshots.get(KpiAsked(asked))
    name = kpis()[kpi_id].name if line is None else line.name
    if snapshot.card is None:
        return render(request, "waiting.html", title=name, progress=snapshot.progress)
    view, model = snapshot.card, desk().workspace.model
    card = view.card.cards[0]
    section = kpi_section(
        card, view.card, model, definitions([kpi_id, *(c.kpi_id for c in card.companions)])
    )
    if section is None or view.charts is None:
        return _missing(request, kpi_id, line)
    return render(
        request,
        "kpi.html",
        title=card.name,
        section=section,
        drawn=view.charts,
        part=_part_page(request, section),
        extremes=extremes_of(card, model),
        figures=_figures(section),
        frame=_frame(request, asked),
        is_fresh=snapshot.is_fresh,
        parent=_parent(kpi_id),
        can_export=is_allowed(actor_of(request), "export:read"),
    )


def records(request: HttpRequest, kpi_id: str) -> HttpResponse:
    """The records behind a KPI, a page at a time."""
    line = known_line(kpi_id)
    if kpi_id not in kpis():
        return _missing(request, kpi_id, line)
    asked = without_parts(question_of(request, kpi_id))
    name = kpis()[kpi_id].name if line is None else line.name
    wanted = paging_of(request, 10**9)
    snapshot = desk().snapshots.get(RecordsAsked(asked, 50, wanted.start))
    if snapshot.card is None:
        return render(request, "waiting.html", title=name, progress=snapshot.progress)
    page = snapshot.card
    zone = asked.window.zone
    return render(
        request,
        "kpi_records.html",
        title=f"Records behind {name}",
        name=name,
        kpi_id=kpi_id,
        table=rows_table(f"Records behind {name}, newest first", page.rows, zone, None),
        paging=paging_of(request, page.total),
        frame=_frame(request, asked),
        is_fresh=snapshot.is_fresh,
        can_export=is_allowed(actor_of(request), "export:read"),
    )


def table(request: HttpRequest, kpi_id: str, name: str, file_format: str) -> HttpResponseBase:
    """One table of a KPI's page as a file."""
    known_line(kpi_id)
    if name not in (*TABLES, "records"):
        raise unknown_choice("table", name, ["records", *TABLES])
    asked = question_of(request, kpi_id)
    workspace = desk().workspace
    if kpi_id not in kpis():
        rows: list[dict[str, Any]] = []
    elif name == "records":
        page = read_records(workspace=workspace, asked=without_parts(asked))
        rows = [dict(row) for row in page.rows]
    else:
        rows = TABLES[name](desk().snapshots.wait(KpiAsked(asked)).card.cards[0])
    return exported(rows, f"{kpi_id}-{name}", file_format)


def known_line(kpi_id: str) -> ScorecardLine | None:
    """The line of a KPI on the scorecard, if it has one; FL4101 with a near match if unknown."""
    line = next((line for line in SCORECARD if line.kpi_id == kpi_id), None)
    if line is None and kpi_id not in kpis():
        known = list(dict.fromkeys([*kpis(), *(line.kpi_id for line in SCORECARD)]))
        like = near_match(kpi_id, known)
        raise fail(
            "FL4101",
            f"there is no KPI `{kpi_id}`",
            notes=[f"{len(known)} are known"],
            help=f"did you mean `{like}`?" if like else "all stand under Definitions",
        )
    return line


def _figures(section: KpiSection) -> list[tuple[str, str]]:
    """What the number is made of, under the names that its form gives it."""
    measure, unit = section.measure, section.card.unit
    top, bottom = measure.numerator, measure.denominator
    if unit == "ratio":
        return [
            ("Numerator", f"{top:,.0f}" if top is not None else "none"),
            ("Denominator", f"{bottom:,.0f}" if bottom is not None else "none"),
        ]
    if unit == "seconds":
        return [("Durations", f"{bottom:,.0f}" if bottom is not None else "none")]
    return [("Numerator", f"{top:,.0f}" if top is not None else "none")]


def _missing(request: HttpRequest, kpi_id: str, line: ScorecardLine | None) -> HttpResponse:
    """The page of a KPI without a source: what to connect."""
    found = definitions([kpi_id])
    name = line.name if line else kpis()[kpi_id].name
    return render(
        request,
        "kpi_missing.html",
        title=name,
        line=line,
        reads=kpis()[kpi_id].reads if kpi_id in kpis() else (),
        definition=found.get(kpi_id),
    )


def _frame(request: HttpRequest, asked: Asked) -> dict[str, Any]:
    """What stands around every table of a KPI: window, filter form, links that keep them."""
    workspace = desk().workspace
    now = asked.as_of or workspace.clock.now()
    window = asked.window.until(now)
    return {
        "window": window_words(window),
        "days": counted(round(window.days, 1), "day"),
        "as_of": minute(now, window.zone),
        "scope": scope_words(workspace.model, dict(asked.filter)),
        "filters": filters_of(request),
        "link": partial(query_with, request),
    }


def _parent(kpi_id: str) -> str | None:
    known = kpis().get(kpi_id)
    return known.companion_of if known else None


def _part_page(request: HttpRequest, section: KpiSection) -> PartPage | None:
    grains = [part.grain for part in section.parts if part.grain in GRAINS]
    if not grains:
        return None
    chosen_of(request, "by", GRAINS)
    asked = request.GET.get("by") or grains[0]
    part = next((p for p in section.parts if p.grain == asked), None)
    sort = request.GET.get("sort") or "status"
    if sort.removeprefix("-") not in SORTS:
        raise unknown_choice("sort", sort, SORTS)
    if part is None:
        return PartPage(asked, [], paging_of(request, 0), sort, 0)
    rows = _sorted(part, sort)
    paging = paging_of(request, len(rows))
    return PartPage(
        grain=asked,
        rows=[(_key(measure), row) for measure, row in rows[paging.start : paging.end]],
        paging=paging,
        sort=sort,
        red_count=sum(measure.status == "red" for measure in part.measures),
    )


def _key(measure: Measure) -> str | None:
    return next(iter(measure.key.values()), None)


def _sorted(part: Parts, sort: str) -> list[tuple[Measure, PartRow]]:
    """Parts in the asked order; what has no value comes last in either direction."""
    rows = list(zip(part.measures, part.rows, strict=True))
    name, is_down = sort.removeprefix("-"), sort.startswith("-")
    if name == "status":
        return rows[::-1] if is_down else rows
    keys: dict[str, Callable[[Measure, PartRow], Any]] = {
        "name": lambda _, row: row.name.casefold(),
        "value": lambda measure, _: measure.value,
        "n": lambda measure, _: measure.n,
        "left_out": lambda measure, _: sum(measure.excluded.values()),
    }
    key = keys[name]
    known = [pair for pair in rows if key(*pair) is not None]
    absent = [pair for pair in rows if key(*pair) is None]
    return sorted(known, key=lambda pair: key(*pair), reverse=is_down) + absent

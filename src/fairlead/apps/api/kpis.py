"""KPIs: the list, one in depth, its parts, its records, and what it counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query

from fairlead.apps.api.asking import Paging, Scope, kept
from fairlead.apps.api.operations import operation
from fairlead.kernel.diagnostic import fail
from fairlead.kernel.ids import near_match
from fairlead.kernel.measure import Measure
from fairlead.web.api_shapes import Definition, KpiAnswer, KpiSummary, SeriesAnswer
from fairlead.web.desk import desk
from fairlead.web.kpi_answers import (
    KpiQuestion,
    explanation,
    listing,
    measures_of,
    record_rows,
    series_of,
)
from fairlead.web.paging import Page, page_of_rows, read_cursor

MEASURE = {
    "kpi_id": "change_failure_rate", "key": {}, "value": 0.08, "numerator": 8.0,
    "denominator": 100.0, "n": 100, "low": 0.041, "high": 0.15, "status": "green",
    "as_of": "2026-11-23T06:00:00Z", "window": {
        "start": "2026-10-01T00:00:00Z", "end": "2026-11-01T00:00:00Z", "zone_name": "UTC"},
}  # fmt: skip
RECORD = {"record_id": "deployment:1", "service_id": "checkout", "numerator": 0, "denominator": 1}


class Depth(Scope):
    """A scope, and by whose rules, how split and with what trend."""

    definition: str = Field("fairlead", max_length=50, description="Whose rules.")
    setting: list[str] = Field([], max_length=10, description="`name=value` of a KPI's setting.")
    by: str = Field("", max_length=100, description="service, team, tier or a dimension.")
    trend: bool = Field(False, description="Successive complete periods too.")
    step: Literal["week", "month", "quarter"] = "week"

    def question(self, kpi_id: str) -> KpiQuestion:
        """The checked question."""
        return KpiQuestion.of(
            desk().workspace, kpi_id, self.definition, self.setting,
            window=self.window(), as_of=self.instant(), only=self.only(),
            by=self.by, step=self.step,
        )  # fmt: skip


class Parts(Scope, Paging):
    """A scope, and the grain of the parts."""

    by: Literal["team", "service", "tier"] = "team"


class Records(Scope, Paging):
    """A scope, by whose rules, and whether only what was left out."""

    definition: str = Field("fairlead", max_length=50, description="Whose rules.")
    setting: list[str] = Field([], max_length=10, description="`name=value` of a KPI's setting.")
    excluded: bool = Field(False, description="Only the rows left out, with the reason.")


@operation(
    "GET", "/kpis", "kpi:read", answers=Page[KpiSummary], tag="kpis",
    example={"items": [{"id": "K01", "kpi": "deployment_frequency", "name": "Deployment frequency",
                        "unit": "per_week", "default_target": "none", "state": "computed",
                        "connect": "github, gitlab"}], "next": None, "total": 1},
)  # fmt: skip
def kpi_list(request: HttpRequest, paging: Query[Paging]) -> Page[KpiSummary]:  # noqa: ARG001
    """All KPIs and their companions: computed here, or what to connect."""
    rows = [KpiSummary(**row) for row in listing()]
    return page_of_rows(rows, {"list": "kpis"}, paging.cursor, paging.limit)


@operation(
    "GET", "/kpis/{kpi_id}", "kpi:read", answers=KpiAnswer, tag="kpis",
    example={"kpi": "change_failure_rate", "name": "Change failure rate", "unit": "ratio",
             "definition": "fairlead", "by": [], "window": MEASURE["window"],
             "measures": [MEASURE], "series": []},
)  # fmt: skip
def kpi(request: HttpRequest, kpi_id: str, depth: Query[Depth]) -> KpiAnswer:  # noqa: ARG001
    """One KPI with numerator, denominator, interval, target, status, and its trend if asked."""
    return kept(f"kpi {kpi_id} {depth.model_dump_json()}", lambda: _answer(kpi_id, depth))


def _answer(kpi_id: str, depth: Depth) -> KpiAnswer:
    question = depth.question(kpi_id)
    with desk().workspace.session(question.as_of) as session:
        measures = measures_of(question, session)
        series = series_of(question, session) if depth.trend else []
    return KpiAnswer(
        kpi=question.kpi.id,
        name=question.kpi.name,
        definition=question.kpi.definition,
        unit=question.kpi.unit,
        window=question.window,
        by=question.by,
        measures=measures,
        series=[SeriesAnswer(dict(one.key), one.measures, one.trend) for one in series],
    )


@operation(
    "GET", "/kpis/{kpi_id}/breakdown", "kpi:read", answers=Page[Measure], tag="kpis",
    example={"items": [{**MEASURE, "key": {"team_id": "payments"}}], "next": None, "total": 1},
)  # fmt: skip
def kpi_breakdown(request: HttpRequest, kpi_id: str, parts: Query[Parts]) -> Page[Measure]:  # noqa: ARG001
    """One KPI by team, service or tier, those that need attention first."""
    asked = {"kpi": kpi_id, **parts.model_dump(exclude={"cursor", "limit"})}
    depth = Depth(**parts.model_dump(exclude={"cursor", "limit"}))
    found = kept(f"kpi {kpi_id} {depth.model_dump_json()}", lambda: _answer(kpi_id, depth))
    return page_of_rows(found.measures, asked, parts.cursor, parts.limit)


@operation(
    "GET", "/kpis/{kpi_id}/records", "kpi:read", answers=Page[dict[str, Any]], tag="kpis",
    example={"items": [RECORD], "next": None, "total": 1},
)  # fmt: skip
def kpi_records(
    request: HttpRequest,  # noqa: ARG001
    kpi_id: str,
    wish: Query[Records],
) -> Page[dict[str, Any]]:
    """The very records behind a KPI, counted and left out; every page is of one instant."""
    asked = {"kpi": kpi_id, **wish.model_dump(exclude={"cursor", "limit"})}
    position = read_cursor(asked, wish.cursor)
    pinned = position.get("at") or wish.as_of or desk().workspace.clock.now().isoformat()
    depth = Depth(**wish.model_dump(exclude={"cursor", "limit", "excluded", "as_of"}), as_of=pinned)
    question = f"records {kpi_id} {wish.excluded} {depth.model_dump_json()}"
    rows = kept(question, lambda: _records(kpi_id, depth, wish.excluded))
    return page_of_rows(rows, asked, wish.cursor, wish.limit, at=pinned)


def _records(kpi_id: str, depth: Depth, excluded: bool) -> Sequence[dict[str, Any]]:
    question = depth.question(kpi_id)
    with desk().workspace.session(question.as_of) as session:
        return record_rows(question, session, 0, excluded)[0]


@operation(
    "GET", "/definitions", "definition:read", answers=Page[Definition], tag="kpis",
    example={"items": [{"kpi": "rework_rate", "name": "Rework rate", "summary": "Share of …",
                        "labels": {"Grain": "one row per …"}, "definitions": {}}],
             "next": None, "total": 1},
)  # fmt: skip
def definitions(request: HttpRequest, paging: Query[Paging]) -> Page[Definition]:  # noqa: ARG001
    """What every KPI counts, by our rules and by those of other tools."""
    rows = [Definition(**explanation(row["kpi"])) for row in listing()]
    return page_of_rows(rows, {"list": "definitions"}, paging.cursor, paging.limit)


@operation(
    "GET", "/definitions/{kpi_id}", "definition:read", answers=Definition, tag="kpis",
    example={"kpi": "rework_rate", "name": "Rework rate", "summary": "Share of …",
             "labels": {"Grain": "one row per …"}, "definitions": {}},
)  # fmt: skip
def definition(request: HttpRequest, kpi_id: str) -> Definition:  # noqa: ARG001
    """What one KPI counts, when, and where other tools differ."""
    known = [row["kpi"] for row in listing()]
    if kpi_id not in known:
        like = near_match(kpi_id, known)
        hint = f"did you mean `{like}`?" if like else None
        raise fail("FL4101", f"there is no KPI `{kpi_id}`", help=hint)
    return Definition(**explanation(kpi_id))

"""The scorecard and how good the data behind it is."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query

from fairlead.apps.api.asking import Period, Scope, kept, snapshot_of
from fairlead.apps.api.operations import operation
from fairlead.web.api_shapes import QualityAnswer, ScorecardAnswer, SourceAnswer
from fairlead.web.data_quality import quality_report
from fairlead.web.desk import desk


@operation(
    "GET", "/scorecard", "scorecard:read", answers=ScorecardAnswer, tag="numbers",
    example={"is_fresh": True, "scorecard": {
        "title": "acme", "scope": {}, "as_of": "2026-11-23T06:00:00Z",
        "made_at": "2026-11-23T06:00:00Z", "cards": [], "sources": [],
        "window": {"start": "2026-07-31T22:00:00Z", "end": "2026-10-31T23:00:00Z",
                   "zone_name": "Europe/Berlin"}}},
)  # fmt: skip
def scorecard(request: HttpRequest, scope: Query[Scope]) -> ScorecardAnswer:  # noqa: ARG001
    """Every KPI with its value, target, status, trend and parts, or what to connect."""
    found = snapshot_of(scope.asked())
    assert found.card is not None
    return ScorecardAnswer(found.card, found.is_fresh)


@operation(
    "GET", "/quality", "source:read", answers=QualityAnswer, tag="numbers",
    example={"sources": [], "components": [{
        "share": "deployments_with_sha", "known": 98, "total": 100, "ratio": 0.98, "grade": "A",
        "kpis": ["lead_time_for_changes"], "mend": None}], "unlinked": {}},
)  # fmt: skip
def quality(request: HttpRequest, period: Query[Period]) -> QualityAnswer:  # noqa: ARG001
    """Sources, the known shares behind the KPIs, and what could not be placed."""
    report = kept(
        f"quality {period.model_dump_json()}",
        lambda: quality_report(desk().workspace, period.window(), period.instant()),
    )
    return QualityAnswer(
        [SourceAnswer(**row) for row in report["sources"]],
        report["components"],
        report["unlinked"],
    )

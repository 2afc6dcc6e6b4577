"""Reads what a page is asked from its address: period, as-of, team, service, tier."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest

from fairlead.kernel.window import parse_period
from fairlead.web.desk import desk
from fairlead.web.snapshots import Asked

FILTERS = ("team", "service", "tier")


def question_of(request: HttpRequest, kpi_id: str | None = None) -> Asked:
    """The question of an address; FL4102, FL4105, FL4106 for what cannot be asked."""
    workspace = desk().workspace
    asked = request.GET
    as_of = workspace.instant(asked.get("as_of") or None)
    period = asked.get("period") or workspace.model.workspace.default_period
    now = as_of or workspace.clock.now()
    window = parse_period(period, workspace.model.workspace.time_zone, now)
    only = workspace.filter(*(asked.get(name) or None for name in FILTERS))
    found = Asked(
        window=window, filter=tuple(sorted(only.equals.items())), kpi_id=kpi_id, as_of=as_of
    )
    return found if kpi_id is None else replace(found, records_limit=50)

"""Reads what a page is asked from its address: period, as-of, team, service, tier, sort, page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import HttpRequest

from fairlead.kernel.diagnostic import fail
from fairlead.kernel.ids import near_match
from fairlead.kernel.window import parse_period
from fairlead.opmodel.kinds.team import Team
from fairlead.opmodel.kinds.tier import Tier
from fairlead.web.desk import desk
from fairlead.web.snapshots import Asked

FILTERS = ("team", "service", "tier")
PERIODS = (
    "last-week", "last-4-weeks", "last-month", "last-12-weeks", "last-3-months", "last-6-months",
    "last-12-months",
)  # fmt: skip
PAGE_ROWS = 50


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


def usual_question() -> Asked:
    """The whole scorecard of the workspace's default period, which home shows too."""
    workspace = desk().workspace
    chosen = workspace.model.workspace
    now = workspace.clock.now()
    return Asked(window=parse_period(chosen.default_period, chosen.time_zone, now))


@dataclass(frozen=True)
class Filters:
    """What the filter form of a page offers, and what is chosen."""

    period: str
    as_of: str
    team: str
    service: str
    tier: str
    usual_period: str
    periods: Sequence[str]
    teams: Sequence[tuple[str, str]]
    tiers: Sequence[tuple[str, str]]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything differs from the page as it first opens."""
        return bool(self.period or self.as_of or self.team or self.service or self.tier)


def filters_of(request: HttpRequest) -> Filters:
    """The filter form of an address."""
    model, asked = desk().workspace.model, request.GET
    return Filters(
        period=asked.get("period", ""),
        as_of=asked.get("as_of", ""),
        team=asked.get("team", ""),
        service=asked.get("service", ""),
        tier=asked.get("tier", ""),
        usual_period=model.workspace.default_period,
        periods=PERIODS,
        teams=[(team.id, team.title or team.id) for team in model.all_of(Team).values()],
        tiers=[(tier.id, tier.title or tier.id) for tier in model.all_of(Tier).values()],
    )


def query_with(request: HttpRequest, **changes: object) -> str:
    """The query of an address with other values; None takes a name out."""
    kept = {name: value for name, value in request.GET.items() if value and name not in changes}
    added = {name: str(value) for name, value in changes.items() if value is not None}
    return "?" + urlencode({**kept, **added})


def chosen_of(request: HttpRequest, name: str, allowed: Sequence[str]) -> str:
    """One of some values in an address, the first by default; FL4114 for any other."""
    value = request.GET.get(name) or allowed[0]
    if value not in allowed:
        raise unknown_choice(name, value, allowed)
    return value


def unknown_choice(name: str, value: str, allowed: Sequence[str]) -> Exception:
    """FL4114 with what is allowed."""
    like = near_match(value, allowed)
    return fail(
        "FL4114",
        f"`{name}` cannot be `{value}`",
        notes=[f"allowed: {', '.join(allowed)}"],
        help=f"did you mean `{like}`?" if like else f"choose one of {', '.join(allowed)}",
    )


@dataclass(frozen=True)
class Paging:
    """One page of many rows: its number from 1, how many there are, its first and last row."""

    number: int
    pages: int
    total: int
    start: int
    end: int


def paging_of(request: HttpRequest, total: int, size: int = PAGE_ROWS) -> Paging:
    """The page of an address; FL4114 for one that is no number above 0."""
    text = request.GET.get("page") or "1"
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) < 10**8:
        raise fail("FL4114", f"`page` cannot be `{text}`", help="pages are numbered from 1")
    pages = max(1, -(-total // size))
    number = min(int(text), pages)
    return Paging(number, pages, total, (number - 1) * size, min(number * size, total))

"""The catalog with its search, one service, and one team."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from fairlead.apps.catalog.services import (
    Activity,
    activity_of,
    found_services,
    services_of_team,
    users_of,
)
from fairlead.kernel.diagnostic import fail
from fairlead.kernel.ids import near_match
from fairlead.kernel.measure import KpiCard, Measure, Scorecard, Status
from fairlead.kernel.wording import amount, minute, status_words, target_words, words
from fairlead.opmodel.kinds.person import Person
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.kinds.team import Team
from fairlead.opmodel.model import Model
from fairlead.reports.names import title_of
from fairlead.reports.tables import Table, columns
from fairlead.web.console import render
from fairlead.web.desk import desk
from fairlead.web.drawings import Graph, Timeline, graph, timeline
from fairlead.web.exports import exported
from fairlead.web.present_state import PresentState, yesterday
from fairlead.web.questions import filters_of, paging_of, query_with, usual_question


@dataclass(frozen=True)
class KpiLine:
    """One KPI of a service or team."""

    kpi_id: str
    name: str
    value: str
    status: Status
    status_words: str
    target: str
    n: int


@dataclass(frozen=True)
class Happened:
    """What happened to services: drawn, and as a table."""

    drawing: Timeline
    table: Table
    deployments: int
    failed: int
    incidents: int


def catalog(request: HttpRequest) -> HttpResponse:
    """Services by search, team and tier; the teams beside."""
    model = desk().workspace.model
    asked = _asked(request)
    found = found_services(model, *asked)
    paging = paging_of(request, len(found))
    off = _off_counts(desk().snapshots.get(usual_question()).card)
    owned: dict[str, int] = {}
    for service in model.all_of(Service).values():
        owned[service.owner] = owned.get(service.owner, 0) + 1
    return render(
        request,
        "catalog.html",
        title="Catalog",
        query=asked[0],
        services=found[paging.start : paging.end],
        teams=sorted(model.all_of(Team).values(), key=lambda team: team.title or team.id),
        owned=owned,
        off=off,
        total=len(model.all_of(Service)),
        paging=paging,
        filters=filters_of(request),
        link=partial(query_with, request),
        name_of=partial(title_of, model),
    )


def catalog_file(request: HttpRequest, file_format: str) -> HttpResponseBase:
    """The services that the catalog shows as a file."""
    found = found_services(desk().workspace.model, *_asked(request))
    names = ("id", "title", "owner", "tier", "system", "lifecycle", "repositories", "depends_on")
    return exported([{n: getattr(s, n) for n in names} for s in found], "catalog", file_format)


def _asked(request: HttpRequest) -> tuple[str, str, str]:
    """Search words, team and tier; FL4105 for a team or tier that is not declared."""
    team, tier = request.GET.get("team", ""), request.GET.get("tier", "")
    desk().workspace.filter(team or None, None, tier or None)
    return request.GET.get("q", "")[:200], team, tier


def service(request: HttpRequest, service_id: str) -> HttpResponse:
    """One service: what it is, needs and did, and what is open."""
    model = desk().workspace.model
    known = model.all_of(Service)
    found = known.get(service_id)
    if found is None:
        raise _unknown("service", service_id, known)
    title = found.title or found.id
    drawn = graph(
        title,
        [(title_of(model, "service_id", n), f"/service/{n}") for n in users_of(model, found.id)],
        [(title_of(model, "service_id", n), f"/service/{n}") for n in found.depends_on],
    )
    return render(
        request,
        "service.html",
        title=title,
        service=found,
        name_of=partial(title_of, model),
        place=model.places.get(("Service", found.id)),
        **_shared(model, drawn, "service", found.id, [found.id]),
    )


def team(request: HttpRequest, team_id: str) -> HttpResponse:
    """One team: its services, whom it needs and serves, what happened, what is open."""
    model = desk().workspace.model
    known = model.all_of(Team)
    found = known.get(team_id)
    if found is None:
        raise _unknown("team", team_id, known)
    owned = services_of_team(model, team_id)
    off = _off_counts(desk().snapshots.get(usual_question()).card)
    return render(
        request,
        "team.html",
        title=found.title or found.id,
        team=found,
        people=[_person(model, name) for name in found.members],
        lead=_person(model, found.lead) if found.lead else None,
        services=owned,
        off=off,
        name_of=partial(title_of, model),
        place=model.places.get(("Team", found.id)),
        **_shared(model, _team_graph(model, found), "team", team_id, [s.id for s in owned]),
    )


def _person(model: Model, person_id: str) -> str:
    found = model.all_of(Person).get(person_id)
    return found.title if found and found.title else person_id


def _unknown(noun: str, name: str, known: Iterable[str]) -> Exception:
    like = near_match(name, known)
    return fail(
        "FL4111",
        f"there is no {noun} `{name}` in the catalog",
        help=f"did you mean `{like}`?" if like else "search for it under Catalog",
    )


def _team_graph(model: Model, found: Team) -> Graph | None:
    owners = {s.id: s.owner for s in model.all_of(Service).values()}
    before: dict[str, None] = {}
    after: dict[str, None] = {}
    for one in model.all_of(Service).values():
        for name in one.depends_on:
            other = owners.get(name)
            if one.owner == found.id and other not in (None, found.id):
                after[str(other)] = None
            if other == found.id and one.owner != found.id:
                before[one.owner] = None
    return graph(
        found.title or found.id,
        [(title_of(model, "team_id", name), f"/team/{name}") for name in sorted(before)],
        [(title_of(model, "team_id", name), f"/team/{name}") for name in sorted(after)],
    )


def _shared(
    model: Model, drawn: Graph | None, grain: str, key: str, services: Sequence[str]
) -> dict[str, Any]:
    """What the pages of a service and of a team both show."""
    activity = desk().snapshots.get(activity_of(desk().workspace, services))
    state = desk().snapshots.get(yesterday())
    usual = desk().snapshots.get(usual_question())
    return {
        "graph": drawn,
        "happened": _happened(activity.card, model) if activity.card else None,
        "kpis": _kpis(usual.card, grain, key) if usual.card else None,
        "problems": _problems(state.card, services) if state.card else None,
        "is_waiting": activity.card is None or state.card is None or usual.card is None,
        "when": partial(minute, zone=usual_question().window.zone),
    }


def _problems(state: PresentState, services: Sequence[str]) -> dict[str, Any]:
    wanted = set(services)
    return {
        "incidents": [i for i in state.open_incidents if wanted & set(i.services)],
        "pipelines": [p for p in state.failing_pipelines if p.service_id in wanted],
        "deployments": [d for d in state.failed_deployments if d.service_id in wanted],
    }


def _kpis(card: Scorecard, grain: str, key: str) -> list[KpiLine]:
    column = f"{grain}_id"
    found = []
    for line in card.cards:
        measure = next((p for p in line.parts.get(grain, ()) if p.key.get(column) == key), None)
        if measure is not None:
            found.append(_kpi_line(line, measure))
    return found


def _kpi_line(card: KpiCard, measure: Measure) -> KpiLine:
    absent = measure.value is None
    return KpiLine(
        card.kpi_id,
        card.name,
        words(measure.reason or "no value") if absent else amount(measure.value, card.unit),
        measure.status,
        status_words(measure),
        target_words(measure.target, card.unit, card.direction) or "none",
        measure.n,
    )


def _off_counts(card: Scorecard | None) -> dict[str, int] | None:
    """How many KPIs of each service are off target; None while that is not known."""
    if card is None:
        return None
    found: dict[str, int] = {}
    for line in card.cards:
        for part in line.parts.get("service", ()):
            name = part.key.get("service_id")
            if name is not None:
                found[name] = found.get(name, 0) + (part.status == "red")
    return found


def _happened(activity: Activity, model: Model) -> Happened:
    zone = activity.window.zone
    drawing = timeline(
        activity.window,
        [(day.day, day.good, day.failed) for day in activity.days],
        [
            (i.declared_at, i.ended_at, f"{i.severity} {i.title}, {minute(i.declared_at, zone)}")
            for i in activity.incidents
            if i.declared_at is not None
        ],
        min(desk().workspace.clock.now(), activity.window.end),
    )
    events = [
        (d.finished_at, "deployment", d.service_id, f"{d.version} to {d.environment}: {d.outcome}")
        for d in activity.deployments
    ] + [
        (i.declared_at, f"incident {i.severity}", ", ".join(i.services), f"{i.title}: {i.state}")
        for i in activity.incidents
        if i.declared_at is not None
    ]
    events.sort(key=lambda event: event[0], reverse=True)
    rows = [
        (minute(at, zone), kind, title_of(model, "service_id", name), text)
        for at, kind, name, text in events[:60]
    ]
    return Happened(
        drawing,
        Table("The latest of these events", columns("when", "what", "service", "which"), rows),
        sum(day.good + day.failed for day in activity.days),
        sum(day.failed for day in activity.days),
        len(activity.incidents),
    )

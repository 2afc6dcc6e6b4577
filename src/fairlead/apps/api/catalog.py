"""Services and teams, and the documents of the operating model with what is wrong in them."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Field, Query

from fairlead.apps.api.asking import Paging
from fairlead.apps.api.operations import operation
from fairlead.apps.api.problem import nothing_here
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.kinds.team import Team
from fairlead.web.api_shapes import DocumentAnswer, Finding, ServiceAnswer, TeamAnswer
from fairlead.web.desk import desk
from fairlead.web.paging import Page, page_of_rows
from fairlead.web.workspace import check_workspace

SERVICE = {
    "id": "checkout", "title": "Checkout", "owner": "payments", "tier": "tier-1", "system": None,
    "lifecycle": "production", "repositories": ["acme/checkout"], "depends_on": ["ledger"],
}  # fmt: skip
TEAM = {
    "id": "payments", "title": "Payments", "lead": "ada", "parent": None, "members": ["ada"],
    "services": ["checkout"],
}  # fmt: skip


class ServicesAsked(Paging):
    """Which services."""

    team: str | None = Field(None, max_length=200)
    tier: str | None = Field(None, max_length=200)


class DocumentsAsked(Paging):
    """Which documents."""

    kind: str | None = Field(None, max_length=100)


def _service(found: Service) -> ServiceAnswer:
    return ServiceAnswer(
        found.id, found.title, found.owner, found.tier, found.system, found.lifecycle,
        found.repositories, found.depends_on,
    )  # fmt: skip


def _team(found: Team) -> TeamAnswer:
    services = desk().workspace.model.all_of(Service).values()
    owned = [service.id for service in services if service.owner == found.id]
    return TeamAnswer(found.id, found.title, found.lead, found.parent, found.members, owned)


@operation(
    "GET", "/services", "catalog:read", answers=Page[ServiceAnswer], tag="catalog",
    example={"items": [SERVICE], "next": None, "total": 1},
)  # fmt: skip
def services(request: HttpRequest, asked: Query[ServicesAsked]) -> Page[ServiceAnswer]:  # noqa: ARG001
    """The services of the catalog, of a team or tier where one is named."""
    rows = [
        _service(found)
        for found in desk().workspace.model.all_of(Service).values()
        if asked.team in (None, "", found.owner) and asked.tier in (None, "", found.tier)
    ]
    question = {"list": "services", "team": asked.team, "tier": asked.tier}
    return page_of_rows(rows, question, asked.cursor, asked.limit)


@operation(
    "GET", "/services/{service_id}", "catalog:read", answers=ServiceAnswer, tag="catalog",
    example=SERVICE,
)  # fmt: skip
def service(request: HttpRequest, service_id: str) -> ServiceAnswer:  # noqa: ARG001
    """One service: owner, tier, repositories, what it needs."""
    found = desk().workspace.model.all_of(Service).get(service_id)
    if found is None:
        raise nothing_here("service", service_id)
    return _service(found)


@operation(
    "GET", "/teams", "catalog:read", answers=Page[TeamAnswer], tag="catalog",
    example={"items": [TEAM], "next": None, "total": 1},
)  # fmt: skip
def teams(request: HttpRequest, asked: Query[Paging]) -> Page[TeamAnswer]:  # noqa: ARG001
    """The teams, with the services that each owns."""
    rows = [_team(found) for found in desk().workspace.model.all_of(Team).values()]
    return page_of_rows(rows, {"list": "teams"}, asked.cursor, asked.limit)


@operation("GET", "/teams/{team_id}", "catalog:read", answers=TeamAnswer, tag="catalog",
           example=TEAM)  # fmt: skip
def team(request: HttpRequest, team_id: str) -> TeamAnswer:  # noqa: ARG001
    """One team: lead, members, services."""
    found = desk().workspace.model.all_of(Team).get(team_id)
    if found is None:
        raise nothing_here("team", team_id)
    return _team(found)


@operation(
    "GET", "/model/documents", "model:read", answers=Page[DocumentAnswer], tag="catalog",
    example={"items": [{"kind": "Team", "id": "payments", "title": None,
                        "file": "teams/payments.yaml", "line": 1,
                        "content": {"kind": "Team", "id": "payments"}}], "next": None, "total": 1},
)  # fmt: skip
def model_documents(request: HttpRequest, asked: Query[DocumentsAsked]) -> Page[DocumentAnswer]:  # noqa: ARG001
    """Every document of the operating model, of a kind where one is named, with its place."""
    model = desk().workspace.model
    rows = []
    for kind, documents in model.documents.items():
        for document in documents.values() if asked.kind in (None, "", kind) else ():
            place = model.places.get((kind, document.id))
            rows.append(
                DocumentAnswer(
                    kind, document.id, document.title,
                    place.file if place else None, place.line if place else None,
                    document.model_dump(mode="json", by_alias=True, exclude_defaults=True),
                )
            )  # fmt: skip
    question = {"list": "documents", "kind": asked.kind}
    return page_of_rows(rows, question, asked.cursor, asked.limit)


@operation(
    "GET", "/model/errors", "model:read", answers=Page[Finding], tag="catalog",
    example={"items": [{"code": "FL2001", "severity": "error", "column": 8, "line": 4,
                        "file": "services/checkout.yaml", "notes": [],
                        "message": "team `paymnts` is not declared",
                        "help": "did you mean `payments`?"}], "next": None, "total": 1},
)  # fmt: skip
def model_errors(request: HttpRequest, asked: Query[Paging]) -> Page[Finding]:  # noqa: ARG001
    """What is wrong in the files of the operating model as they are now, root cause first."""
    _, report = check_workspace(desk().workspace.root)
    rows = [
        Finding(
            item.code, item.severity, item.message,
            item.place.file if item.place else None, item.place.line if item.place else None,
            item.place.column if item.place else None, item.help, item.notes,
        )
        for item in report.findings
    ]  # fmt: skip
    return page_of_rows(rows, {"list": "errors"}, asked.cursor, asked.limit)

"""One person: roles with scope and end, access, password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from fairlead.apps.administration.services import (
    Wish,
    grant_role,
    reset_password,
    revoke_role,
    set_active,
)
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.kernel.diagnostic import DiagnosticError, fail
from fairlead.kernel.window import load_zone
from fairlead.ledger.people import Person, RoleGrant
from fairlead.ledger.permissions import ROLES, SCOPES, is_allowed
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.kinds.team import Team
from fairlead.web.console import render
from fairlead.web.desk import desk
from fairlead.web.problems import problem
from fairlead.web.requests import actor_of, request_id


def known_scopes() -> dict[str, list[str]]:
    """The ids of teams and services that the model declares."""
    model = desk().workspace.model
    return {"team": sorted(model.all_of(Team)), "service": sorted(model.all_of(Service))}


def end_of_day(text: str) -> datetime | None:
    """The end of a day in the workspace's zone; None for no day; FL7023 when it is no date."""
    if not text.strip():
        return None
    try:
        day = datetime.fromisoformat(text.strip()).date()
    except ValueError:
        raise fail("FL7023", f"`{text}` is no day", notes=["a day looks like 2027-03-31"]) from None
    zone = load_zone(desk().workspace.model.workspace.time_zone)
    after = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
    return after.astimezone(UTC)


def person(request: HttpRequest, person_id: str) -> HttpResponse:
    """A person's roles, tokens and access, with links to what may be changed."""
    found = Person.objects.filter(pk=person_id).first()
    if found is None:
        return _nobody(request)
    return _page(request, found)


def person_account(request: HttpRequest, person_id: str) -> HttpResponse:
    """Let in, shut out, or give a fresh password."""
    found = Person.objects.filter(pk=person_id).first()
    if found is None:
        return _nobody(request)
    wanted = request.POST.get("do", "")
    error = password = ""
    if request.method == "POST":
        try:
            password = _change_account(request, found, wanted)
        except DiagnosticError as wrong:
            error = wrong.diagnostics[0].message
        if not error and not password:
            return HttpResponseRedirect(f"/admin/people/{person_id}")
    return _page(request, found, error=error, password=password)


def _change_account(request: HttpRequest, found: Person, wanted: str) -> str:
    actor, number = actor_of(request), request_id(request)
    if wanted == "password":
        return reset_password(person=found, actor=actor, request_id=number)
    if wanted in ("activate", "deactivate"):
        set_active(
            person=found,
            is_active=wanted == "activate",
            actor=actor,
            now=SYSTEM_CLOCK.now(),
            request_id=number,
        )
    return ""


def person_roles(request: HttpRequest, person_id: str) -> HttpResponse:
    """Grant a role in a scope until a day, or revoke one."""
    found = Person.objects.filter(pk=person_id).first()
    if found is None:
        return _nobody(request)
    error = ""
    if request.method == "POST":
        try:
            _change_roles(request, found)
        except DiagnosticError as wrong:
            first = wrong.diagnostics[0]
            error = " ".join(part for part in (first.message, first.help) if part)
        if not error:
            return HttpResponseRedirect(f"/admin/people/{person_id}")
    return _page(request, found, error=error)


def _change_roles(request: HttpRequest, found: Person) -> None:
    actor, now, number = actor_of(request), SYSTEM_CLOCK.now(), request_id(request)
    given = request.POST
    if given.get("do") == "revoke":
        asked = given.get("grant", "")
        grant = found.grants.filter(pk=int(asked) if asked.isdecimal() else 0).first()
        if grant is None:
            raise fail("FL7028", "there is no such grant any more")
        revoke_role(grant=grant, actor=actor, now=now, request_id=number)
        return
    wish = Wish(
        role=given.get("role", ""),
        scope_kind=given.get("scope_kind", "organisation"),
        scope_id=given.get("scope_id", "").strip(),
        expires_at=end_of_day(given.get("until", "")),
    )
    grant_role(
        person=found, wish=wish, known=known_scopes(), actor=actor, now=now, request_id=number
    )


def _page(
    request: HttpRequest, found: Person, *, error: str = "", password: str = ""
) -> HttpResponse:
    actor, now = actor_of(request), SYSTEM_CLOCK.now()
    granters = RoleGrant.objects.filter(person=found).values_list("granted_by_id", flat=True)
    return render(
        request,
        "admin_person.html",
        title=found.name,
        status=400 if error else 200,
        person=found,
        is_self=found.person_id == actor.actor_id,
        grants=found.grants.order_by("role", "scope_kind", "scope_id"),
        names={p.person_id: p.name for p in Person.objects.filter(pk__in=list(granters))},
        tokens=found.tokens.order_by("-created_at"),
        now=now,
        given=request.POST,
        roles=list(ROLES),
        scopes=SCOPES,
        known=known_scopes(),
        error=error,
        password=password,
        may_manage=is_allowed(actor, "person:manage"),
        may_grant=is_allowed(actor, "role:grant"),
        may_log=is_allowed(actor, "activity:read"),
    )


def _nobody(request: HttpRequest) -> HttpResponse:
    return problem(request, 404, "Nobody here", "There is no person with this id.", "FL7028")

"""The list of people with their roles, and the form that adds one."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from fairlead.apps.administration.services import add_person
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.ledger.people import Person
from fairlead.ledger.permissions import is_allowed
from fairlead.web.console import render
from fairlead.web.requests import actor_of, request_id

SHOWN = 500


def people(request: HttpRequest) -> HttpResponse:
    """Everybody with the roles in force, the active ones first; `?q=` searches."""
    asked = request.GET.get("q", "").strip()
    found = Person.objects.prefetch_related("grants").order_by("-is_active", "name")
    if asked:
        found = found.filter(Q(name__icontains=asked) | Q(email__icontains=asked))
    now, actor = SYSTEM_CLOCK.now(), actor_of(request)
    rows = [
        (one, [g for g in one.grants.all() if g.expires_at is None or g.expires_at > now])
        for one in found[:SHOWN]
    ]
    return render(
        request,
        "admin_people.html",
        title="People",
        rows=rows,
        asked=asked,
        count=found.count(),
        may_manage=is_allowed(actor, "person:manage"),
        may_tokens=is_allowed(actor, "token:manage"),
    )


def add(request: HttpRequest) -> HttpResponse:
    """Add a person; the first password is on the answer's page and nowhere else."""
    given = {name: request.POST.get(name, "") for name in ("email", "name")}
    error, made, password = "", None, ""
    if request.method == "POST":
        try:
            made, password = add_person(
                email=given["email"],
                name=given["name"],
                actor=actor_of(request),
                has_password=request.POST.get("way") != "sso",
                request_id=request_id(request),
            )
        except DiagnosticError as wrong:
            error = wrong.diagnostics[0].message
    return render(
        request,
        "admin_add.html",
        title="Add a person",
        status=400 if error else 200,
        given=given,
        error=error,
        made=made,
        password=password,
    )

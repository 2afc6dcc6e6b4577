"""API tokens: one's own, and those of everybody for administrators."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from fairlead.apps.administration.token_services import create_own_token, revoke_token, scopes_of
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.ledger.tokens import LONGEST_DAYS, ApiToken
from fairlead.web.console import render
from fairlead.web.requests import actor_of, request_id

SHOWN = 500


def all_tokens(request: HttpRequest) -> HttpResponse:
    """Every token with its owner, last use and end; revoke one."""
    found = ApiToken.objects.select_related("person").order_by("-created_at")
    if request.method == "POST":
        _revoke(request, found.filter(pk=_number(request)).first())
        return HttpResponseRedirect("/admin/tokens")
    return render(
        request,
        "admin_tokens.html",
        title="Tokens",
        tokens=found[:SHOWN],
        now=SYSTEM_CLOCK.now(),
    )


def own_tokens(request: HttpRequest) -> HttpResponse:
    """One's own tokens; make one, whose value is on the answer's page and nowhere else."""
    actor = actor_of(request)
    found = ApiToken.objects.filter(person_id=actor.actor_id).order_by("-created_at")
    error = value = ""
    if request.method == "POST" and request.POST.get("do") == "revoke":
        _revoke(request, found.filter(pk=_number(request)).first())
        return HttpResponseRedirect("/account/tokens")
    if request.method == "POST":
        days = request.POST.get("days", "")
        try:
            _, value = create_own_token(
                label=request.POST.get("label", ""),
                scopes=request.POST.getlist("scopes"),
                days=int(days) if days.isdecimal() else 0,
                actor=actor,
                now=SYSTEM_CLOCK.now(),
                request_id=request_id(request),
            )
        except DiagnosticError as wrong:
            error = wrong.diagnostics[0].message
    return render(
        request,
        "admin_own_tokens.html",
        title="Your tokens",
        status=400 if error else 200,
        tokens=found,
        value=value,
        error=error,
        scopes=scopes_of(actor),
        given=request.POST,
        chosen=request.POST.getlist("scopes") if error else [],
        longest=LONGEST_DAYS,
        now=SYSTEM_CLOCK.now(),
    )


def _number(request: HttpRequest) -> int:
    given = request.POST.get("token", "")
    return int(given) if given.isdecimal() else 0


def _revoke(request: HttpRequest, token: ApiToken | None) -> None:
    if token is not None:
        revoke_token(
            token=token,
            actor=actor_of(request),
            now=SYSTEM_CLOCK.now(),
            request_id=request_id(request),
        )

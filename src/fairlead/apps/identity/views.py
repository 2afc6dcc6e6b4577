"""Pages of log-in and log-out, and the choice of a theme."""

from __future__ import annotations

from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from fairlead.apps.identity.services import Attempt, attempt_login
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.ledger.audit import record
from fairlead.web.console import THEME_COOKIE, THEMES, render
from fairlead.web.requests import actor_of, begin_session, request_id

YEAR = 365 * 24 * 3600


def next_of(request: HttpRequest) -> str:
    """Where to go afterwards: an address of ours, never another site's."""
    asked = request.POST.get("next") or request.GET.get("next") or "/"
    is_ours = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if is_ours else "/"


def login(request: HttpRequest) -> HttpResponse:
    """Ask for address and password, then for the code where the account has a second factor."""
    return _login(request, "Log in", is_again=False)


def login_again(request: HttpRequest) -> HttpResponse:
    """Ask once more before something that matters."""
    return _login(request, "Prove that it is you", is_again=True)


def _login(request: HttpRequest, title: str, *, is_again: bool) -> HttpResponse:
    email, attempt = request.POST.get("email", ""), Attempt(None)
    if is_again and request.user.is_authenticated:
        email = request.user.get_username()
    if request.method == "POST":
        attempt = attempt_login(
            email=email,
            password=request.POST.get("password", ""),
            code=request.POST.get("code", ""),
            now=SYSTEM_CLOCK.now(),
            request_id=request_id(request),
        )
        if attempt.person is not None:
            auth.login(request, attempt.person, "django.contrib.auth.backends.ModelBackend")
            begin_session(request)
            return HttpResponseRedirect(next_of(request))
    return render(
        request,
        "login.html",
        title=title,
        status=401 if attempt.message else 200,
        attempt=attempt,
        email=email,
        password=request.POST.get("password", "") if attempt.needs_code else "",
        next=next_of(request),
        is_again=is_again,
    )


def logout(request: HttpRequest) -> HttpResponse:
    """End the session."""
    actor = actor_of(request)
    if actor.actor_id:
        record(
            actor=actor,
            action="logout",
            object_type="account",
            object_id=request.user.get_username(),
            request_id=request_id(request),
        )
    auth.logout(request)
    return HttpResponseRedirect("/login")


def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or the system's own."""
    response = HttpResponseRedirect(next_of(request))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(THEME_COOKIE, chosen, max_age=YEAR, samesite="Lax", httponly=True)
    return response

"""Pages of log-in and log-out, and the choice of a theme."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from fairlead.apps.identity.entering import await_code, awaited_person, enter, next_of
from fairlead.apps.identity.oidc_settings import oidc_settings
from fairlead.apps.identity.services import Asking, Attempt, check_code, check_login
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.ledger.audit import record
from fairlead.web.console import THEME_COOKIE, THEMES, render
from fairlead.web.requests import actor_of, address_of, request_id

YEAR = 365 * 24 * 3600


def asking_of(request: HttpRequest) -> Asking:
    """Who asks, for throttle and log."""
    return Asking(address_of(request), request_id(request), SYSTEM_CLOCK.now())


def login(request: HttpRequest) -> HttpResponse:
    """Ask for address and password; the code of a second factor is asked on the next page."""
    return _login(request, "Log in", is_again=False)


def login_again(request: HttpRequest) -> HttpResponse:
    """Ask once more before something that matters."""
    return _login(request, "Prove that it is you", is_again=True)


def _login(request: HttpRequest, title: str, *, is_again: bool) -> HttpResponse:
    email, attempt = request.POST.get("email", ""), Attempt(None)
    if is_again and request.user.is_authenticated:
        email = request.user.get_username()
    following = next_of(request)
    if request.method == "POST":
        password = request.POST.get("password", "")
        attempt = check_login(email=email, password=password, asking=asking_of(request))
        if attempt.person is not None and attempt.needs_code:
            await_code(request, attempt.person)
            return HttpResponseRedirect(f"/login/code?{urlencode({'next': following})}")
        if attempt.person is not None:
            enter(request, attempt.person)
            return HttpResponseRedirect(following)
    sso = oidc_settings()
    return render(
        request,
        "login.html",
        title=title,
        status=401 if attempt.message else 200,
        attempt=attempt,
        email=email,
        next=following,
        is_again=is_again,
        sso_name=sso.name if sso else "",
        sso_query=urlencode({"next": following, **({"again": "1"} if is_again else {})}),
    )


def login_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code of the second factor of whoever gave the right password just now."""
    person, attempt = awaited_person(request), Attempt(None)
    following = next_of(request)
    if person is None:
        return HttpResponseRedirect(f"/login?{urlencode({'next': following})}")
    if request.method == "POST":
        code = request.POST.get("code", "")
        attempt = check_code(person=person, code=code, asking=asking_of(request))
        if attempt.person is not None:
            enter(request, attempt.person)
            return HttpResponseRedirect(following)
    return render(
        request,
        "login_code.html",
        title="Second factor",
        status=401 if attempt.message else 200,
        attempt=attempt,
        next=following,
    )


def logout(request: HttpRequest) -> HttpResponse:
    """End the session."""
    actor = actor_of(request)
    if actor.actor_id:
        record(
            actor=actor,
            action="logout",
            object_type="account",
            object_id=actor.actor_id,
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

"""One door for every address: each route declares its permission, and is refused without it.

A route is made by `page`, `action` or `open_door`; the suite fails for an address that has none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.ledger.permissions import SENSITIVE, is_allowed
from fairlead.web.problems import forbidden, of_diagnostic
from fairlead.web.requests import actor_of, is_recent

View = Callable[..., HttpResponseBase]
OPEN = "open"


@dataclass(frozen=True)
class Route:
    """One address: its path, its view behind the door, and the permission that opens it."""

    path: str
    view: View
    name: str
    permission: str
    methods: tuple[str, ...]


def page(path: str, view: View, permission: str) -> Route:
    """A page that people read."""
    return _route(path, view, permission, ("GET", "HEAD"))


def action(path: str, view: View, permission: str) -> Route:
    """A form that changes something, or a page with one."""
    return _route(path, view, permission, ("GET", "HEAD", "POST"))


def open_door(path: str, view: View, *, methods: tuple[str, ...] = ("GET", "HEAD")) -> Route:
    """An address for everybody, such as the log-in page."""
    return _route(path, view, OPEN, methods)


def machine_door(path: str, view: View) -> Route:
    """An address that checks a signature itself, such as a webhook; it takes no cookie."""
    route = _route(path, view, OPEN, ("POST",))
    return Route(path, csrf_exempt(route.view), route.name, OPEN, ("POST",))


def _route(path: str, view: View, permission: str, methods: tuple[str, ...]) -> Route:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        if request.method not in methods:
            return HttpResponse(status=405, headers={"Allow": ", ".join(methods)})
        if permission != OPEN:
            actor = actor_of(request)
            if not actor.actor_id:
                return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
            if not is_allowed(actor, permission):
                return forbidden(request)
            if permission in SENSITIVE and request.method == "POST" and not is_recent(request):
                return redirect_to_login(request.get_full_path(), "/login/again")
        try:
            return view(request, *args, **named)
        except DiagnosticError as error:
            return of_diagnostic(request, error)

    name = f"{view.__module__.split('.')[-2]}.{view.__name__}"
    return Route(path, guarded, name, permission, methods)

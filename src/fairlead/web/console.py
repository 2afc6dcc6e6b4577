"""The frame of every page: navigation, who is logged in, theme, and the styles."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import get_template

from fairlead.ledger.permissions import Actor, is_allowed
from fairlead.web.requests import actor_of

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "fairlead-theme"


@dataclass(frozen=True)
class Entry:
    """One place in the navigation."""

    name: str
    path: str
    permission: str


NAVIGATION = (
    Entry("Home", "/", "scorecard:read"),
    Entry("Daily review", "/review", "review:read"),
    Entry("Catalog", "/catalog", "catalog:read"),
    Entry("Sources", "/sources", "source:read"),
    Entry("Model", "/model", "model:read"),
    Entry("Definitions", "/definitions", "definition:read"),
    Entry("Activity", "/activity", "activity:read"),
    Entry("Administration", "/admin", "person:read"),
)


def navigation_for(actor: Actor, path: str) -> list[tuple[Entry, bool]]:
    """The places that an actor may open, and whether each holds the present page."""
    return [
        (entry, path == entry.path or (entry.path != "/" and path.startswith(entry.path)))
        for entry in NAVIGATION
        if is_allowed(actor, entry.permission)
    ]


def render(
    request: HttpRequest, template: str, *, title: str, status: int = 200, **content: object
) -> HttpResponse:
    """A page of the console; `content` are the names that its template uses."""
    actor = actor_of(request)
    theme = request.COOKIES.get(THEME_COOKIE, "auto")
    frame = {
        "title": title,
        "actor": actor,
        "navigation": navigation_for(actor, request.path),
        "theme": theme if theme in THEMES else "auto",
        "csrf_token": get_token(request),
        "path": request.get_full_path(),
    }
    text = get_template(template).render({**frame, **content}, request)
    return HttpResponse(text, status=status)

"""What every request carries: who asks, an id, and the age of the session."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.kernel.ids import uuid7
from fairlead.ledger.people import Person
from fairlead.ledger.permissions import NOBODY, Actor, Grant

STARTED, SEEN, PROVED = "started_at", "seen_at", "proved_at"


class RequestMiddleware:
    """Ends sessions that are idle or old, and names the actor and the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid7(SYSTEM_CLOCK.now())  # type: ignore[attr-defined]
        _age(request)
        response = self.get_response(request)
        response.headers.setdefault("X-Request-Id", request_id(request))
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def _age(request: HttpRequest) -> None:
    """Log out a session that was idle for an hour or is half a day old."""
    if not request.user.is_authenticated:
        return
    now = int(SYSTEM_CLOCK.now().timestamp())
    session = request.session
    started, seen = session.get(STARTED, now), session.get(SEEN, now)
    if now - seen > settings.IDLE_SECONDS or now - started > settings.ABSOLUTE_SECONDS:
        logout(request)
    elif now - seen > 60:
        session[SEEN] = now


def begin_session(request: HttpRequest) -> None:
    """Note when a session began and when its owner last proved who they are."""
    now = int(SYSTEM_CLOCK.now().timestamp())
    request.session[STARTED] = request.session[SEEN] = request.session[PROVED] = now


def is_recent(request: HttpRequest) -> bool:
    """Whether the person proved who they are in the last ten minutes."""
    now = int(SYSTEM_CLOCK.now().timestamp())
    return now - request.session.get(PROVED, 0) <= settings.RECENT_SECONDS  # type: ignore[no-any-return]


def request_id(request: HttpRequest) -> str:
    """The id of a request, for the log and for people who ask."""
    return str(getattr(request, "request_id", ""))


def address_of(request: HttpRequest) -> str:
    """The address that a request came from; behind proxies of ours, what the outermost one saw."""
    proxies = getattr(settings, "PROXY_COUNT", 0)
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part]
    if proxies and len(seen) >= proxies:
        return seen[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))


def actor_of(request: HttpRequest) -> Actor:
    """Who asks, with the grants in force now."""
    known = getattr(request, "actor", None)
    if isinstance(known, Actor):
        return known
    user = request.user
    actor = NOBODY
    if isinstance(user, Person) and user.is_active:
        actor = person_actor(user)
    request.actor = actor  # type: ignore[attr-defined]
    return actor


def person_actor(person: Person, auth_method: str = "session") -> Actor:
    """A person as an actor."""
    grants = person.grants_at(SYSTEM_CLOCK.now())
    return Actor(
        person.person_id,
        person.name,
        tuple(Grant(grant.role, grant.scope_kind, grant.scope_id) for grant in grants),
        auth_method,
    )

"""What every request of the API passes: who asks, how often, with what body; then its answer.

A bearer token or the session of the console says who asks; a session writes only with its CSRF
token. Refusals are problem+json, successes carry ETag and the state of the rate limit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from ninja.utils import check_csrf

from fairlead.apps.api.idempotency import answer_once
from fairlead.apps.api.problem import ApiProblemError
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.ledger.permissions import SENSITIVE, Actor, is_allowed
from fairlead.ledger.tokens import ApiToken, token_of
from fairlead.web.etags import with_etag
from fairlead.web.problems import forbidden
from fairlead.web.rate_limits import RateLimit, Taken
from fairlead.web.requests import actor_of, address_of, is_recent, person_actor

View = Callable[..., HttpResponse]
LARGEST_BODY = 1024 * 1024
USED_EVERY = timedelta(minutes=1)
BY_ADDRESS = RateLimit(1_200, 60)
BY_TOKEN = RateLimit(600, 60)
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="fairlead"'}


def through_the_door(view: View) -> View:
    """The view behind the checks that every address of the API shares."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        taken = BY_ADDRESS.take(address_of(request), time.monotonic())
        try:
            _refuse_when(taken)
            token = _identify(request)
            if token is not None:
                taken = BY_TOKEN.take(str(token.pk), time.monotonic())
                _refuse_when(taken)
            _check_body(request)
            _check_text(request)
            answer = _with_problem_for_method(request, _run(request, view, args, named))
        except ApiProblemError as error:
            answer = error.answer(request)
        answer = with_etag(request, answer)
        for name, value in taken.headers().items():
            answer.headers.setdefault(name, value)
        answer.headers["Vary"] = "Authorization, Cookie"
        return answer

    return guarded


def admit(permission: str) -> Callable[[HttpRequest], Actor]:
    """The check of one operation: somebody, with the permission, by a safe way."""

    def check(request: HttpRequest) -> Actor:
        actor = actor_of(request)
        if not actor.actor_id:
            raise _who_is_it("This needs a token (`Authorization: Bearer fl_…`) or a log-in.")
        if not is_allowed(actor, permission):
            raise ApiProblemError(
                403, "Not yours to open", f"This needs the permission `{permission}`.", "FL7001"
            )
        if request.method not in ("GET", "HEAD") and actor.auth_method == "session":
            _check_session(request, permission)
        if permission in SENSITIVE and request.method != "GET" and actor.auth_method == "token":
            raise ApiProblemError(
                403,
                "A token cannot do this",
                "Log in to the console for it: what gives access is not left to a token.",
                "FL7001",
            )
        return actor

    return check


def _who_is_it(detail: str) -> ApiProblemError:
    return ApiProblemError(401, "Who asks is not known", detail, "FL7031", CHALLENGE)


def _refuse_when(taken: Taken) -> None:
    if not taken.is_allowed:
        raise ApiProblemError(
            429,
            "Too many requests",
            f"At most {taken.limit} in a minute; come again in {taken.reset_seconds} s.",
            "FL7035",
            taken.headers(),
        )


def _identify(request: HttpRequest) -> ApiToken | None:
    """Name the actor of a bearer token; without one the session says who asks."""
    given = request.headers.get("Authorization", "")
    if not given:
        return None
    scheme, _, value = given.partition(" ")
    now = SYSTEM_CLOCK.now()
    token = token_of(value.strip(), now) if scheme.lower() == "bearer" else None
    if token is None:
        raise _who_is_it("The token is unknown, expired or revoked.")
    if token.last_used_at is None or now - token.last_used_at > USED_EVERY:
        old = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USED_EVERY)
        ApiToken.objects.filter(old, pk=token.pk).update(last_used_at=now)
    actor = person_actor(token.person, "token")
    request.actor = replace(actor, only=frozenset(token.scopes))  # type: ignore[attr-defined]
    return token


def _check_session(request: HttpRequest, permission: str) -> None:
    if check_csrf(request) is not None:
        raise ApiProblemError(
            403, "The CSRF token is missing or wrong", "Send it as `X-CSRFToken`.", "FL7031"
        )
    if permission in SENSITIVE and not is_recent(request):
        raise ApiProblemError(
            403, "Prove that it is you", "Log in again at /login/again, then repeat.", "FL7031"
        )


def _check_body(request: HttpRequest) -> None:
    """A body is JSON, and not large."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > LARGEST_BODY:
        detail = f"A body has at most {LARGEST_BODY} bytes."
        raise ApiProblemError(413, "The body is too large", detail)
    if int(length) and request.content_type != "application/json":
        raise ApiProblemError(
            415,
            "The body is not JSON",
            f"`{request.content_type or 'none'}` was sent; send `application/json`.",
            headers={"Accept": "application/json"},
        )


def _check_text(request: HttpRequest) -> None:
    """No NUL anywhere: a database cannot keep it, and nobody means it."""
    query = request.META.get("QUERY_STRING", "")
    if "\x00" in request.path or "%00" in query or b"\\u0000" in request.body:
        raise ApiProblemError(400, "The request cannot be read", "It holds a NUL character.")


def _run(request: HttpRequest, view: View, args: Any, named: dict[str, Any]) -> HttpResponse:
    if request.method == "POST" and request.headers.get("Idempotency-Key"):
        actor = actor_of(request)
        if actor.actor_id:
            return answer_once(request, actor.actor_id, lambda: view(request, *args, **named))
    return view(request, *args, **named)


def _with_problem_for_method(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """The framework's bare answers as problems."""
    if answer.status_code == 405:
        allowed = answer.headers.get("Allow", "")
        return ApiProblemError(
            405, "Not with this method", f"Allowed: {allowed}.", headers={"Allow": allowed}
        ).answer(request)
    if answer.status_code == 403 and answer.headers["Content-Type"].startswith("text/html"):
        return forbidden(request)
    return answer

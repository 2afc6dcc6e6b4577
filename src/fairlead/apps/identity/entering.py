"""Between the steps of a log-in, and its end: a fresh session, and on to where one wanted to go."""

from __future__ import annotations

from django.contrib import auth
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.ledger.people import Person
from fairlead.web.requests import begin_session

AWAITED, AWAITED_AT = "pending_person_id", "pending_at"
CODE_SECONDS = 300
BACKEND = "django.contrib.auth.backends.ModelBackend"


def next_of(request: HttpRequest) -> str:
    """Where to go afterwards: an address of ours, never another site's."""
    return safe_next(request.POST.get("next") or request.GET.get("next"))


def safe_next(asked: str | None) -> str:
    """An address of ours as it was asked for, or home."""
    wanted = asked or "/"
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours else "/"


def await_code(request: HttpRequest, person: Person) -> None:
    """Remember for five minutes whose code is awaited, in a session with a fresh id."""
    request.session.cycle_key()
    request.session[AWAITED] = person.person_id
    request.session[AWAITED_AT] = int(SYSTEM_CLOCK.now().timestamp())


def awaited_person(request: HttpRequest) -> Person | None:
    """Whose code is awaited; None where nobody's is, or no longer."""
    age = int(SYSTEM_CLOCK.now().timestamp()) - request.session.get(AWAITED_AT, 0)
    if not 0 <= age <= CODE_SECONDS:
        request.session.pop(AWAITED, None)
        return None
    wanted = request.session.get(AWAITED, "")
    return Person.objects.filter(pk=wanted, is_active=True).exclude(totp_secret="").first()


def enter(request: HttpRequest, person: Person) -> None:
    """Begin the session of a person: its id is made anew, and what the steps left is gone."""
    for name in (AWAITED, AWAITED_AT):
        request.session.pop(name, None)
    auth.login(request, person, BACKEND)
    begin_session(request)

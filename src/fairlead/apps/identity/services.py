"""Who somebody is: password, then second factor, and what the log says of both.

The two steps are two requests: the first leaves in the session only whose code is awaited, so that
the password is in no page. An unknown address costs as much time as a wrong password, and gets the
same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password

from fairlead.apps.identity.throttle import is_throttled
from fairlead.apps.identity.totp import step_of_code
from fairlead.ledger.audit import record
from fairlead.ledger.people import Person, account_ref
from fairlead.ledger.permissions import NOBODY
from fairlead.web.requests import person_actor

_NO_PASSWORD = make_password("no account has this password")
WAIT = "Too many failures: wait a quarter of an hour."
NO_MATCH = "Address and password do not match."
WRONG_CODE = "The code is wrong or was used already."


@dataclass(frozen=True)
class Asking:
    """Who asks: from which network address, in which request, when."""

    address: str
    request_id: str
    now: datetime


@dataclass(frozen=True)
class Attempt:
    """What came of a step: a person, whether a code is still asked of them, or why not."""

    person: Person | None
    message: str = ""
    needs_code: bool = False


def check_login(*, email: str, password: str, asking: Asking) -> Attempt:
    """The first step: address and password; the log-in is whole where no code is asked."""
    account = email.strip().lower()[:200]
    if is_throttled(account, asking.address, asking.now):
        return Attempt(None, WAIT)
    person = Person.objects.filter(email=account, is_active=True).first()
    is_right = check_password(password, person.password if person else _NO_PASSWORD)
    if person is None or not is_right:
        _note_failure(account, asking)
        return Attempt(None, NO_MATCH)
    if person.totp_secret:
        return Attempt(person, needs_code=True)
    note_login(person=person, auth_method="password", asking=asking)
    return Attempt(person)


def check_code(*, person: Person, code: str, asking: Asking) -> Attempt:
    """The second step: a code that fits now and was not used before."""
    if is_throttled(person.email, asking.address, asking.now):
        return Attempt(None, WAIT)
    step = step_of_code(person.totp_secret, code, asking.now, person.totp_last_step)
    used = step is not None and Person.objects.filter(pk=person.pk, totp_last_step__lt=step).update(
        totp_last_step=step
    )
    if not used:
        _note_failure(person.email, asking)
        return Attempt(None, WRONG_CODE, needs_code=True)
    note_login(person=person, auth_method="password+totp", asking=asking)
    return Attempt(person)


def note_login(*, person: Person, auth_method: str, asking: Asking) -> None:
    """Write into the log that somebody came in, and how."""
    record(
        actor=person_actor(person, auth_method),
        action="login",
        object_type="account",
        object_id=person.person_id,
        request_id=asking.request_id,
        at=asking.now,
    )


def _note_failure(account: str, asking: Asking) -> None:
    record(
        actor=NOBODY,
        action="login_failed",
        object_type="account",
        object_id=account_ref(account),
        payload={"address": asking.address},
        request_id=asking.request_id,
        at=asking.now,
    )

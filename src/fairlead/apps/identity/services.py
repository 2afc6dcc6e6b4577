"""Who somebody is: password, second factor, and what the log says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password

from fairlead.apps.identity.throttle import is_throttled
from fairlead.apps.identity.totp import step_of_code
from fairlead.ledger.audit import record
from fairlead.ledger.people import Person
from fairlead.ledger.permissions import NOBODY
from fairlead.web.requests import person_actor

_NO_PASSWORD = make_password("no account has this password")


@dataclass(frozen=True)
class Attempt:
    """What came of a log-in: a person, or None and why (the same words for every wrong one)."""

    person: Person | None
    message: str = ""
    needs_code: bool = False


def attempt_login(
    *, email: str, password: str, code: str, now: datetime, request_id: str = ""
) -> Attempt:
    """Check a password and, where the account has one, the second factor.

    An unknown address costs as much time as a wrong password, and gets the same answer.
    """
    address = email.strip().lower()
    if is_throttled(address, now):
        return Attempt(None, "Too many failures: wait a quarter of an hour.")
    person = Person.objects.filter(email=address, is_active=True).first()
    is_right = check_password(password, person.password if person else _NO_PASSWORD)
    if person is None or not is_right:
        _failed(address, now, request_id)
        return Attempt(None, "Address and password do not match.")
    if not person.totp_secret:
        return _welcome(person, now, request_id)
    if not code.strip():
        return Attempt(None, "", needs_code=True)
    step = step_of_code(person.totp_secret, code, now, person.totp_last_step)
    if step is None:
        _failed(address, now, request_id)
        return Attempt(None, "The code is wrong or was used already.", needs_code=True)
    used = Person.objects.filter(pk=person.pk, totp_last_step__lt=step).update(totp_last_step=step)
    if not used:
        return Attempt(None, "The code is wrong or was used already.", needs_code=True)
    return _welcome(person, now, request_id)


def _welcome(person: Person, now: datetime, request_id: str) -> Attempt:
    record(
        actor=person_actor(person, "password"),
        action="login",
        object_type="account",
        object_id=person.email,
        request_id=request_id,
        at=now,
    )
    return Attempt(person)


def _failed(address: str, now: datetime, request_id: str) -> None:
    record(
        actor=NOBODY,
        action="login_failed",
        object_type="account",
        object_id=address[:200],
        request_id=request_id,
        at=now,
    )

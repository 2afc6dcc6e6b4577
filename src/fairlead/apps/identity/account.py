"""One's own account: roles, password, second factor, tokens."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from fairlead.apps.identity.totp import address_for_apps, make_secret, step_of_code
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.ledger.audit import record
from fairlead.ledger.people import Person
from fairlead.web.console import render
from fairlead.web.requests import actor_of, request_id

PENDING = "totp_pending"


def account(request: HttpRequest) -> HttpResponse:
    """Show the account; turn the second factor on with a first code, or off."""
    person = Person.objects.get(pk=actor_of(request).actor_id)
    message = ""
    if request.method == "POST":
        message = _change(request, person)
    secret = request.session.get(PENDING, "")
    return render(
        request,
        "account.html",
        title="Account",
        person=person,
        grants=person.grants_at(SYSTEM_CLOCK.now()),
        message=message,
        secret=secret,
        address=address_for_apps(secret, person.email) if secret else "",
    )


def _change(request: HttpRequest, person: Person) -> str:
    wanted = request.POST.get("do", "")
    if wanted == "begin_totp":
        request.session[PENDING] = make_secret()
        return ""
    if wanted == "confirm_totp":
        secret = request.session.get(PENDING, "")
        step = step_of_code(secret, request.POST.get("code", ""), SYSTEM_CLOCK.now(), 0)
        if not secret or step is None:
            return "The code does not fit: check the clock of the device, and try the next one."
        person.totp_secret, person.totp_last_step = secret, step
        person.save(update_fields=["totp_secret", "totp_last_step"])
        del request.session[PENDING]
        _note(request, person, "totp_on")
        return "The second factor is on."
    if wanted == "end_totp" and person.check_password(request.POST.get("password", "")):
        person.totp_secret = ""
        person.save(update_fields=["totp_secret"])
        _note(request, person, "totp_off")
        return "The second factor is off."
    return "Nothing was changed: the password does not match."


def _note(request: HttpRequest, person: Person, action: str) -> None:
    record(
        actor=actor_of(request),
        action=action,
        object_type="account",
        object_id=person.person_id,
        request_id=request_id(request),
    )

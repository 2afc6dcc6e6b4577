"""Sessions that end, proofs that grow old, and tokens that are narrower than their owner."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from fairlead.kernel.clock import SYSTEM_CLOCK, SystemClock
from fairlead.ledger.people import Person
from fairlead.ledger.permissions import (
    PERMISSIONS,
    ROLES,
    SENSITIVE,
    Actor,
    Grant,
    allowed_of,
    is_allowed,
)
from tests.console.conftest import PASSWORD, Login

Later = Callable[..., None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Moves the clock on."""
    start = SYSTEM_CLOCK.now()

    def move(**by: float) -> None:
        moment: datetime = start + timedelta(**by)
        monkeypatch.setattr(SystemClock, "now", lambda self: moment)

    return move


def is_inside(client: Client) -> bool:
    """Whether a client can open its own account."""
    return client.get("/account").status_code == 200


def test_a_session_ends_after_an_idle_hour(login: Login, later: Later) -> None:
    client = login("viewer")
    later(minutes=59)
    assert is_inside(client)
    later(minutes=118)
    assert is_inside(client)
    later(minutes=179)
    assert not is_inside(client)
    later(minutes=180)
    assert not is_inside(client), "an ended session stays ended"


def test_a_session_ends_after_half_a_day_of_work(login: Login, later: Later) -> None:
    client = login("viewer")
    for half_hours in range(1, 25):
        later(minutes=30 * half_hours)
        assert is_inside(client), half_hours
    later(minutes=721)
    assert not is_inside(client)


def test_a_change_that_matters_asks_for_a_proof_of_ten_minutes(login: Login, later: Later) -> None:
    client = login("admin")
    later(minutes=9)
    given = {"email": "bo@acme.invalid", "name": "Bo"}
    assert client.post("/admin/add", given).status_code == 200
    later(minutes=11)
    answer = client.post("/admin/add", {"email": "cy@acme.invalid", "name": "Cy"})
    assert (answer.status_code, answer["Location"]) == (302, "/login/again?next=/admin/add")
    assert not Person.objects.filter(email="cy@acme.invalid").exists()
    assert client.get("/admin/add").status_code == 200, "reading asks for no proof"


def test_a_fresh_password_ends_the_sessions_of_its_person(login: Login) -> None:
    client = login("viewer")
    person = Person.objects.get(email="viewer@acme.invalid")
    person.set_password("another battery staple")
    person.save()
    assert not is_inside(client)


def test_a_person_who_was_shut_out_is_out_at_once(login: Login) -> None:
    client = login("director")
    Person.objects.filter(email="director@acme.invalid").update(is_active=False)
    assert not is_inside(client)
    answer = Client().post("/login", {"email": "director@acme.invalid", "password": PASSWORD})
    assert answer.status_code == 401


def test_a_grant_that_ended_opens_nothing(login: Login) -> None:
    client = login("director")
    person = Person.objects.get(email="director@acme.invalid")
    assert client.get("/activity").status_code == 200
    person.grants.update(expires_at=SYSTEM_CLOCK.now() - timedelta(seconds=1))
    assert client.get("/activity").status_code == 403


def test_a_token_is_never_wider_than_its_owner_or_its_scopes() -> None:
    narrowed = Actor("1", "t", (Grant("director"),), "token", frozenset({"kpi:read", "role:grant"}))
    assert allowed_of(narrowed) == {"kpi:read"}
    whole = Actor("1", "d", (Grant("director"),))
    assert allowed_of(narrowed) < allowed_of(whole)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_grant_on_a_team_covers_that_team_and_unrestricted_reads(role: str) -> None:
    actor = Actor("1", "x", (Grant(role, "team", "payments"),))
    for permission in ROLES[role] - ROLES["viewer"]:
        assert is_allowed(actor, permission, ("team", "payments"))
        assert not is_allowed(actor, permission, ("team", "platform"))
        assert not is_allowed(actor, permission)
    assert all(is_allowed(actor, permission) for permission in ROLES["viewer"] & ROLES[role])


def test_nobody_is_allowed_anything_and_a_misspelt_permission_is_no_permission() -> None:
    assert allowed_of(Actor("", "nobody")) == frozenset()
    with pytest.raises(KeyError):
        is_allowed(Actor("1", "x", (Grant("admin"),)), "kpis:read")


def test_an_administrator_can_read_the_log_and_not_take_it_away() -> None:
    assert {"activity:read", "audit:verify"} <= ROLES["admin"]
    assert not {"activity:export", "export:read"} & ROLES["admin"]
    managing = {"person:manage", "role:grant", "token:manage"}
    assert [role for role in ROLES if managing & ROLES[role]] == ["admin"]
    assert managing <= SENSITIVE <= PERMISSIONS

"""Log-in in two steps: what is in the pages, in the session and in the log; guessing is slow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from statistics import median
from time import perf_counter

import pytest
from django.test import Client

from fairlead.apps.identity import entering
from fairlead.apps.identity.throttle import PER_ACCOUNT, PER_ADDRESS
from fairlead.apps.identity.totp import code_at, make_secret
from fairlead.kernel.clock import SYSTEM_CLOCK, FixedClock
from fairlead.ledger.audit import AuditEntry
from fairlead.ledger.people import Person
from tests.console.conftest import PASSWORD

Make = Callable[..., Person]


def with_factor(person: Person) -> str:
    person.totp_secret = make_secret()
    person.save()
    return str(person.totp_secret)


def code_now(secret: str) -> str:
    return code_at(secret, int(SYSTEM_CLOCK.now().timestamp()) // 30)


def first_step(client: Client, email: str) -> None:
    answer = client.post("/login", {"email": email, "password": PASSWORD, "next": "/account"})
    assert answer["Location"] == "/login/code?next=%2Faccount"


def test_the_password_is_in_no_page_and_no_session(person: Make) -> None:
    found = person("viewer")
    secret = with_factor(found)
    client = Client()
    first_step(client, found.email)
    page = client.get("/login/code?next=/account").content.decode()
    assert PASSWORD not in page
    assert 'type="password"' not in page
    assert PASSWORD not in str(dict(client.session))
    assert client.get("/account").status_code == 302
    before = client.cookies["fairlead"].value
    answer = client.post("/login/code", {"code": code_now(secret), "next": "/account"})
    assert answer["Location"] == "/account"
    assert client.cookies["fairlead"].value != before
    assert "pending_person_id" not in client.session
    assert client.get("/account").status_code == 200


def test_a_code_opens_once(person: Make) -> None:
    found = person("viewer")
    code = code_now(with_factor(found))
    for status in (302, 401):
        client = Client()
        first_step(client, found.email)
        assert client.post("/login/code", {"code": code}).status_code == status


def test_the_code_is_asked_for_five_minutes(person: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    found = person("viewer")
    secret = with_factor(found)
    client = Client()
    first_step(client, found.email)
    later = SYSTEM_CLOCK.now() + timedelta(minutes=5, seconds=2)
    monkeypatch.setattr(entering, "SYSTEM_CLOCK", FixedClock(later))
    answer = client.post("/login/code", {"code": code_now(secret)})
    assert answer["Location"].startswith("/login?")


def test_a_code_without_the_password_opens_nothing(person: Make) -> None:
    secret = with_factor(person("viewer"))
    answer = Client().post("/login/code", {"code": code_now(secret)})
    assert answer["Location"].startswith("/login?")


def test_unknown_address_and_wrong_password_look_alike(person: Make) -> None:
    found = person("viewer")
    texts, spans = [], []
    for email in (found.email, "nobody@acme.invalid"):
        took = []
        for _ in range(5):
            began = perf_counter()
            answer = Client().post("/login", {"email": email, "password": "wrong"})
            took.append(perf_counter() - began)
        text = answer.content.decode()
        assert answer.status_code == 401
        texts.append(text.split('<p class="notice')[1].split("<form")[0])
        spans.append(median(took))
    assert texts[0] == texts[1]
    assert abs(spans[0] - spans[1]) < 0.5 * max(spans)


def test_an_account_that_saw_many_failures_waits_even_for_the_right_password(
    person: Make,
) -> None:
    found = person("viewer")
    for _ in range(PER_ACCOUNT):
        Client().post("/login", {"email": found.email, "password": "wrong"})
    answer = Client().post("/login", {"email": found.email, "password": PASSWORD})
    assert "Too many failures" in answer.content.decode()
    other = person("viewer", email="other@acme.invalid")
    again = Client().post("/login", {"email": other.email, "password": PASSWORD})
    assert again.status_code == 302


def test_wrong_codes_count_as_failures(person: Make) -> None:
    found = person("viewer")
    secret = with_factor(found)
    client = Client()
    first_step(client, found.email)
    for _ in range(PER_ACCOUNT):
        assert client.post("/login/code", {"code": "abc"}).status_code == 401
    answer = client.post("/login/code", {"code": code_now(secret)})
    assert "Too many failures" in answer.content.decode()


def test_an_address_that_tries_many_accounts_waits_and_another_does_not(person: Make) -> None:
    found = person("viewer")
    near, far = {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "192.0.2.2"}
    for number in range(PER_ADDRESS):
        form = {"email": f"{number}@acme.invalid", "password": "wrong"}
        Client(**near).post("/login", form)
    right = {"email": found.email, "password": PASSWORD}
    assert Client(**near).post("/login", right).status_code == 401
    assert Client(**far).post("/login", right).status_code == 302


def test_failures_are_in_the_log_without_the_password(person: Make) -> None:
    found = person("viewer")
    Client().post("/login", {"email": found.email, "password": "a wrong secret"})
    entry = AuditEntry.objects.get(action="login_failed")
    assert entry.object_id == found.person_id
    assert found.email not in entry.entry_json + entry.payload_json
    assert "a wrong secret" not in entry.entry_json + entry.payload_json
    assert "127.0.0.1" not in entry.entry_json

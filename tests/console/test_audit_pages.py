"""The activity page: who sees it, what its address asks for, its files, and its proofs."""

from __future__ import annotations

import base64
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from fairlead.apps.activity import verification
from fairlead.ledger.audit import AuditEntry, record
from fairlead.ledger.audit_checkpoints import make_checkpoint
from fairlead.ledger.people import Person
from fairlead.ledger.permissions import ROLES, Actor
from fairlead.methods.merkle import leaf_hash, verify_inclusion
from tests.console.conftest import PASSWORD, Login

NOON = datetime(2020, 3, 1, 12, tzinfo=UTC)
FORMULA = '=HYPERLINK("http://evil.invalid")'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> None:
    """Key and checkpoints of this test alone."""
    settings.STATE_FOLDER = tmp_path


def act(count: int, *, actor: str = "", action: str = "tried", thing: str = "x") -> None:
    """Some entries of a day of long ago."""
    for number in range(count):
        record(
            actor=Actor(actor, "somebody"), action=action, object_type="thing", object_id=thing,
            at=NOON + timedelta(seconds=number),
        )  # fmt: skip


def text_of(client: Client, address: str) -> str:
    """The page at an address."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_log_opens_for_those_who_may_read_it(role: str, login: Login) -> None:
    client = login(role)
    allowed = "activity:read" in ROLES[role]
    for address in ("/activity", "/activity/1"):
        assert client.get(address).status_code == (200 if allowed else 403)
    may_export = "activity:export" in ROLES[role]
    assert client.get("/activity/export").status_code == (200 if may_export else 403)
    for address in ("/activity", "/activity/1"):
        assert client.post(address).status_code == 405, "there is nothing to change here"


def test_newest_is_first_and_pages_follow_by_number(login: Login) -> None:
    act(120)
    client = login("auditor")
    page = text_of(client, "/activity")
    assert page.index('href="/activity/121"') < page.index('href="/activity/72"')
    assert 'href="/activity/71"' not in page
    assert 'href="/activity?before=72" rel="next"' in page
    last = text_of(client, "/activity?before=22")
    assert 'href="/activity/21"' in last
    assert 'href="/activity/1"' in last
    assert 'rel="next"' not in last


def test_filters_in_the_address_choose_entries(login: Login) -> None:
    act(2, actor="01-ana", action="opened", thing="door")
    act(3, actor="01-bo", action="closed", thing="gate")
    client = login("director")

    def shown(query: str) -> list[int]:
        page = text_of(client, f"/activity?{query}")
        return [n for n in range(1, 7) if f'<a href="/activity/{n}">' in page]

    assert shown("") == [1, 2, 3, 4, 5, 6]
    assert shown("actor=01-ana") == [1, 2]
    assert shown("action=closed") == [3, 4, 5]
    assert shown("object=thing") == [1, 2, 3, 4, 5]
    assert shown("object=thing:gate&action=closed") == [3, 4, 5]
    assert shown("day=2020-03-01") == [1, 2, 3, 4, 5]
    assert shown("day=2020-03-02") == []
    assert shown("actor=director@acme") == [6], "the log-in of this test, by a part of the address"
    assert "is no day" in text_of(client, "/activity?day=yesterday")


def test_hostile_names_are_shown_as_text(login: Login) -> None:
    act(1, thing="<script>alert(1)</script>")
    client = login("director")
    Person.objects.filter(email="director@acme.invalid").update(name="<b>Dee</b>")
    for address in ("/activity", "/activity/1"):
        page = text_of(client, address)
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page
    assert "&lt;b&gt;Dee&lt;/b&gt;" in text_of(client, "/activity")


def test_exports_hold_the_selection_and_no_formula_and_are_entries(login: Login) -> None:
    act(2, thing=FORMULA)
    client = login("auditor")
    answer = client.get("/activity/export?format=csv&action=tried")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert [row["seq"] for row in rows] == ["2", "1"]
    assert {row["object_id"] for row in rows} == {f"'{FORMULA}"}
    found = json.loads(client.get("/activity/export?format=json&action=tried").content)
    assert [row["object_id"] for row in found] == [FORMULA, FORMULA]
    assert [leaf_hash(row["entry"].encode()).hex() for row in found] == [
        row["leaf_sha256"] for row in found
    ]
    last = AuditEntry.objects.order_by("-seq")[0]
    assert (last.action, last.object_id) == ("activity_exported", "action=tried")


def test_verify_now_says_what_it_found_and_records_it(login: Login) -> None:
    act(3)
    client = login("auditor")
    assert "Nobody has verified the log yet." in text_of(client, "/activity")
    assert client.post("/activity/verify")["Location"] == "/activity"
    page = text_of(client, "/activity")
    assert "All 4 entries agree with each other, 4 of them with a signed checkpoint." in page
    assert "unanchored" in page
    entry = AuditEntry.objects.get(action="audit_verified")
    person = Person.objects.get(email="auditor@acme.invalid")
    assert (entry.actor_id, json.loads(entry.payload_json)["findings"]) == (person.pk, [])


def test_a_log_that_is_not_whole_is_an_alarm(login: Login, tmp_path: Path) -> None:
    act(3)
    make_checkpoint(now=NOON)
    folder = tmp_path / "checkpoints"
    folder.mkdir(exist_ok=True)
    note = make_checkpoint(now=NOON)
    assert note is None
    (folder / "9.note").write_text("no note\n")
    client = login("auditor")
    client.post("/activity/verify")
    page = text_of(client, "/activity")
    assert "1 finding: the log is not what it was." in page
    assert "<code>signature_invalid</code>" in page


def test_a_long_log_is_verified_in_the_background(
    login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []

    class Noted:
        def __init__(self, target: object, **_: object) -> None:
            started.append(target)

        def start(self) -> None:
            started.append("start")

    monkeypatch.setattr(verification, "WAIT_UP_TO", 0)
    monkeypatch.setattr(verification, "Thread", Noted)
    client = login("auditor")
    assert client.post("/activity/verify").status_code == 302
    assert started == [verification._in_background, "start"]


def test_an_entry_comes_with_a_proof_that_others_can_check(login: Login) -> None:
    act(7)
    make_checkpoint(now=NOON)
    client = login("director")
    assert "leaf 2 under the signed checkpoint of 7 entries" in text_of(client, "/activity/3")
    assert "no checkpoint covers it yet" in text_of(client, "/activity/8")
    found = json.loads(client.get("/activity/3?format=json").content)
    root = found["checkpoint"].split("\n")[2]
    assert root == found["root"]
    assert verify_inclusion(
        leaf_hash(found["entry"].encode()), found["index"], found["size"],
        [bytes.fromhex(node) for node in found["path"]], base64.b64decode(root),
    )  # fmt: skip


@pytest.mark.diagnostic("FL7028")
@pytest.mark.parametrize("seq", ["99", "0", "99999999999999999999"])
def test_an_entry_that_is_not_there_is_not_found(seq: str, login: Login) -> None:
    answer = login("director").get(f"/activity/{seq}")
    assert (answer.status_code, "FL7028" in answer.content.decode()) == (404, True)


def test_no_password_ever_enters_the_log(login: Login) -> None:
    client = login("admin")
    client.post("/login", {"email": "admin@acme.invalid", "password": "hunter2-is-wrong"})
    client.post("/admin/add", {"email": "bo@acme.invalid", "name": "Bo"})
    person = Person.objects.get(email="bo@acme.invalid")
    answer = client.post(f"/admin/people/{person.pk}/account", {"do": "password"})
    shown = answer.content.decode().split("<code>")[1].split("</code>")[0]
    assert person.__class__.objects.get(pk=person.pk).check_password(shown)
    for entry in AuditEntry.objects.all():
        for secret in (PASSWORD, "hunter2-is-wrong", shown):
            assert secret not in entry.entry_json + entry.payload_json


def test_the_page_asks_the_database_a_fixed_number_of_times(
    login: Login, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    act(200)
    client = login("director")
    with django_assert_max_num_queries(12):
        text_of(client, "/activity")

"""The API: who gets in, what is refused and how, pages, validators, repeats and limits."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from fairlead.apps.api import asking, door
from fairlead.apps.api.models import KeptAnswer
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.ledger.audit import AuditEntry
from fairlead.ledger.people import Person
from fairlead.ledger.tokens import ApiToken, create_token
from fairlead.web.desk import desk
from fairlead.web.paging import write_cursor
from fairlead.web.rate_limits import RateLimit
from tests.console.conftest import PASSWORD, Login

PROBLEM = "application/problem+json"
Make = Callable[..., Person]


@pytest.fixture(autouse=True)
def limits() -> None:
    """Every test begins with its limits unused."""
    door.BY_ADDRESS.forget()
    door.BY_TOKEN.forget()
    return


def bearer(person: Person, *scopes: str, days: int = 1) -> dict[str, Any]:
    _, value = create_token(
        person=person, label="test", scopes=list(scopes), days=days, now=SYSTEM_CLOCK.now()
    )
    return {"headers": {"Authorization": f"Bearer {value}"}}


def post(client: Client, path: str, body: object, **headers: str) -> Any:
    return client.post(path, json.dumps(body), content_type="application/json", headers=headers)


@pytest.mark.diagnostic("FL7031")
@pytest.mark.parametrize("value", ["", "Bearer fl_wrong", "Basic YTpi", "Bearer"])
def test_who_is_not_known_gets_a_challenge(db: None, value: str) -> None:
    headers = {"Authorization": value} if value else {}
    answer = Client().get("/api/v1/services", headers=headers)
    assert answer.status_code == 401
    assert answer["Content-Type"] == PROBLEM
    assert answer["WWW-Authenticate"] == 'Bearer realm="fairlead"'
    assert answer.json()["code"] == "FL7031"


def test_an_expired_or_revoked_token_or_one_of_a_leaver_is_refused(person: Make) -> None:
    owner = person("viewer")
    ways = [bearer(owner, "catalog:read") for _ in range(3)]
    expired, revoked, _ = ApiToken.objects.order_by("pk")
    ApiToken.objects.filter(pk=expired.pk).update(expires_at=SYSTEM_CLOCK.now())
    ApiToken.objects.filter(pk=revoked.pk).update(revoked_at=SYSTEM_CLOCK.now())
    statuses = [Client().get("/api/v1/services", **way).status_code for way in ways]
    assert statuses == [401, 401, 200]
    Person.objects.filter(pk=owner.pk).update(is_active=False)
    assert Client().get("/api/v1/services", **ways[2]).status_code == 401


def test_a_token_does_less_than_its_owner_and_never_more(person: Make) -> None:
    director = bearer(person("director"), "catalog:read")
    assert Client().get("/api/v1/services", **director).status_code == 200
    assert Client().get("/api/v1/activity", **director).status_code == 403
    viewer = bearer(person("viewer"), "activity:read")
    refused = Client().get("/api/v1/activity", **viewer)
    assert (refused.status_code, refused.json()["code"]) == (403, "FL7001")


def test_the_last_use_of_a_token_is_noted_once_a_minute(person: Make) -> None:
    way = bearer(person("viewer"), "catalog:read")
    Client().get("/api/v1/teams", **way)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    Client().get("/api/v1/teams", **way)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(seconds=61))
    Client().get("/api/v1/teams", **way)
    assert ApiToken.objects.get().last_used_at >= first


def test_a_session_writes_only_with_its_csrf_token(login: Login, person: Make) -> None:
    person("director", email="d@acme.invalid")
    client = Client(enforce_csrf_checks=True)
    page = client.get("/login")
    form = {"email": "d@acme.invalid", "password": PASSWORD}
    token = client.cookies["fairlead-csrf"].value
    client.post("/login", {**form, "csrfmiddlewaretoken": token})
    assert page.status_code == 200
    wish = {"label": "x", "scopes": ["kpi:read"], "days": 1}
    refused = post(client, "/api/v1/tokens", wish)
    assert (refused.status_code, refused["Content-Type"]) == (403, PROBLEM)
    token = client.cookies["fairlead-csrf"].value
    made = post(client, "/api/v1/tokens", wish, **{"X-CSRFToken": token})
    assert made.status_code == 201
    assert made.json()["value"].startswith("fl_")


def test_a_token_cannot_make_tokens_and_nobody_one_beyond_their_own(
    login: Login, person: Make
) -> None:
    wish = {"label": "x", "scopes": ["kpi:read"]}
    way = bearer(person("viewer", email="v@acme.invalid"), "token:own")
    headers = way["headers"]
    assert post(Client(), "/api/v1/tokens", wish, **headers).status_code == 403
    refused = post(login("viewer"), "/api/v1/tokens", {"label": "x", "scopes": ["role:grant"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "FL7029")


def test_a_token_is_shown_once_and_can_be_revoked_once(login: Login) -> None:
    client = login("viewer")
    made = post(client, "/api/v1/tokens", {"label": "x", "scopes": ["kpi:read"]}).json()
    listed = client.get("/api/v1/tokens").json()["items"]
    assert [(item["token_id"], item["value"]) for item in listed] == [(made["token_id"], None)]
    path = f"/api/v1/tokens/{made['token_id']}"
    assert [client.delete(path).status_code for _ in range(2)] == [204, 404]
    actions = list(AuditEntry.objects.order_by("seq").values_list("action", flat=True))
    assert actions == ["login", "token_created", "token_revoked"]
    assert made["value"] not in "".join(AuditEntry.objects.values_list("entry_json", flat=True))


def test_someone_elses_token_is_not_there(login: Login) -> None:
    first = login("viewer", email="a@acme.invalid")
    made = post(first, "/api/v1/tokens", {"label": "x", "scopes": ["kpi:read"]}).json()
    other = login("viewer", email="b@acme.invalid")
    assert other.delete(f"/api/v1/tokens/{made['token_id']}").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "status"),
    [
        ("get", "/api/v1/nothing", None, None, 404),
        ("get", "/api/v1/services/nothing", None, None, 404),
        ("get", "/api/v1/kpis/nothing", None, None, 404),
        ("put", "/api/v1/services", None, None, 405),
        ("post", "/api/v1/quarantine/replay", "a=b", "text/plain", 415),
        ("post", "/api/v1/quarantine/replay", "{", "application/json", 400),
        ("post", "/api/v1/quarantine/replay", '{"dry_run": 7}', "application/json", 422),
        ("post", "/api/v1/quarantine/replay", "x" * 1_048_577, "application/json", 413),
        ("get", "/api/v1/services?limit=0", None, None, 422),
        ("get", "/api/v1/activity?actor=a%00b", None, None, 400),
        ("get", "/api/v1/people/a%00b", None, None, 400),
        ("post", "/api/v1/quarantine/replay", '{"source": "a\\u0000"}', "application/json", 400),
        ("get", "/api/v1/scorecard?period=then", None, None, 400),
        ("get", "/api/v1/scorecard?team=nobody", None, None, 400),
    ],
)
def test_every_refusal_is_a_problem(
    login: Login, method: str, path: str, body: str | None, kind: str | None, status: int
) -> None:
    client = login("director")
    more = {"content_type": kind, "data": body} if kind else {}
    answer = getattr(client, method)(path, **more)
    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM), answer.content
    found = answer.json()
    assert found["status"] == status
    assert found["title"]
    assert found["instance"].startswith("urn:request:")


def test_the_refused_method_learns_which_are_allowed(login: Login) -> None:
    assert login("viewer").put("/api/v1/services")["Allow"] == "GET"


def test_pages_of_a_list_join_to_the_whole_without_repeats(login: Login) -> None:
    client = login("viewer")
    whole = client.get("/api/v1/services?limit=200").json()
    assert whole["next"] is None
    found: list[str] = []
    cursor = ""
    while True:
        page = client.get("/api/v1/services", {"limit": 7, "cursor": cursor}).json()
        assert page["total"] == whole["total"]
        found += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == [item["id"] for item in whole["items"]]
    assert len(set(found)) == whole["total"] > 7


@pytest.mark.diagnostic("FL7032")
def test_a_cursor_of_another_list_or_a_changed_one_is_refused(login: Login) -> None:
    client = login("viewer")
    cursor = client.get("/api/v1/services?limit=1").json()["next"]
    forged = write_cursor({"list": "teams"}, {"o": 1})
    for wrong in (cursor + "x", cursor[:-1], "x", forged):
        answer = client.get("/api/v1/services", {"limit": 1, "cursor": wrong})
        assert (answer.status_code, answer.json()["code"]) == (400, "FL7032")
    other = client.get("/api/v1/services", {"limit": 1, "cursor": cursor, "team": "payments"})
    assert other.status_code == 400


def test_activity_pages_stay_right_while_entries_are_added(login: Login) -> None:
    client = login("director")
    for _ in range(3):
        post(client, "/api/v1/tokens", {"label": "x", "scopes": ["kpi:read"]})
    first = client.get("/api/v1/activity?limit=2").json()
    post(client, "/api/v1/tokens", {"label": "x", "scopes": ["kpi:read"]})
    second = client.get("/api/v1/activity", {"limit": 2, "cursor": first["next"]}).json()
    assert [item["seq"] for item in first["items"] + second["items"]] == [4, 3, 2, 1]
    assert json.loads(second["items"][-1]["entry"])["action"] == "login"


def test_an_unchanged_answer_is_not_sent_again(login: Login) -> None:
    client = login("viewer")
    first = client.get("/api/v1/teams")
    again = client.get("/api/v1/teams", headers={"If-None-Match": f'"other", W/{first["ETag"]}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert client.get("/api/v1/teams", headers={"If-None-Match": '"x"'}).status_code == 200


@pytest.mark.diagnostic("FL7033", "FL7036")
def test_a_repeated_write_has_one_effect(login: Login, facts: None) -> None:
    client, path = login("director"), "/api/v1/quarantine/replay"
    key = {"Idempotency-Key": "night-7"}
    first = post(client, path, {"dry_run": False}, **key)
    again = post(client, path, {"dry_run": False}, **key)
    assert first.status_code == again.status_code == 200
    assert again["Idempotency-Replayed"] == "true"
    assert again.content == first.content
    assert AuditEntry.objects.filter(action="quarantine_replayed").count() == 1
    other = post(client, path, {"dry_run": True}, **key)
    assert (other.status_code, other.json()["code"]) == (422, "FL7033")
    KeptAnswer.objects.update(status=0)
    running = post(client, path, {"dry_run": False}, **key)
    assert (running.status_code, running.json()["code"]) == (409, "FL7036")
    KeptAnswer.objects.update(created_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert "Idempotency-Replayed" not in post(client, path, {"dry_run": False}, **key)


def test_a_secret_is_not_kept_for_a_repeat(login: Login) -> None:
    client, wish = login("viewer"), {"label": "x", "scopes": ["kpi:read"]}
    made = post(client, "/api/v1/tokens", wish, **{"Idempotency-Key": "k"})
    again = post(client, "/api/v1/tokens", wish, **{"Idempotency-Key": "k"})
    assert (made.status_code, again.status_code) == (201, 409)
    assert ApiToken.objects.count() == 1
    assert bytes(KeptAnswer.objects.get().body) == b""


@pytest.mark.diagnostic("FL7035")
def test_who_asks_too_often_learns_when_to_come_again(
    person: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "BY_TOKEN", RateLimit(3, 60))
    way = bearer(person("viewer"), "catalog:read")
    answers = [Client().get("/api/v1/teams", **way) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[3].json()["code"] == "FL7035"
    assert 1 <= int(answers[3]["Retry-After"]) <= 20


def test_a_limit_lets_one_more_through_when_its_share_of_the_span_is_over() -> None:
    limit = RateLimit(2, 60)
    assert [limit.take("a", now).is_allowed for now in (0, 0, 0, 29, 30.5, 31)] == [
        True, True, False, False, True, False,
    ]  # fmt: skip
    assert limit.take("b", 0).remaining == 1


@pytest.mark.diagnostic("FL7034")
def test_an_answer_that_takes_longer_is_promised_then_given(
    login: Login, facts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, path = login("viewer"), "/api/v1/scorecard?period=2026-09-07..2026-09-21"
    monkeypatch.setattr(desk().snapshots, "is_background", True)
    monkeypatch.setattr(asking, "PATIENCE_SECONDS", 0)
    promised = client.get(path)
    assert (promised.status_code, promised.json()["code"]) == (503, "FL7034")
    assert promised["Retry-After"] == "2"
    monkeypatch.setattr(asking, "PATIENCE_SECONDS", 120)
    given = client.get(path).json()
    assert given["is_fresh"]
    assert len(given["scorecard"]["cards"]) == 26


def test_health_and_version_are_open_and_tell_no_details(facts: None, db: None) -> None:
    assert Client().get("/api/v1/version").json()["api"] == "v1"
    checks = {"ledger": "ok", "lake": "ok", "model": "ok"}
    assert Client().get("/api/v1/health").json() == {"status": "ok", "checks": checks}

"""The door of webhooks: what is stored, what is refused, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from fairlead.ledger.audit import AuditEntry
from fairlead.ledger.inbox import Delivery, RefusedDelivery
from tests.console.inbox_workspace import (
    PREVIOUS,
    Sender,
    recorded,
    served,
    signed,
    write_workspace,
)

RUN = {"x-github-event": "workflow_run", "x-github-delivery": "d-1"}
MEBIBYTE = 1024 * 1024


@pytest.fixture
def sender(db: None, tmp_path: Path) -> Iterator[Sender]:
    with served(write_workspace(tmp_path)):
        yield Sender(Client())


def refused(source_id: str) -> dict[str, int]:
    rows = RefusedDelivery.objects.filter(source_id=source_id, refused_on=date(2026, 11, 23))
    return dict(rows.values_list("reason", "number"))


def test_signed_delivery_is_stored_raw_and_answered(sender: Sender) -> None:
    body = b'{ "action" : "completed" }'
    answer = sender.send("github", body, headers=RUN)
    assert answer.status_code == 202
    assert answer.json() == {"delivery_id": "d-1", "state": "received"}
    row = Delivery.objects.get()
    assert bytes(row.body) == body
    assert (row.source_id, row.event, row.scheme, row.state) == (
        "github", "workflow_run", "github", "received",
    )  # fmt: skip
    assert "x-hub-signature-256" not in row.headers


def test_repeat_of_a_delivery_changes_nothing(sender: Sender) -> None:
    assert sender.send("github", {"n": 1}, headers=RUN).status_code == 202
    again = sender.send("github", {"n": 1}, headers=RUN)
    assert (again.status_code, again.json()["state"]) == (200, "known already")
    assert Delivery.objects.count() == 1


def test_id_that_comes_with_another_body_is_another_delivery(sender: Sender) -> None:
    assert sender.send("github", {"n": 1}, headers=RUN).status_code == 202
    assert sender.send("github", {"n": 2}, headers=RUN).status_code == 202
    assert sender.send("github", {"n": 2}, headers=RUN).status_code == 200
    assert Delivery.objects.count() == 2


def test_same_id_at_another_source_is_another_delivery(sender: Sender) -> None:
    headers = {"x-gitlab-event": "Pipeline Hook", "x-gitlab-event-uuid": "d-1"}
    assert sender.send("github", {"n": 1}, headers=RUN).status_code == 202
    assert sender.send("gitlab", {"n": 1}, headers=headers).status_code == 202
    assert Delivery.objects.count() == 2


def test_previous_secret_is_still_live(sender: Sender) -> None:
    assert sender.send("github", {}, headers=RUN, secret=PREVIOUS).status_code == 202


def test_wrong_signature_is_refused_counted_and_noted_once_a_minute(sender: Sender) -> None:
    for _ in range(3):
        answer = sender.send("github", {"password": "hunter2"}, headers=RUN, secret="guess")
        assert answer.status_code == 401
    assert Delivery.objects.count() == 0
    assert refused("github") == {"signature wrong": 3}
    entries = AuditEntry.objects.filter(action="delivery_refused")
    assert [entry.object_id for entry in entries] == ["github"]
    assert "hunter2" not in entries[0].entry_json + entries[0].payload_json


def test_missing_signature_is_refused(sender: Sender) -> None:
    answer = sender.client.post("/hooks/github", b"{}", content_type="application/json")
    assert answer.status_code == 401
    assert refused("github") == {"signature missing": 1}


def test_body_is_verified_as_it_came_and_not_as_json(sender: Sender) -> None:
    headers = signed("github", b'{"a":1}') | RUN
    answer = sender.client.post(
        "/hooks/github", b'{"a": 1}', content_type="application/json", headers=headers
    )
    assert answer.status_code == 401


def test_stale_signature_is_refused(sender: Sender) -> None:
    from datetime import timedelta

    from tests.console.inbox_workspace import NOW, SECRET

    headers = signed("buildkite", b"{}", SECRET, NOW - timedelta(seconds=301))
    answer = sender.client.post(
        "/hooks/buildkite", b"{}", content_type="application/json", headers=headers
    )
    assert answer.status_code == 401
    assert refused("buildkite") == {"signature stale": 1}


def test_unknown_source_says_no_more_than_a_wrong_signature(sender: Sender) -> None:
    wrong = sender.send("github", {}, secret="guess")
    headers = signed("github", b"{}")
    unknown = sender.client.post(
        "/hooks/nobody", b"{}", content_type="application/json", headers=headers
    )
    assert (wrong.status_code, unknown.status_code) == (401, 404)
    assert wrong.json()["title"] == unknown.json()["title"]
    assert refused("") == {"unknown source": 1}


def test_signature_of_one_source_opens_no_other(sender: Sender) -> None:
    headers = signed("github", b"{}") | RUN
    answer = sender.client.post(
        "/hooks/pagerduty", b"{}", content_type="application/json", headers=headers
    )
    assert answer.status_code == 401


def test_source_without_a_secret_takes_nothing(sender: Sender) -> None:
    headers = signed("github", b"{}", "") | RUN
    answer = sender.client.post(
        "/hooks/bare", b"{}", content_type="application/json", headers=headers
    )
    assert answer.status_code == 401
    assert refused("bare") == {"no secret declared": 1}


def test_secret_that_cannot_be_read_asks_the_sender_to_come_again(sender: Sender) -> None:
    answer = sender.client.post(
        "/hooks/unreadable", b"{}", content_type="application/json", headers=signed("github", b"{}")
    )
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"


@pytest.mark.parametrize(
    ("source_id", "size", "status"),
    [
        ("github", 10 * MEBIBYTE, 202),
        ("github", 10 * MEBIBYTE + 1, 413),
        ("github", 20 * MEBIBYTE, 413),
        ("pagerduty", MEBIBYTE, 202),
        ("pagerduty", MEBIBYTE + 1, 413),
        ("alertmanager", MEBIBYTE + 1, 413),
    ],
)
def test_body_beyond_the_limit_is_not_read(
    sender: Sender, source_id: str, size: int, status: int
) -> None:
    answer = sender.send(source_id, b'"' + b"a" * (size - 2) + b'"')
    assert answer.status_code == status
    assert Delivery.objects.count() == (status == 202)


def test_body_of_unknown_length_is_refused(sender: Sender) -> None:
    answer = sender.client.generic(
        "POST", "/hooks/github", b"", content_type="", headers={"transfer-encoding": "chunked"}
    )
    assert answer.status_code == 411


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post_delivers(sender: Sender, method: str) -> None:
    assert getattr(sender.client, method)("/hooks/github").status_code == 405


def test_delivery_needs_no_cookie_and_no_csrf_token(sender: Sender) -> None:
    strict = Sender(Client(enforce_csrf_checks=True))
    answer = strict.send("github", recorded("github", "create.tag.json"), headers=RUN)
    assert answer.status_code == 202
    assert not answer.cookies


def test_every_wrong_minute_gets_one_entry_however_many_were_sent(sender: Sender) -> None:
    from datetime import timedelta

    from fairlead.apps.inbox.refusals import count_refusal
    from tests.console.inbox_workspace import NOW

    for second in (0, 1, 59, 60, 61, 121):
        count_refusal(
            source_id="github",
            reason="signature wrong",
            address="192.0.2.7",
            request_id="",
            now=NOW + timedelta(seconds=second),
        )
    entries = AuditEntry.objects.filter(action="delivery_refused").order_by("seq")
    assert [(entry.at - NOW).total_seconds() for entry in entries] == [0, 60, 121]
    assert refused("github") == {"signature wrong": 6}

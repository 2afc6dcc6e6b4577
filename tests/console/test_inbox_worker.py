"""The worker: what becomes of deliveries, good ones, bad ones, and ones that crash the mapping."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

import fairlead.web.source_settings as source_settings
from fairlead.apps.inbox.leases import forget_settled, settle, take_batch
from fairlead.apps.inbox.mapping import map_deliveries
from fairlead.apps.inbox.worker import Worker
from fairlead.connectors.contract import Mapped, MappingContext, Payload
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.kernel.diagnostic import DiagnosticError, fail
from fairlead.ledger.inbox import Delivery
from fairlead.web.desk import desk
from fairlead.web.workspace import Workspace
from tests.console.inbox_workspace import NOW, Sender, recorded, served, write_workspace

GITHUB = {"x-github-event": "deployment"}
DEPLOYMENT = json.loads(recorded("github", "deployment.created.json"))


@pytest.fixture
def sender(db: None, tmp_path: Path) -> Iterator[Sender]:
    with served(write_workspace(tmp_path)):
        yield Sender(Client())


@pytest.fixture
def worker(sender: Sender) -> Worker:
    return Worker(desk().workspace)


def numbered(number: int) -> dict[str, Any]:
    """The recorded deployment under an id of its own."""
    return {**DEPLOYMENT, "deployment": {**DEPLOYMENT["deployment"], "id": number}}


def rows(fact_type: str) -> list[dict[str, Any]]:
    with desk().workspace.session() as session:
        return session.rows(fact_type)


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Delivery.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def test_delivery_becomes_the_facts_of_its_connector(sender: Sender, worker: Worker) -> None:
    sender.send("github", recorded("github", "deployment.created.json"), headers=GITHUB)
    assert worker.drain() == 1
    row = Delivery.objects.get()
    assert (row.state, row.outcome["facts"]) == ("mapped", {"deployment_events": 1})
    assert [event["event_ref"] for event in rows("deployment_events")] == ["deployment:910001"]
    assert [found["deployment_ref"] for found in rows("deployments")] == ["910001"]


def test_message_keeps_the_instant_at_which_it_came_in(sender: Sender, worker: Worker) -> None:
    sender.send("alertmanager", recorded("alertmanager", "group-of-two.json"))
    Delivery.objects.update(received_at=NOW - timedelta(hours=3))
    worker.drain()
    received = {event["received_at"] for event in rows("alert_events")}
    assert received == {NOW - timedelta(hours=3)}
    assert len(rows("alert_events")) == 2


def test_mapping_twice_has_one_effect(sender: Sender, worker: Worker) -> None:
    sender.send("alertmanager", recorded("alertmanager", "group-of-two.json"))
    taken = take_batch(owner="killed", limit=9, now=SYSTEM_CLOCK.now())
    map_deliveries(desk().workspace, taken)
    before = rows("alert_events")
    Delivery.objects.update(leased_until=SYSTEM_CLOCK.now() - timedelta(seconds=1))
    assert worker.drain() == 1
    assert rows("alert_events") == before


@pytest.mark.diagnostic("FL3201")
@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"", "application/json", "FL3101"),
        (b"{", "application/json", "FL3101"),
        (b"[" * 65 + b"]" * 65, "application/json", "FL3106"),
        (b"[" * 200_000, "application/json", "FL3106"),
        (b'{"a":"\xff"}', "application/json", "FL3108"),
        (b'{"a":1e400}', "application/json", "FL3109"),
        (b"payload=%7B%7D", "application/x-www-form-urlencoded", "FL3201"),
        (b"{}", "text/html", "FL3201"),
        (b"{}", "application/json", "FL3102"),
    ],
)
def test_genuine_delivery_that_cannot_be_mapped_is_taken_and_held(
    sender: Sender, worker: Worker, body: bytes, content_type: str, code: str
) -> None:
    answer = sender.send("github", body, headers=GITHUB, content_type=content_type)
    assert answer.status_code == 202
    worker.drain()
    row = Delivery.objects.get()
    assert (row.state, row.outcome["code"]) == ("quarantined", code)
    held = desk().workspace.journal.held("github")
    assert [item.code for item in held] == [code]


def test_unknown_event_is_held_with_its_name(sender: Sender, worker: Worker) -> None:
    sender.send("github", {"a": 1}, headers={"x-github-event": "brand_new"})
    worker.drain()
    assert "brand_new" in Delivery.objects.get().outcome["message"]
    assert desk().workspace.journal.held("github")[0].code == "FL3107"


def test_event_that_gives_no_fact_says_why(sender: Sender, worker: Worker) -> None:
    sender.send("github", {"zen": "x", "hook_id": 1}, headers={"x-github-event": "ping"})
    worker.drain()
    row = Delivery.objects.get()
    assert row.state == "mapped"
    assert row.outcome["not_needed"]


def crash_on(marker: str, monkeypatch: pytest.MonkeyPatch, calls: list[str]) -> None:
    """A fault of ours in the mapping of one kind of payload."""
    real = source_settings.load_connector("github")

    def map_payload(payload: Payload, context: MappingContext) -> Mapped:
        calls.append(payload.place)
        if payload.body.get("action") == marker:
            raise ZeroDivisionError(marker)
        return real.map_payload(payload, context)

    broken = replace(real, map_payload=map_payload)
    monkeypatch.setattr(source_settings, "load_connector", lambda _: broken)


@pytest.mark.diagnostic("FL3202")
def test_poisoned_payload_is_held_after_three_tries_and_blocks_nobody(
    sender: Sender, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    crash_on("poison", monkeypatch, calls)
    for number in range(4):
        body = {**numbered(number), "action": "poison" if number == 1 else "created"}
        sender.send("github", body, headers=GITHUB)
    poisoned = Delivery.objects.order_by("pk")[1]
    assert worker.step() == 3
    assert states() == {"mapped": 3, "received": 1}
    assert worker.step() == 0
    assert worker.step() == 1
    poisoned.refresh_from_db()
    assert (poisoned.state, poisoned.outcome["code"]) == ("quarantined", "FL3202")
    assert "ZeroDivisionError" in poisoned.outcome["message"]
    assert calls.count(f"delivery:{poisoned.pk}") == 4
    assert len(rows("deployment_events")) == 3


def test_payload_that_kills_its_worker_is_held_untried_the_fourth_time(
    sender: Sender, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    crash_on("none", monkeypatch, calls)
    sender.send("github", numbered(1), headers=GITHUB)
    late = SYSTEM_CLOCK.now()
    for _ in range(3):
        assert len(take_batch(owner="killed", limit=9, now=late)) == 1
        late += timedelta(minutes=3)
    Delivery.objects.update(leased_until=None)
    worker.drain()
    assert Delivery.objects.get().outcome["code"] == "FL3202"
    assert calls == []


def test_lease_keeps_others_away_until_it_ends(sender: Sender) -> None:
    now = SYSTEM_CLOCK.now()
    for number in range(3):
        sender.send("github", numbered(number), headers=GITHUB)
    first = take_batch(owner="a", limit=2, now=now)
    second = take_batch(owner="b", limit=9, now=now)
    assert [len(first), len(second)] == [2, 1]
    assert take_batch(owner="c", limit=9, now=now + timedelta(seconds=119)) == []
    later = take_batch(owner="c", limit=9, now=now + timedelta(seconds=120))
    assert [item.pk for item in later] == [first[0].pk]


def test_storage_trouble_costs_no_try(
    sender: Sender, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender.send("github", numbered(1), headers=GITHUB)
    full = fail("FL8002", "the disk is full")
    with monkeypatch.context() as patch:
        patch.setattr(
            "fairlead.store.lake.Lake.append", lambda *_, **__: (_ for _ in ()).throw(full)
        )
        for _ in range(5):
            with pytest.raises(DiagnosticError):
                worker.step()
    row = Delivery.objects.get()
    assert (row.state, row.attempt_count, row.lease_owner) == ("received", 0, "")
    assert worker.drain() == 1


def test_source_that_left_the_model_is_still_mapped(sender: Sender, worker: Worker) -> None:
    sender.send("github", numbered(1), headers=GITHUB)
    root = desk().workspace.root
    (root / "workspace" / "sources" / "github.yaml").unlink()
    workspace = Workspace(root, desk().workspace.clock)
    assert workspace.source("github") is None
    assert Worker(workspace).drain() == 1
    assert Delivery.objects.get().state == "mapped"


def test_settled_deliveries_are_forgotten_in_time(sender: Sender, worker: Worker) -> None:
    sender.send("github", numbered(1), headers=GITHUB)
    sender.send("github", b"{", headers=GITHUB)
    worker.drain()
    assert forget_settled(now=NOW + timedelta(days=7)) == 0
    assert forget_settled(now=NOW + timedelta(days=7, seconds=1)) == 1
    assert states() == {"quarantined": 1}
    assert forget_settled(now=NOW + timedelta(days=30, seconds=1)) == 1


def test_what_is_settled_stays_as_it_was_settled(sender: Sender, worker: Worker) -> None:
    from fairlead.apps.inbox.leases import Outcome

    sender.send("github", numbered(1), headers=GITHUB)
    worker.drain()
    key = Delivery.objects.get().pk
    settle(outcomes={key: Outcome("quarantined")}, now=NOW)
    assert Delivery.objects.get().state == "mapped"

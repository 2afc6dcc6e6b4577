"""Pages of sources: what delivers, what is held, how to connect, and trying the way in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from fairlead.apps.inbox.worker import Worker
from fairlead.connectors import connector_ids
from fairlead.ingest.inbound import INBOUND
from fairlead.ledger.audit import AuditEntry
from fairlead.ledger.inbox import Delivery
from fairlead.opmodel.loader import check_model
from fairlead.packs.connect import set_ups
from fairlead.web.desk import desk
from fairlead.web.workspace import known_connectors
from tests.console.conftest import Login
from tests.console.inbox_workspace import Sender, recorded, served, write_workspace

DEPLOYMENT = {"x-github-event": "deployment"}


@pytest.fixture
def root(db: None, tmp_path: Path) -> Iterator[Path]:
    with served(write_workspace(tmp_path)):
        yield tmp_path


def text_of(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()[-600:]
    return re.sub(r"\s+", " ", answer.content.decode())


def deliver_two(root: Path) -> None:
    """One deployment that maps, one message that cannot be mapped; one refused besides."""
    sender = Sender(Client())
    sender.send("github", recorded("github", "deployment.created.json"), headers=DEPLOYMENT)
    sender.send("github", {"html": "<b>bold</b>"}, headers=DEPLOYMENT)
    sender.send("github", {}, headers=DEPLOYMENT, secret="guess")
    Worker(desk().workspace).drain()


def row_of(page: str, source_id: str) -> list[str]:
    found = re.search(rf'<tr id="source-{source_id}">(.*?)</tr>', page)
    assert found is not None
    cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", found[1])
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]


def test_overview_counts_what_came_and_what_was_refused(root: Path, login: Login) -> None:
    deliver_two(root)
    row = row_of(text_of(login("viewer"), "/sources"), "github")
    assert row[0] == "github"
    assert row[1].startswith("silent for")
    assert row[2:4] == ["github", "5 Jan 2026 10:10"]
    assert row[5:] == ["1", "1", "2", "1"]


def test_source_that_never_delivered_is_not_called_silent_or_zero_old(
    root: Path, login: Login
) -> None:
    row = row_of(text_of(login("viewer"), "/sources"), "gitlab")
    assert row[1] == "nothing yet"
    assert row[3:5] == ["–", "–"]


def test_waiting_deliveries_are_said(root: Path, login: Login) -> None:
    Sender(Client()).send("github", {"a": 1}, headers=DEPLOYMENT)
    assert "1 delivery waits to be mapped" in text_of(login("viewer"), "/sources")


def test_workspace_without_sources_leads_to_the_first(root: Path, login: Login) -> None:
    for path in (root / "workspace" / "sources").iterdir():
        path.unlink()
    with served(root):
        page = text_of(login("viewer"), "/sources")
    assert "No source is declared yet" in page
    assert 'href="/sources/connect"' in page


def test_page_of_a_source_shows_deliveries_reasons_and_payloads(root: Path, login: Login) -> None:
    deliver_two(root)
    page = text_of(login("engineer"), "/sources/github")
    assert "1 deployment_events" in page
    assert "1 delivery (signature wrong)" in page
    assert "http://testserver/hooks/github" in page
    assert "HMAC-SHA256 of GitHub" in page
    assert "FL3102" in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<b>bold</b>" not in page
    assert "Replay all" not in page


def test_payloads_are_not_for_every_reader(root: Path, login: Login) -> None:
    deliver_two(root)
    page = text_of(login("viewer"), "/sources/github")
    assert "Your roles do not include reading the payloads" in page
    assert "bold" not in page


def test_unknown_source_names_the_nearest(root: Path, login: Login) -> None:
    assert "Did you mean github?" in text_of(login("viewer"), "/sources/gihtub", 404)


def test_replay_after_a_fix_maps_what_was_held(root: Path, login: Login) -> None:
    sender = Sender(Client())
    body = recorded("github", "deployment.created.json")
    sender.send("github", body, headers=DEPLOYMENT, content_type="text/plain")
    sender.send("github", {"a": 1}, headers=DEPLOYMENT)
    Worker(desk().workspace).drain()
    assert len(desk().workspace.journal.held("github")) == 2

    answer = login("director").post("/sources/github/replay", follow=True)
    assert "1 payload mapped, 1 still held." in answer.content.decode()
    assert [item.code for item in desk().workspace.journal.held("github")] == ["FL3102"]
    with desk().workspace.session() as session:
        assert len(session.rows("deployment_events")) == 1
    entry = AuditEntry.objects.get(action="quarantine_replayed")
    assert entry.object_id == "github"


def test_one_payload_is_replayed_alone(root: Path, login: Login) -> None:
    sender = Sender(Client())
    for name in ("deployment.created.json", "create.tag.json"):
        event = {"x-github-event": name.split(".")[0]}
        sender.send("github", recorded("github", name), headers=event, content_type="text/plain")
    Worker(desk().workspace).drain()
    first, second = desk().workspace.journal.held("github")
    login("director").post("/sources/github/replay", {"quarantine_id": first.quarantine_id})
    assert [i.quarantine_id for i in desk().workspace.journal.held()] == [second.quarantine_id]


@pytest.mark.parametrize("role", ["viewer", "engineer", "auditor", "executive"])
def test_replay_is_refused_without_its_permission(root: Path, login: Login, role: str) -> None:
    assert login(role).post("/sources/github/replay").status_code == 403


def test_deeply_nested_payload_survives_a_replay(root: Path, login: Login) -> None:
    Sender(Client()).send("github", b"[" * 100_000, headers=DEPLOYMENT)
    Worker(desk().workspace).drain()
    client = login("director")
    answer = client.post("/sources/github/replay", follow=True)
    assert "0 payloads mapped, 1 still held." in answer.content.decode()


@pytest.mark.parametrize("connector_id", connector_ids())
def test_set_up_page_of_each_connector(root: Path, login: Login, connector_id: str) -> None:
    page = text_of(login("viewer"), f"/sources/connect/{connector_id}")
    assert f"connector: {connector_id}" in page
    assert (f"http://testserver/hooks/{connector_id}" in page) == (connector_id in INBOUND)
    for event in set_ups()[connector_id].events:
        assert event in page


@pytest.mark.parametrize("connector_id", connector_ids())
def test_shown_document_is_a_valid_part_of_a_model(
    root: Path, login: Login, connector_id: str
) -> None:
    answer = login("viewer").get(f"/sources/connect/{connector_id}").content.decode()
    found = re.search(r"<code>(# workspace/sources/.*?)</code>", answer, re.S)
    assert found is not None
    sources = root / "workspace" / "sources"
    (sources / f"{connector_id}.yaml").write_text(found[1])
    report = check_model(root, known_kpis=(), known_connectors=known_connectors())
    assert [error.render() for error in report.errors] == []


def test_connector_that_is_not_there_says_so_and_what_is(root: Path, login: Login) -> None:
    page = text_of(login("viewer"), "/sources/connect/grafana")
    assert "Not available yet" in page
    assert 'href="/sources/connect/alertmanager"' in page
    assert "Did you mean github?" in text_of(login("viewer", email="b@acme.invalid"),
                                             "/sources/connect/githob", 404)  # fmt: skip


def test_list_of_connectors_leads_to_each(root: Path, login: Login) -> None:
    page = text_of(login("viewer"), "/sources/connect")
    for connector_id in (*connector_ids(), "prometheus", "terraform"):
        assert f'href="/sources/connect/{connector_id}"' in page


@pytest.mark.parametrize(
    "source_id", ["github", "gitlab", "pagerduty", "alertmanager", "buildkite"]
)
def test_sample_goes_through_the_very_door_and_writes_nothing(
    root: Path, login: Login, source_id: str
) -> None:
    client = login("admin")
    set_up = set_ups()[source_id]
    answer = client.post(
        f"/sources/{source_id}/trial", {"event": set_up.event, "body": set_up.sample}
    )
    page = answer.content.decode()
    assert "<code>202</code>" in page
    assert "read, and not needed" in page
    assert Worker(desk().workspace).drain() == 1
    assert Delivery.objects.get().outcome == {"is_trial": True}
    assert desk().workspace.journal.held() == []
    assert AuditEntry.objects.get(action="source_tried").object_id == source_id


def test_message_of_ones_own_shows_what_it_would_become(root: Path, login: Login) -> None:
    body = recorded("github", "deployment.created.json").decode()
    client = login("admin")
    page = client.post("/sources/github/trial", {"event": "deployment", "body": body})
    assert re.search(
        r"1\s+<code>deployment_events</code>\s+would be written", page.content.decode()
    )
    Worker(desk().workspace).drain()
    with desk().workspace.session() as session:
        assert session.rows("deployment_events") == []
    sender = Sender(Client())
    assert sender.send("github", body.encode(), headers=DEPLOYMENT).status_code == 202


def test_trial_tells_why_a_message_would_be_held(root: Path, login: Login) -> None:
    page = login("admin").post("/sources/github/trial", {"event": "deployment", "body": "{"})
    assert "FL3101" in page.content.decode()


def test_trial_of_a_source_without_a_readable_secret_says_so(root: Path, login: Login) -> None:
    client = login("admin")
    page = client.post("/sources/unreadable/trial", {"event": "ping", "body": "{}"})
    assert "FL3114" in page.content.decode()
    page = client.post("/sources/bare/trial", {"event": "ping", "body": "{}"})
    assert "<code>401</code>" in page.content.decode()


def test_nobody_outside_can_mark_a_delivery_as_a_trial(root: Path) -> None:
    headers = {**DEPLOYMENT, "fairlead.trial": "1", "fairlead-trial": "1"}
    Sender(Client()).send("github", {"a": 1}, headers=headers)
    assert Delivery.objects.get().outcome == {}


@pytest.mark.parametrize("connector_id", sorted(set(INBOUND) - {"mapping", "jenkins"}))
def test_every_sample_can_be_mapped(connector_id: str) -> None:
    from fairlead.connectors import load_connector
    from fairlead.connectors.contract import MappingContext
    from fairlead.ingest.deliveries import open_delivery
    from tests.console.inbox_workspace import NOW

    set_up = set_ups()[connector_id]
    json.loads(set_up.sample)
    inbound = INBOUND[connector_id]
    headers = {inbound.event_header: set_up.event} if set_up.event else {}
    found = load_connector(connector_id)
    opened = open_delivery(found, set_up.sample.encode(), headers, delivery_ref="t", place="t",
                           received_at=NOW)  # fmt: skip
    assert isinstance(opened, list)
    for payload in opened:
        found.map_payload(payload, MappingContext("t", NOW, {}))

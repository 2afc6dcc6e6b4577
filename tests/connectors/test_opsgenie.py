"""Opsgenie: paging by `paging.next`, checkpoints by last update, delivery ids."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from fairlead.connectors.contract import MappingContext, Payload, Request, Response
from fairlead.connectors.opsgenie import CONNECTOR
from tests.connectors.answers import NOW, answered, drive, pulling

CASES = Path(__file__).resolve().parents[2] / "conformance" / "connectors" / "opsgenie"
NEXT = "https://api.opsgenie.com/v2/alerts?limit=100&offset=100"


def answer(request: Request) -> Response:
    if request.url == "v1/incidents":
        return answered({"data": [], "paging": {}})
    if request.url == NEXT:
        return answered({"data": [{"id": "a2", "updatedAt": "2026-01-09T00:00:00Z"}], "paging": {}})
    items = [{"id": "a1", "updatedAt": "2026-01-08T00:00:00Z"}]
    return answered({"data": items, "paging": {"next": NEXT, "first": "x"}})


def test_pull_follows_paging_next_and_its_checkpoint_follows_the_last_update() -> None:
    assert CONNECTOR.plan is not None
    stored = {"alerts": {"updated_at": "2026-01-07T01:00:00+00:00"}}
    driven = drive(CONNECTOR.plan(pulling(datetime(2025, 12, 1, tzinfo=UTC), stored)), answer)
    assert [request.url for request in driven.requests] == ["v2/alerts", NEXT, "v1/incidents"]
    # 2026-01-07T00:00:00Z, one hour before the checkpoint
    assert driven.requests[0].params["query"] == "updatedAt >= 1767744000000"
    alerts = [page for page in driven.pages if page.resource == "alerts"]
    assert [page.checkpoint["updated_at"] for page in alerts] == [
        "2026-01-08T00:00:00+00:00",
        "2026-01-09T00:00:00+00:00",
    ]
    assert alerts[0].covered is None
    assert alerts[1].covered == (datetime(2026, 1, 7, tzinfo=UTC), NOW)
    assert alerts[0].payloads[0].event == "alerts"


def test_delivery_id_of_the_request_wins_over_the_content() -> None:
    body = json.loads((CASES / "alert.Create.json").read_text())
    context = MappingContext("opsgenie", NOW)
    (given,) = CONNECTOR.map_payload(Payload(body, delivery_ref="d-1"), context).facts
    (hashed,) = CONNECTOR.map_payload(Payload(body), context).facts
    (again,) = CONNECTOR.map_payload(Payload(dict(reversed(body.items()))), context).facts
    assert given.values["delivery_ref"] == "d-1"
    assert hashed.values["delivery_ref"] == again.values["delivery_ref"]
    assert len(hashed.values["delivery_ref"]) == 64


def test_alert_without_alias_is_known_by_its_id() -> None:
    body = json.loads((CASES / "alert.Create.json").read_text())
    body["alert"]["alias"] = ""
    (fact,) = CONNECTOR.map_payload(Payload(body), MappingContext("opsgenie", NOW)).facts
    assert fact.values["alert_identity"] == "052652ac-5d1c-464a-812a-7dd18bbfba8c"


def test_page_of_the_api_is_split_by_what_its_records_are() -> None:
    assert CONNECTOR.split is not None
    page = {"data": [{"id": "a", "alias": "x"}, {"id": "i", "impactedServices": []}]}
    assert [payload.event for payload in CONNECTOR.split(page, "f")] == ["alerts", "incidents"]

"""PagerDuty: windows, offsets, open incidents asked again, and which version wins."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fairlead.connectors.contract import MappingContext, Payload, Request, Response
from fairlead.connectors.pagerduty import CONNECTOR
from tests.connectors.answers import NOW, answered, drive, pulling

CASES = Path(__file__).resolve().parents[2] / "conformance" / "connectors" / "pagerduty"


def entries(offset: str) -> Response:
    first = offset == "0"
    return answered({"log_entries": [{"id": "R1" if first else "R2"}], "more": first})


def test_pull_goes_by_windows_of_creation_and_pages_by_offset() -> None:
    def answer(request: Request) -> Response:
        if request.url.endswith("/log_entries"):
            return entries(request.params["offset"])
        first = request.params["offset"] == "0"
        name = f"P{request.params['since'][8:10]}{'a' if first else 'b'}"
        incident = {"id": name, "status": "resolved" if first else "triggered"}
        return answered({"incidents": [incident], "more": first})

    assert CONNECTOR.plan is not None
    driven = drive(CONNECTOR.plan(pulling(NOW - timedelta(days=10))), answer)
    windows = [page.covered for page in driven.pages]
    middle = NOW - timedelta(days=3)
    assert windows == [(NOW - timedelta(days=10), middle), (middle, NOW)]
    first = driven.pages[0]
    assert [payload.body["incident"]["id"] for payload in first.payloads] == ["P31a", "P31b"]
    assert [item["id"] for item in first.payloads[0].body["log_entries"]] == ["R1", "R2"]
    assert first.checkpoint == {"until": middle.isoformat(), "open": "P31b"}
    assert driven.pages[1].checkpoint == {"until": NOW.isoformat(), "open": "P31b,P07b"}


def test_open_incidents_are_asked_again_until_resolved_and_deleted_ones_are_dropped() -> None:
    def answer(request: Request) -> Response:
        if request.url.endswith("/log_entries"):
            return answered({"log_entries": [], "more": False})
        if request.url == "incidents/P1":
            return answered({"incident": {"id": "P1", "status": "resolved"}})
        if request.url == "incidents/P2":
            return answered({"incident": {"id": "P2", "status": "acknowledged"}})
        if request.url == "incidents/P3":
            assert request.allow_missing
            return answered(None, status=404)
        return answered({"incidents": [], "more": False})

    assert CONNECTOR.plan is not None
    stored = {"incidents": {"until": (NOW - timedelta(hours=5)).isoformat(), "open": "P1,P2,P3"}}
    driven = drive(CONNECTOR.plan(pulling(NOW - timedelta(days=90), stored)), answer)
    assert [p.body["incident"]["id"] for p in driven.pages[0].payloads] == ["P1", "P2"]
    assert driven.pages[0].checkpoint["open"] == "P2"
    assert driven.pages[0].checkpoint["until"] == stored["incidents"]["until"]
    assert driven.pages[-1].checkpoint == {"until": NOW.isoformat(), "open": "P2"}
    assert driven.pages[-1].covered == (NOW - timedelta(hours=6), NOW)


def test_window_beyond_the_offset_limit_is_asked_in_halves() -> None:
    def answer(request: Request) -> Response:
        if request.url.endswith("/log_entries"):
            return answered({"log_entries": [], "more": False})
        since = datetime.fromisoformat(request.params["since"])
        until = datetime.fromisoformat(request.params["until"])
        more = until - since > timedelta(hours=12)
        found: list[Any] = [] if more else [{"id": since.isoformat(), "status": "resolved"}]
        return answered({"incidents": found, "more": more})

    assert CONNECTOR.plan is not None
    driven = drive(CONNECTOR.plan(pulling(NOW - timedelta(days=1))), answer)
    found = [payload.body["incident"]["id"] for payload in driven.pages[0].payloads]
    assert found == [
        (NOW - timedelta(days=1)).isoformat(),
        (NOW - timedelta(hours=12)).isoformat(),
    ]


def test_record_of_the_api_outranks_the_webhook_of_the_same_second() -> None:
    context = MappingContext("pagerduty", NOW)
    webhook = json.loads((CASES / "incident.resolved.json").read_text())
    webhook["event"]["occurred_at"] = "2026-01-05T10:50:00.900Z"
    (sent,) = CONNECTOR.map_payload(Payload(webhook), context).facts
    pulled = json.loads((CASES / "rest-incident.json").read_text())
    (listed,) = CONNECTOR.map_payload(Payload(pulled), context).facts
    assert listed.values["incident_id"] == sent.values["incident_id"]
    assert listed.order > sent.order
    assert listed.values["acknowledged_at"] == datetime(2026, 1, 5, 10, 4, tzinfo=UTC)


def test_webhook_after_the_pull_outranks_it() -> None:
    context = MappingContext("pagerduty", NOW)
    pulled = json.loads((CASES / "rest-incident.json").read_text())
    (listed,) = CONNECTOR.map_payload(Payload(pulled), context).facts
    reopened = json.loads((CASES / "incident.reopened.json").read_text())
    (sent,) = CONNECTOR.map_payload(Payload(reopened), context).facts
    assert sent.order > listed.order


def test_login_names_the_version_of_the_api() -> None:
    assert CONNECTOR.auth_headers is not None
    headers = CONNECTOR.auth_headers({"token": "t"})
    assert headers["authorization"] == "Token token=t"
    assert headers["accept"] == "application/vnd.pagerduty+json;version=2"

"""Alertmanager: identities, redelivery and the pull."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fairlead.connectors.alertmanager import CONNECTOR
from fairlead.connectors.alertmanager.mapping import fingerprint
from fairlead.connectors.contract import MappingContext, Payload
from tests.connectors.answers import NOW, answered, drive, pulling

CASES = Path(__file__).resolve().parents[2] / "conformance" / "connectors" / "alertmanager"
CONTEXT = MappingContext("alertmanager", NOW)


def load(name: str) -> Any:
    return json.loads((CASES / f"{name}.json").read_text())


def test_fingerprint_of_no_label_is_the_offset_basis() -> None:
    assert fingerprint({}) == "cbf29ce484222325"


def test_fingerprint_does_not_depend_on_the_order_of_labels() -> None:
    labels = {"alertname": "HighLatency", "instance": "é:1", "service": "search"}
    labels["severity"] = "critical"
    # what Alertmanager 0.25 itself answered for these labels
    assert fingerprint(labels) == "824932eb5ef9aca9"
    assert fingerprint(dict(reversed(labels.items()))) == "824932eb5ef9aca9"


def test_message_sent_twice_is_the_same_delivery() -> None:
    (first,) = CONNECTOR.map_payload(Payload(load("firing")), CONTEXT).facts
    (second,) = CONNECTOR.map_payload(Payload(load("firing")), CONTEXT).facts
    (other,) = CONNECTOR.map_payload(Payload(load("resolved")), CONTEXT).facts
    assert first.values["delivery_ref"] == second.values["delivery_ref"]
    assert first.values["delivery_ref"] != other.values["delivery_ref"]


def test_alert_polled_again_unchanged_is_the_same_fact() -> None:
    alert = load("api-alert")
    (first,) = CONNECTOR.map_payload(Payload(alert), CONTEXT).facts
    alert |= {"endsAt": "2026-01-10T12:09:53Z", "updatedAt": "2026-01-10T12:04:53Z"}
    later = MappingContext("alertmanager", datetime(2026, 1, 10, 12, 5, tzinfo=UTC))
    (second,) = CONNECTOR.map_payload(Payload(alert), later).facts
    assert first == second


def test_message_without_alerts_is_not_needed() -> None:
    empty = {**load("firing"), "alerts": []}
    assert CONNECTOR.map_payload(Payload(empty), CONTEXT).not_needed == "a message without alerts"


def test_pull_asks_for_silenced_and_inhibited_alerts_too() -> None:
    assert CONNECTOR.plan is not None
    alerts = load("api-page")
    driven = drive(
        CONNECTOR.plan(pulling(datetime(2026, 1, 1, tzinfo=UTC))), lambda _: answered(alerts)
    )
    assert driven.requests[0].params["silenced"] == "true"
    assert driven.requests[0].params["inhibited"] == "true"
    assert [payload.body for payload in driven.pages[0].payloads] == alerts


def test_login_is_bearer_basic_or_none() -> None:
    headers = CONNECTOR.auth_headers
    assert headers is not None
    assert headers({"token": "t"}) == {"authorization": "Bearer t"}
    # base64 of `ada:pw`
    assert headers({"username": "ada", "password": "pw"}) == {"authorization": "Basic YWRhOnB3"}
    assert headers({}) == {}

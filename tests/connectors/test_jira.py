"""Jira: both searches, long changelogs, JQL without wall clock, settings that are wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fairlead.connectors.contract import MappingContext, MappingError, Payload, Request, Response
from fairlead.connectors.jira import CONNECTOR
from tests.connectors.answers import NOW, answered, drive, pulling

CASES = Path(__file__).resolve().parents[2] / "conformance" / "connectors" / "jira"
SINCE = NOW - timedelta(days=1)


def load(name: str) -> Any:
    return json.loads((CASES / f"{name}.json").read_text())


def issue(key: str, total: int = 0, histories: int = 0) -> dict[str, Any]:
    shown = [{"id": str(number)} for number in range(histories)]
    return {"key": key, "changelog": {"total": total, "histories": shown}}


def test_cloud_search_follows_its_token_and_asks_for_the_rest_of_a_changelog() -> None:
    def answer(request: Request) -> Response:
        if request.url == "rest/api/3/issue/A-1/changelog":
            first = int(request.params["startAt"])
            values = [{"id": str(number)} for number in range(first, min(first + 2, 5))]
            return answered({"values": values, "total": 5})
        if "nextPageToken" in request.params:
            return answered({"issues": [issue("A-2")]})
        return answered({"issues": [issue("A-1", 5, 2)], "nextPageToken": "t"})

    assert CONNECTOR.plan is not None
    driven = drive(CONNECTOR.plan(pulling(SINCE)), answer)
    whole = driven.pages[0].payloads[0].body["changelog"]["histories"]
    assert [item["id"] for item in whole] == ["0", "1", "2", "3", "4"]
    assert [page.checkpoint for page in driven.pages] == [{}, {"updated_at": NOW.isoformat()}]
    assert driven.pages[1].covered == (SINCE, NOW)


def test_server_search_pages_by_start() -> None:
    def answer(request: Request) -> Response:
        start = int(request.params.get("startAt", "0"))
        return answered({"issues": [issue(f"A-{start}")], "total": 2})

    assert CONNECTOR.plan is not None
    driven = drive(CONNECTOR.plan(pulling(SINCE, deployment="server")), answer)
    assert {request.url for request in driven.requests} == {"rest/api/2/search"}
    keys = [payload.body["key"] for page in driven.pages for payload in page.payloads]
    assert keys == ["A-0", "A-1"]


def test_jql_asks_by_minutes_since_the_checkpoint_with_overlap() -> None:
    stored = {"issues": {"updated_at": (NOW - timedelta(minutes=30)).isoformat()}}
    assert CONNECTOR.plan is not None
    context = pulling(
        SINCE, stored, incident_issue_types=["Incident", "Outage"], jql="project = OPS"
    )
    driven = drive(CONNECTOR.plan(context), lambda _: answered({"issues": []}))
    # 30 min, one hour of overlap, and the minute that rounding may cut
    assert driven.requests[0].params["jql"] == (
        'issuetype in ("Incident", "Outage") AND updated >= -91m AND (project = OPS) '
        "ORDER BY updated ASC"
    )


def test_record_of_the_search_outranks_the_webhook_of_the_same_update() -> None:
    settings = {"status_map": {"Done": "resolved"}}
    context = MappingContext("jira", NOW, settings)
    found = load("search-issue")
    sent = {"webhookEvent": "jira:issue_updated", "issue": dict(found), "timestamp": 1768045200000}
    sent["issue"].pop("changelog")
    (listed,) = CONNECTOR.map_payload(Payload(found), context).facts
    (hooked,) = CONNECTOR.map_payload(Payload(sent), context).facts
    # both are versions of 2026-01-10T11:40:00Z
    assert hooked.order == int(datetime(2026, 1, 10, 11, 40, tzinfo=UTC).timestamp()) * 1_000_000
    assert listed.order == hooked.order + 1


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"status_map": {"Done": "finished"}}, "settings.status_map.Done"),
        ({"severity_map": {"High": "p1"}}, "settings.severity_map.High"),
        ({"instant_fields": {"felt_at": "x"}}, "settings.instant_fields.felt_at"),
        ({"cause_field": "labels", "cause_kind": "ticket"}, "settings.cause_kind"),
    ],
)
@pytest.mark.diagnostic("FL3110")
def test_wrong_setting_is_refused_with_its_place(settings: dict[str, Any], path: str) -> None:
    with pytest.raises(MappingError) as caught:
        CONNECTOR.map_payload(Payload(load("issue_updated")), MappingContext("jira", NOW, settings))
    assert caught.value.code == "FL3110"
    assert caught.value.path == path


def test_cancelled_issue_is_no_resolved_incident() -> None:
    found = load("search-issue")
    found["fields"]["status"]["name"] = "Cancelled"
    settings = {"status_map": {"Cancelled": "cancelled", "Done": "resolved"}}
    (fact,) = CONNECTOR.map_payload(Payload(found), MappingContext("jira", NOW, settings)).facts
    assert fact.values["state"] == "cancelled"
    assert fact.values.get("resolved_at") is None

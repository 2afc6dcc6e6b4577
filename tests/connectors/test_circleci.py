"""CircleCI: what cases cannot say: paging, look-back, and which version of an attempt wins."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fairlead.connectors.circleci import CONNECTOR
from fairlead.connectors.contract import MappingContext, Payload, Request, Response
from tests.connectors.answers import NOW, answered, drive, pulling

CASES = Path(__file__).resolve().parents[2] / "conformance" / "connectors" / "circleci"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def pipeline(name: str, created_at: str) -> dict[str, Any]:
    return {"id": name, "project_slug": "gh/acme/shop", "created_at": created_at, "vcs": {}}


def answer(request: Request) -> Response:
    token = request.params.get("page-token")
    if request.url == "api/v2/project/gh/acme/shop/pipeline":
        if token is None:
            items = [pipeline("p3", "2026-01-09T00:00:00Z"), pipeline("p2", "2026-01-06T00:00:00Z")]
            return answered({"items": items, "next_page_token": "older"})
        return answered(
            {
                "items": [
                    pipeline("p1", "2026-01-02T00:00:00Z"),
                    pipeline("p0", "2025-12-30T00:00:00Z"),
                ],
                "next_page_token": "still-older",
            }
        )
    if request.url.endswith("/workflow"):
        name = request.url.split("/")[-2]
        if token is None:
            return answered({"items": [{"id": f"{name}-w1"}], "next_page_token": "more"})
        return answered({"items": [{"id": f"{name}-w2"}], "next_page_token": None})
    return answered({"items": [{"id": f"{request.url.split('/')[-2]}-j"}], "next_page_token": None})


def test_pull_follows_page_tokens_until_pipelines_are_older_than_the_start() -> None:
    assert CONNECTOR.plan is not None
    driven = drive(CONNECTOR.plan(pulling(SINCE, projects=["gh/acme/shop"])), answer)
    bodies = [payload.body for page in driven.pages for payload in page.payloads]
    assert [body["pipeline"]["id"] for body in bodies] == ["p3", "p2", "p1"]
    assert [item["id"] for item in bodies[0]["workflows"]] == ["p3-w1", "p3-w2"]
    assert bodies[0]["workflows"][1]["jobs"] == [{"id": "p3-w2-j"}]
    assert driven.pages[-1].checkpoint == {"pulled_at": NOW.isoformat()}
    assert driven.pages[-1].covered == (SINCE, NOW)


def test_interrupted_pull_keeps_its_old_checkpoint_since_pages_come_newest_first() -> None:
    assert CONNECTOR.plan is not None
    stored = {"gh/acme/shop": {"pulled_at": "2026-01-04T00:00:00+00:00"}}
    plan = CONNECTOR.plan(pulling(SINCE, stored, projects=["gh/acme/shop"]))
    driven = drive(plan, answer, pages=1)
    assert driven.pages[0].checkpoint == stored["gh/acme/shop"]
    assert driven.pages[0].covered is None


def test_pull_goes_back_by_overlap_and_by_the_age_in_which_pipelines_are_rerun() -> None:
    assert CONNECTOR.plan is not None
    stored = {"gh/acme/shop": {"pulled_at": "2026-01-08T12:00:00+00:00"}}
    plan = CONNECTOR.plan(pulling(SINCE, stored, projects=["gh/acme/shop"], lookback_days=2))
    covered = drive(plan, answer).pages[-1].covered
    start = datetime(2026, 1, 8, 12, tzinfo=UTC) - timedelta(days=2, hours=1)
    assert covered == (start, NOW)


def test_attempt_of_the_api_outranks_every_webhook_of_its_run() -> None:
    context = MappingContext("circleci", NOW)
    pulled = json.loads((CASES / "pipeline-with-rerun.json").read_text())
    runs = CONNECTOR.map_payload(Payload(pulled), context).facts
    first = next(fact for fact in runs if fact.values.get("attempt_count") == 1)
    webhook = json.loads((CASES / "workflow-completed.json").read_text())
    webhook["workflow"]["stopped_at"] = "2026-01-09T23:59:59Z"
    (later,) = CONNECTOR.map_payload(Payload(webhook), context).facts
    assert later.values["run_ref"] == first.values["run_ref"]
    assert later.values["attempt_count"] == 1
    assert first.order > later.order
    assert first.order < 2**63


def test_login_goes_into_the_header_that_circleci_wants() -> None:
    assert CONNECTOR.auth_headers is not None
    assert CONNECTOR.auth_headers({"token": "t"}) == {"circle-token": "t"}

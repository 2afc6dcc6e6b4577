"""Lead time of changes and its companions (K02)."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.kpis import lead_time_for_changes, lead_time_to_release, merge_to_production
from tests.kpis.tables import DuckFacts, at, by_id, counted, scope
from tests.kpis.test_deployment_counts import deployment

STAGES = {
    "coding_seconds": 7_200,
    "pickup_seconds": 14_400,
    "review_seconds": 68_400,
    "merge_wait_seconds": 1_800,
    "pipeline_seconds": 1_800,
    "approval_wait_seconds": 7_200,
    "deploy_seconds": 1_200,
}


def link(deployment_id: str, change_id: str, **columns: Any) -> dict[str, Any]:
    return {
        "deployment_id": deployment_id,
        "change_id": change_id,
        "service_id": "search",
        "role": "first",
        **columns,
    }


def change(name: str, **columns: Any) -> dict[str, Any]:
    return {"repo_id": "acme/search", "change_ref": f"pr:{name}", "change_id": name, **columns}


@pytest.mark.row("K02")
def test_worked_example_is_102000_seconds_and_its_stages_add_up() -> None:
    facts = DuckFacts(
        deployments=[deployment("d1", "2026-03-03T13:20")],
        deployment_changes=[link("d1", "c1", lead_time_seconds=102_000, **STAGES)],
        changes=[change("c1", first_authored_at="2026-03-02T09:00", merged_at="2026-03-03T10:30")],
    )
    row = by_id(facts, lead_time_for_changes.records(facts, scope()))["c1@search"]
    assert row["seconds"] == 102_000.0
    assert sum(row[stage] for stage in STAGES) == row["seconds"]
    merged = by_id(facts, merge_to_production.records(facts, scope()))["c1@search"]
    assert merged["seconds"] == 10_200.0


@pytest.mark.row("K02")
def test_change_counts_once_per_service_at_its_first_counted_deployment() -> None:
    facts = DuckFacts(
        deployments=[
            deployment("us", "2026-01-05T12:00", environment="us"),
            deployment("eu", "2026-01-05T10:00", environment="eu"),
            deployment("test", "2026-01-05T08:00", stage="testing"),
            deployment("cart", "2026-01-05T11:00", service_id="cart"),
        ],
        deployment_changes=[
            link("us", "c1"),
            link("eu", "c1"),
            link("test", "c1"),
            link("cart", "c1", service_id=None),
            link("eu", "c0", role="before_baseline"),
            link("us", "c2", role="reshipped"),
        ],
        changes=[change("c1", first_authored_at="2026-01-05T09:00")],
    )
    rows = by_id(facts, lead_time_for_changes.records(facts, scope()))
    assert {key: row["seconds"] for key, row in rows.items()} == {
        "c1@search": 3_600.0,
        "c1@cart": 7_200.0,
    }
    assert rows["c1@search"]["event_at"] == at("2026-01-05T10:00").replace(tzinfo=None)


@pytest.mark.row("K02")
def test_authors_and_negative_spans_are_excluded_with_their_reason() -> None:
    facts = DuckFacts(
        deployments=[deployment("d1", "2026-01-05T10:00")],
        deployment_changes=[link("d1", name) for name in ("ann", "bot", "ai", "odd", "gone")],
        changes=[
            change("ann", author_kind="human", first_authored_at="2026-01-05T09:00"),
            change("bot", author_kind="bot", first_authored_at="2026-01-05T09:00"),
            change("ai", author_kind="ai", first_authored_at="2026-01-05T09:00"),
            change("odd", author_kind="human", first_authored_at="2026-01-05T10:01"),
        ],
    )

    def reasons(**settings: str) -> dict[str, str | None]:
        rows = by_id(facts, lead_time_for_changes.records(facts, scope(**settings)))
        return {key.removesuffix("@search"): row["excluded_reason"] for key, row in rows.items()}

    rest = {"odd": "negative_span", "gone": "start_unknown"}
    assert reasons() == {"ann": None, "bot": "bot", "ai": None, **rest}
    assert reasons(authors="all") == {"ann": None, "bot": None, "ai": None, **rest}
    assert reasons(authors="ai")["ann"] == "human"
    assert reasons(authors="ai")["ai"] is None


def test_released_commits_count_with_the_first_release_apart() -> None:
    facts = DuckFacts(
        release_commits=[
            {
                "repo_id": "r",
                "commit_sha": sha,
                "authored_at": authored,
                "released_at": released,
                "is_first_release": first,
            }
            for sha, authored, released, first in [
                ("a1", "2026-01-05T09:00", "2026-01-07T09:00", True),
                ("a3", "2026-01-08T09:00", "2026-01-09T09:00", False),
                ("late", "2026-01-09T10:00", "2026-01-09T09:00", False),
            ]
        ]
    )
    rows = by_id(facts, lead_time_to_release.records(facts, scope()))
    assert counted(rows) == {"r@a1", "r@a3"}
    assert rows["r@a1"]["seconds"] == 172_800.0
    assert rows["r@a1"]["is_first_release"] is True
    assert rows["r@a3"]["seconds"] == 86_400.0
    assert rows["r@late"]["excluded_reason"] == "negative_span"

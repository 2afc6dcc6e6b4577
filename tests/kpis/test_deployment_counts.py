"""What counts as a deployment, and what follows from its count (K01)."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.kpis import deployment_frequency, deployment_job_failure_rate, release_frequency
from tests.kpis.tables import DuckFacts, at, by_id, counted, scope


def deployment(name: str, finished_at: str | None, **columns: Any) -> dict[str, Any]:
    return {
        "source": "ci",
        "deployment_ref": name,
        "deployment_id": name,
        "service_id": "search",
        "stage": "production",
        "outcome": "success",
        "finished_at": finished_at,
        **columns,
    }


@pytest.mark.row("K01")
def test_fan_out_counts_once_at_its_first_finish_and_a_redeploy_not_at_all() -> None:
    facts = DuckFacts(
        deployments=[
            deployment("d2", "2026-01-05T10:40", group_id="g", environment="us"),
            deployment("d1", "2026-01-05T10:00", group_id="g", environment="eu"),
            deployment("d3", "2026-01-05T12:00", group_id="h", kind="redeploy"),
        ]
    )
    rows = facts.rows(deployment_frequency.records(facts, scope()))
    assert {row["record_id"] for row in rows} == {"g"}
    assert sorted(row["environment"] for row in rows) == ["eu", "us"]
    for row in rows:
        assert row["event_at"] == at("2026-01-05T10:00").replace(tzinfo=None)
        assert row["fully_rolled_out_at"] == at("2026-01-05T10:40").replace(tzinfo=None)
        assert row["deployment_count"] == 2


@pytest.mark.row("K01")
def test_other_stages_shadows_failures_and_flags_are_not_counted() -> None:
    facts = DuckFacts(
        deployments=[
            deployment("ok", "2026-01-05T10:00"),
            deployment("part", "2026-01-05T11:00", outcome="degraded"),
            deployment("staging", "2026-01-05T12:00", stage="staging"),
            deployment("unmapped", "2026-01-05T12:00", stage=None),
            deployment("shadow", "2026-01-05T13:00", is_shadow=True),
            deployment("failed", "2026-01-05T14:00", outcome="failure"),
            deployment("flag", "2026-01-05T15:00", mechanism="flag"),
        ]
    )
    assert counted(by_id(facts, deployment_frequency.records(facts, scope()))) == {"ok", "part"}
    every = deployment_frequency.records(facts, scope(mechanisms="all"))
    assert counted(by_id(facts, every)) == {"ok", "part", "flag"}


@pytest.mark.row("K01")
def test_time_since_previous_looks_before_the_window_and_at_one_service_only() -> None:
    facts = DuckFacts(
        deployments=[
            deployment("december", "2025-12-31T22:00"),
            deployment("january", "2026-01-01T01:30"),
            deployment("other", "2026-01-01T01:00", service_id="cart"),
            deployment("undated", None, started_at="2026-01-01T01:15"),
        ]
    )
    rows = by_id(facts, deployment_frequency.records(facts, scope()))
    assert rows["january"]["seconds_since_previous"] == 12_600.0
    assert rows["other"]["seconds_since_previous"] is None
    assert rows["undated"]["excluded_reason"] == "undated"
    assert rows["undated"]["seconds_since_previous"] is None


def test_equal_group_ids_of_two_services_are_two_groups() -> None:
    facts = DuckFacts(
        deployments=[
            deployment("d1", "2026-01-05T10:00", group_id="v7"),
            deployment("d2", "2026-01-05T10:00", group_id="v7", service_id="cart"),
        ]
    )
    rows = facts.rows(deployment_frequency.records(facts, scope()))
    assert sorted(row["service_id"] for row in rows) == ["cart", "search"]


def test_attempts_that_failed_are_apart_from_those_that_came_to_no_result() -> None:
    outcomes = ["success", "degraded", "failure", "error", "cancelled", "skipped", "running"]
    facts = DuckFacts(
        deployments=[
            deployment(outcome, "2026-01-05T10:00", outcome=outcome) for outcome in outcomes
        ]
        + [deployment("again", "2026-01-05T11:00", kind="redeploy")]
    )
    rows = by_id(facts, deployment_job_failure_rate.records(facts, scope()))
    assert counted(rows) == {"success", "degraded", "failure", "error", "again"}
    assert {key for key in counted(rows) if rows[key]["numerator"] == 1} == {"failure", "error"}
    assert rows["cancelled"]["excluded_reason"] == "cancelled"
    assert rows["running"]["excluded_reason"] == "running"


def test_releases_count_without_pre_releases_and_with_the_time_between() -> None:
    tags = [
        ("v1.0.0", "2026-01-07T09:00", False),
        ("v1.1.0", "2026-01-09T09:00", False),
        ("v1.1.1", "2026-01-10T21:00", False),
        ("v1.2.0-rc.1", "2026-01-10T22:00", True),
    ]
    facts = DuckFacts(
        releases=[
            {"repo_id": "acme/search", "tag": tag, "released_at": when, "is_prerelease": pre}
            for tag, when, pre in tags
        ]
    )
    rows = by_id(facts, release_frequency.records(facts, scope()))
    assert [rows[f"acme/search@{tag}"]["seconds_since_previous"] for tag, *_ in tags] == [
        None,
        172_800.0,
        129_600.0,
        None,
    ]
    assert rows["acme/search@v1.2.0-rc.1"]["excluded_reason"] == "prerelease"

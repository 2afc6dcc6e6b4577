"""Failed deployments: their share, the rework they cause and the time to recover (K03, K04)."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.kpis import (
    change_failure_rate,
    deployment_rework_rate,
    failed_deployment_recovery_time,
)
from tests.kpis.tables import DuckFacts, at, by_id, counted, scope
from tests.kpis.test_deployment_counts import deployment
from tests.kpis.test_lead_times import change, link


def failure(deployment_id: str, ref: str, **columns: Any) -> dict[str, Any]:
    return {
        "deployment_id": deployment_id,
        "evidence_kind": ref.partition(":")[0].replace("deployment", "rollback"),
        "evidence_ref": ref,
        "state": "accepted",
        "confidence_ratio": 0.99,
        **columns,
    }


@pytest.mark.row("K03")
def test_two_incidents_on_one_fan_out_are_one_failed_deployment() -> None:
    facts = DuckFacts(
        deployments=[
            deployment("eu", "2026-01-05T10:00", group_id="g1"),
            deployment("us", "2026-01-05T11:00", group_id="g1"),
            deployment("d2", "2026-01-06T10:00"),
        ],
        deployment_failures=[failure("eu", "incident:i1"), failure("us", "incident:i2")],
    )
    rows = by_id(facts, change_failure_rate.records(facts, scope()))
    assert {key: row["numerator"] for key, row in rows.items()} == {"g1": 1, "d2": 0}
    assert {row["denominator"] for row in rows.values()} == {1}


@pytest.mark.row("K03")
def test_young_deployments_are_pending_whether_they_failed_or_not() -> None:
    facts = DuckFacts(
        deployments=[
            deployment("old", "2026-01-17T00:00"),
            deployment("young", "2026-01-17T00:01"),
            deployment("failed", "2026-01-19T00:00"),
            deployment("quick", "2026-01-19T12:00", observation_seconds=3_600),
        ],
        deployment_failures=[failure("failed", "incident:i1")],
    )
    rows = by_id(facts, change_failure_rate.records(facts, scope(as_of="2026-01-20T00:00")))
    assert counted(rows) == {"old", "quick"}
    assert rows["young"]["excluded_reason"] == rows["failed"]["excluded_reason"] == "pending"
    assert rows["failed"]["is_failed_pending"] is True
    assert rows["young"]["is_failed_pending"] is False
    assert counted(by_id(facts, change_failure_rate.records(facts, scope()))) == set(rows)


@pytest.mark.row("K03")
def test_state_and_confidence_decide_between_the_bounds() -> None:
    states = {
        "sure": ("accepted", 0.9),
        "unsure": ("accepted", 0.89),
        "confirmed": ("confirmed", None),
        "suspected": ("suspected", 0.95),
        "rejected": ("rejected", 0.99),
    }
    facts = DuckFacts(
        deployments=[deployment(name, "2026-01-05T10:00") for name in states],
        deployment_failures=[
            failure(name, f"incident:{name}", state=state, confidence_ratio=confidence)
            for name, (state, confidence) in states.items()
        ],
    )
    rows = by_id(facts, change_failure_rate.records(facts, scope()))

    def those(column: str) -> set[str]:
        return {key for key, row in rows.items() if row[column] == 1}

    assert those("numerator_low") == {"sure", "confirmed"}
    assert those("numerator") == {"sure", "unsure", "confirmed"}
    assert those("numerator_high") == {"sure", "unsure", "confirmed", "suspected"}


@pytest.mark.row("K03", "A07")
def test_deployment_is_split_by_who_wrote_its_new_changes() -> None:
    facts = DuckFacts(
        deployments=[deployment(name, "2026-01-05T10:00") for name in ("a", "b", "c", "d")],
        deployment_changes=[
            link("a", "bot"),
            link("a", "ann"),
            link("b", "bot"),
            link("c", "ann"),
            link("c", "helped"),
            link("d", "ann", role="reshipped"),
        ],
        changes=[
            change("bot", author_kind="bot"),
            change("ann", author_kind="human"),
            change("helped", author_kind="human", ai_involvement="assisted"),
        ],
    )
    rows = by_id(facts, change_failure_rate.records(facts, scope()))
    assert {key: row["author_kind"] for key, row in rows.items()} == {
        "a": "human",
        "b": "bot",
        "c": "ai",
        "d": None,
    }


def test_rework_counts_repairs_of_a_failure_and_no_others() -> None:
    facts = DuckFacts(
        deployments=[
            deployment("bad", "2026-01-05T10:00"),
            deployment("back", "2026-01-05T12:00", kind="rollback"),
            deployment("fix", "2026-01-06T12:00", kind="hotfix"),
            deployment("late", "2026-01-20T12:00", kind="hotfix"),
            deployment("planned", "2026-01-05T12:00", kind="rollback", service_id="cart"),
            deployment("named", "2026-01-25T12:00", kind="hotfix"),
            deployment("normal", "2026-01-06T13:00"),
        ],
        deployment_failures=[
            failure("bad", "incident:i1", failed_at="2026-01-05T11:00"),
            failure("bad", "deployment:named", failed_at="2026-01-05T11:00"),
        ],
    )
    rows = by_id(facts, deployment_rework_rate.records(facts, scope()))
    assert counted(rows) == set(rows)
    assert {key for key, row in rows.items() if row["numerator"] == 1} == {"back", "fix", "named"}


@pytest.mark.row("K04")
def test_recovery_ends_with_the_last_incident_else_with_the_repair() -> None:
    facts = DuckFacts(
        deployments=[deployment(name, "2026-01-05T10:00") for name in ("two", "back", "open")],
        deployment_failures=[
            failure("two", "incident:i1", recovered_at="2026-01-05T11:00"),
            failure("two", "incident:i2", recovered_at="2026-01-05T12:00"),
            failure("two", "deployment:r", recovered_at="2026-01-05T13:00"),
            failure("back", "deployment:r", recovered_at="2026-01-05T10:20"),
            failure("open", "incident:i3"),
            failure("open", "incident:i4", recovered_at="2026-01-05T11:00"),
        ],
    )
    records = failed_deployment_recovery_time.records(facts, scope(as_of="2026-01-05T13:00"))
    rows = by_id(facts, records)
    assert rows["two"]["seconds"] == 7_200.0
    assert rows["two"]["event_at"] == at("2026-01-05T12:00").replace(tzinfo=None)
    assert rows["back"]["seconds"] == 1_200.0
    assert rows["open"]["excluded_reason"] == "open"
    assert rows["open"]["seconds"] is None
    assert rows["open"]["censored_seconds"] == 10_800.0

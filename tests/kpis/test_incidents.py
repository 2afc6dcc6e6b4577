"""Restore, its companions and the rate of incidents (K04, K07)."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.kpis import (
    incident_rate_by_severity,
    time_to_acknowledge,
    time_to_detect,
    time_to_mitigate,
    time_to_mobilise,
    time_to_resolve,
    time_to_restore,
    within_target_ratio,
)
from tests.kpis.tables import DuckFacts, at, by_id, counted, scope

DAY = "2026-01-05T"


def incident(name: str, **columns: Any) -> dict[str, Any]:
    return {"incident_id": name, "service_ids": ["search"], **columns}


def impact(component: str, start: str, end: str | None, name: str = "i1") -> dict[str, Any]:
    return {
        "incident_id": name,
        "component_id": component,
        "started_at": DAY + start,
        "ended_at": DAY + end if end else None,
    }


@pytest.mark.row("K04")
def test_restore_is_the_union_of_overlapping_and_reopened_impact() -> None:
    facts = DuckFacts(
        incidents=[incident("i1", declared_at=DAY + "10:05", mitigated_at=DAY + "11:40")],
        impact_intervals=[
            impact("a", "11:30", "11:40"),
            impact("b", "10:20", "10:50"),
            impact("a", "10:00", "10:30"),
            impact("c", "10:25", "10:28"),
        ],
    )
    row = by_id(facts, time_to_restore.records(facts, scope()))["i1"]
    assert row["seconds"] == 3_600.0
    assert row["elapsed_seconds"] == 6_000.0
    assert row["event_at"] == at(DAY + "11:40").replace(tzinfo=None)
    assert row["span_start_basis"] == row["span_end_basis"] == "intervals"


@pytest.mark.row("K04")
def test_without_intervals_fallbacks_are_used_and_strict_makes_them_unknown() -> None:
    facts = DuckFacts(
        incidents=[
            incident("exact", impact_started_at=DAY + "10:00", mitigated_at=DAY + "10:22"),
            incident("fallback", declared_at=DAY + "10:00", resolved_at=DAY + "10:30"),
            incident("backwards", impact_started_at=DAY + "10:00", mitigated_at=DAY + "09:59"),
            incident("no_end", declared_at=DAY + "10:00", state="closed"),
        ]
    )
    rows = by_id(facts, time_to_restore.records(facts, scope()))
    assert counted(rows) == {"exact", "fallback"}
    assert rows["exact"]["seconds"] == 1_320.0
    assert rows["fallback"]["seconds"] == 1_800.0
    assert rows["fallback"]["span_start_basis"] == "declared"
    assert rows["fallback"]["span_end_basis"] == "resolved"
    assert rows["backwards"]["excluded_reason"] == "order_violation"
    assert rows["no_end"]["excluded_reason"] == "unknown"
    strict = by_id(facts, time_to_restore.records(facts, scope(strict=True)))
    assert counted(strict) == {"exact"}
    assert strict["fallback"]["excluded_reason"] == "unknown"


@pytest.mark.row("K04")
def test_open_incidents_are_censored_at_the_cut_and_listed_in_the_window() -> None:
    facts = DuckFacts(
        incidents=[
            incident("plain", impact_started_at=DAY + "10:00"),
            incident("old", impact_started_at="2025-12-31T23:00"),
            incident("next", impact_started_at="2026-02-02T00:00"),
            incident("parts", declared_at=DAY + "10:00"),
            incident("reopened", declared_at=DAY + "10:00", mitigated_at=DAY + "10:30"),
        ],
        impact_intervals=[
            impact("a", "10:00", "10:15", "parts"),
            impact("a", "11:00", None, "parts"),
            impact("a", "10:00", None, "reopened"),
            impact("a", "11:40", None, "reopened"),
        ],
    )
    rows = by_id(facts, time_to_restore.records(facts, scope(as_of=DAY + "12:00")))
    assert {key: row["excluded_reason"] for key, row in rows.items()} == dict.fromkeys(rows, "open")
    assert rows["plain"]["censored_seconds"] == 7_200.0
    assert rows["parts"]["censored_seconds"] == 15 * 60.0 + 3_600.0
    assert rows["reopened"]["censored_seconds"] == 30 * 60.0 + 20 * 60.0
    assert rows["old"]["event_at"] == at("2026-01-01T00:00").replace(tzinfo=None)
    assert rows["plain"]["event_at"] == at(DAY + "10:00").replace(tzinfo=None)
    assert rows["next"]["event_at"] == at("2026-02-02T00:00").replace(tzinfo=None)
    assert rows["next"]["censored_seconds"] is None


@pytest.mark.row("K04")
def test_drills_tests_cancelled_and_merged_incidents_stay_out() -> None:
    facts = DuckFacts(
        incidents=[
            incident(f"{kind}-{state}", kind=kind, state=state, declared_at=DAY + "10:00")
            for kind in (None, "incident", "security", "drill", "test")
            for state in (None, "resolved", "cancelled", "merged")
        ]
    )
    assert set(by_id(facts, incident_rate_by_severity.records(facts, scope()))) == {
        f"{kind}-{state}" for kind in (None, "incident", "security") for state in (None, "resolved")
    }


@pytest.mark.row("K04")
def test_incident_stands_once_for_each_service_and_once_without_any() -> None:
    facts = DuckFacts(
        incidents=[
            incident("i1", service_ids=["a", "b", "a"], declared_at=DAY + "10:00"),
            incident("i2", service_ids=[], declared_at=DAY + "10:00"),
            incident("i3", service_ids=None, declared_at=DAY + "10:00"),
        ],
        incident_links=[
            {"from_ref": "incident:i1", "to_ref": to, "relation": relation, "accepted": accepted}
            for to, relation, accepted in [
                ("deployment:d1", "caused_by_change", True),
                ("change:c1", "caused_by_change", True),
                ("ticket:t1", "customer_ticket", True),
            ]
        ]
        + [
            {
                "from_ref": "incident:i2",
                "to_ref": "deployment:d2",
                "relation": "caused_by_change",
                "accepted": False,
            }
        ],
    )
    found = sorted(
        (row["record_id"], row["service_id"] or "", row["cause"])
        for row in facts.rows(time_to_restore.records(facts, scope()))
    )
    assert found == [
        ("i1", "a", "change"),
        ("i1", "b", "change"),
        ("i2", "", "other"),
        ("i3", "", "other"),
    ]


@pytest.mark.row("K04")
def test_within_target_takes_an_old_open_incident_for_a_miss_and_a_young_one_as_pending() -> None:
    closed = {"c22": 22, "c35": 35, "c41": 41, "c58": 58, "c60": 60, "c90": 90}
    facts = DuckFacts(
        incidents=[
            incident(
                name,
                impact_started_at=DAY + "08:00",
                mitigated_at=f"{DAY}{8 + minutes // 60:02d}:{minutes % 60:02d}",
            )
            for name, minutes in closed.items()
        ]
        + [
            incident("open75", impact_started_at=DAY + "10:45"),
            incident("open60", impact_started_at=DAY + "11:00"),
        ]
    )
    records = within_target_ratio.records(facts, scope(as_of=DAY + "12:00", target_seconds=3_600))
    rows = by_id(facts, records)
    assert counted(rows) == {*closed, "open75"}
    assert {k for k, row in rows.items() if row["numerator"] == 1} == {*closed} - {"c90"}
    assert rows["open60"]["excluded_reason"] == "pending"


@pytest.mark.row("K04")
def test_pairs_of_instants_are_never_mixed() -> None:
    facts = DuckFacts(
        incidents=[
            incident(
                "i1",
                impact_started_at=DAY + "10:00",
                detected_at=DAY + "10:04",
                declared_at=DAY + "10:10",
                first_paged_at=DAY + "10:06",
                acknowledged_at=DAY + "10:09",
                mobilised_at=DAY + "10:26",
                mitigated_at=DAY + "10:34",
                resolved_at=DAY + "11:04",
            ),
            incident("i2", detected_at=DAY + "10:00", declared_at=DAY + "10:01"),
            incident("i3", declared_at=DAY + "10:00", resolved_at=DAY + "11:00"),
        ]
    )
    cut = scope(as_of=DAY + "12:00")

    def found(kpi: Any) -> dict[str, tuple[float | None, str | None]]:
        rows = by_id(facts, kpi.records(facts, cut))
        return {key: (row["seconds"], row["excluded_reason"]) for key, row in rows.items()}

    assert found(time_to_detect) == {
        "i1": (240.0, None),
        "i2": (None, "unknown"),
        "i3": (None, "unknown"),
    }
    assert found(time_to_mobilise) == {
        "i1": (1_200.0, None),
        "i2": (None, "not_mobilised"),
        "i3": (None, "not_mobilised"),
    }
    assert found(time_to_mitigate) == {
        "i1": (1_800.0, None),
        "i2": (None, "open"),
        "i3": (None, "unknown"),
    }
    assert found(time_to_resolve) == {
        "i1": (3_600.0, None),
        "i2": (None, "open"),
        "i3": (None, "unknown"),
    }
    assert found(time_to_acknowledge) == {"incident:i1": (180.0, None)}


def test_acknowledgement_is_taken_per_episode_and_not_twice_for_its_incident() -> None:
    facts = DuckFacts(
        alerts=[
            {"alert_id": "a1", "incident_id": "i1", "first_paged_at": DAY + "10:00",
             "acknowledged_at": DAY + "10:05", "service_id": "search"},
            {"alert_id": "a2", "first_paged_at": DAY + "11:00"},
            {"alert_id": "a3", "first_paged_at": DAY + "11:00", "resolved_at": DAY + "11:30"},
            {"alert_id": "a4"},
        ],
        incidents=[incident("i1", first_paged_at=DAY + "10:00", acknowledged_at=DAY + "10:05")],
    )  # fmt: skip
    rows = by_id(facts, time_to_acknowledge.records(facts, scope(as_of=DAY + "12:00")))
    assert {key: (row["seconds"], row["excluded_reason"]) for key, row in rows.items()} == {
        "alert:a1": (300.0, None),
        "alert:a2": (None, "open"),
        "alert:a3": (None, "unacknowledged"),
    }
    assert rows["alert:a2"]["censored_seconds"] == 3_600.0
    assert rows["alert:a3"]["unacknowledged_seconds"] == 1_800.0


@pytest.mark.row("K07")
def test_severity_is_the_final_one_else_the_peak_else_the_declared_one() -> None:
    facts = DuckFacts(
        incidents=[
            incident("f", severity_declared="sev3", severity_peak="sev1", severity_final="sev2",
                     declared_at=DAY + "10:00"),
            incident("p", severity_declared="sev3", severity_peak="sev1",
                     declared_at=DAY + "10:00"),
            incident("d", severity_declared="sev3", declared_at=DAY + "10:00"),
            incident("undated", detected_at=DAY + "09:00"),
        ]
    )  # fmt: skip
    rows = by_id(facts, incident_rate_by_severity.records(facts, scope()))
    assert {key: row["severity"] for key, row in rows.items() if key != "undated"} == {
        "f": "sev2",
        "p": "sev1",
        "d": "sev3",
    }
    assert rows["undated"]["excluded_reason"] == "undated"

"""What other tools would say of the same facts (K01 to K04)."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.kpis.peers import peer_definition
from tests.kpis.tables import DuckFacts, at, by_id, counted, scope
from tests.kpis.test_deployment_counts import deployment
from tests.kpis.test_failures import failure
from tests.kpis.test_incidents import incident
from tests.kpis.test_lead_times import change, link

DAY = "2026-01-05T"


def records(facts: DuckFacts, kpi_id: str, tool: str) -> dict[str, dict[str, Any]]:
    return by_id(facts, peer_definition(kpi_id, tool).records(facts, scope()))


def totals(rows: dict[str, dict[str, Any]]) -> tuple[int, int]:
    return (
        sum(row["numerator"] for row in rows.values()),
        sum(row["denominator"] for row in rows.values()),
    )


@pytest.mark.row("K01")
@pytest.mark.parametrize("tool", ["devlake", "gitlab", "fourkeys", "middleware", "pelorus"])
def test_redeploys_and_each_region_are_deployments_to_other_tools(tool: str) -> None:
    facts = DuckFacts(
        deployments=[
            deployment("eu", DAY + "10:00", group_id="g"),
            deployment("us", DAY + "10:40", group_id="g"),
            deployment("again", DAY + "12:00", kind="redeploy"),
            deployment("failed", DAY + "13:00", outcome="failure"),
            deployment("staging", DAY + "13:00", stage="staging"),
        ]
    )
    assert counted(records(facts, "deployment_frequency", tool)) == {"eu", "us", "again"}


@pytest.mark.row("K02")
def test_lead_times_of_one_change_differ_by_tool() -> None:
    facts = DuckFacts(
        deployments=[
            deployment("d0", DAY + "08:00", repo_id="acme/search", commit_sha="c0"),
            deployment("d1", DAY + "13:00", repo_id="acme/search", commit_sha="m1"),
        ],
        deployment_changes=[link("d1", "c1"), link("d0", "c9"), link("d1", "lone")],
        changes=[
            change("c1", first_authored_at=DAY + "09:00:30", opened_at=DAY + "10:00",
                   first_reviewed_at=DAY + "10:30", merged_at=DAY + "12:00", merge_sha="m1",
                   commit_shas=["a", "b", "late"]),
            change("c9", first_authored_at=DAY + "06:00", opened_at=DAY + "06:30",
                   merged_at=DAY + "07:00"),
            change("lone", change_ref="commit:x", merged_at=DAY + "12:00"),
        ],
        commits=[
            {"repo_id": "acme/search", "commit_sha": sha, "committed_at": DAY + when}
            for sha, when in [("a", "09:00:30"), ("b", "11:30"), ("late", "13:00"),
                              ("m1", "12:00")]
        ],
    )  # fmt: skip

    def seconds(tool: str) -> dict[str, float | None]:
        rows = records(facts, "lead_time_for_changes", tool)
        return {key: rows[key]["seconds"] for key in counted(rows)}

    # coding 59.5 min, rounded up to 60; opened to merged 120; merged to finished 60. The content of
    # d0 has no predecessor and is not seen.
    assert seconds("devlake") == {"c1@search": 240 * 60.0}
    assert seconds("gitlab") == {"c1@search": 3_600.0, "c9@search": 3_600.0}
    # 13:00 - 09:00:30 is 239.5 min, cut to 239; the commit at the very finish is dropped.
    assert seconds("fourkeys") == {"d1:a": 239 * 60.0, "d1:b": 90 * 60.0}
    assert seconds("middleware") == {"c1@search": 14_370.0, "c9@search": 7_200.0}
    assert seconds("pelorus") == {"d1": 3_600.0}


@pytest.mark.row("K03")
def test_failure_rates_differ_by_whom_an_incident_is_blamed_on() -> None:
    facts = DuckFacts(
        deployments=[
            deployment("d1", DAY + "10:00"),
            deployment("d2", DAY + "12:00"),
            deployment("other", DAY + "12:00", service_id="cart"),
        ],
        incidents=[
            incident("before", declared_at=DAY + "09:00"),
            incident("i1", declared_at=DAY + "11:00"),
            incident("i2", declared_at=DAY + "12:00"),
            incident("i3", declared_at="2026-01-25T12:00"),
        ],
        deployment_failures=[failure("d1", "incident:i1"), failure("d1", "incident:i2")],
    )

    def failed(tool: str) -> set[str]:
        rows = records(facts, "change_failure_rate", tool)
        return {key for key, row in rows.items() if row["numerator"]}

    # i2 opened at the very finish of d2: DevLake takes the strictly earlier d1, Middleware d2.
    assert failed("devlake") == {"d1", "d2"}
    assert failed("middleware") == {"d1", "d2"}
    assert totals(records(facts, "change_failure_rate", "gitlab")) == (4, 3)
    assert totals(records(facts, "change_failure_rate", "fourkeys")) == (2, 3)
    assert totals(records(facts, "change_failure_rate", "pelorus")) == (4, 0)


@pytest.mark.row("K03")
def test_incident_at_the_finish_is_blamed_on_the_earlier_one_by_devlake_alone() -> None:
    facts = DuckFacts(
        deployments=[deployment("d1", DAY + "10:00"), deployment("d2", DAY + "12:00")],
        incidents=[incident("i", declared_at=DAY + "12:00")],
    )
    for tool, blamed in (("devlake", "d1"), ("middleware", "d2")):
        rows = records(facts, "change_failure_rate", tool)
        assert {key for key, row in rows.items() if row["numerator"]} == {blamed}


@pytest.mark.row("K04")
def test_restore_times_differ_by_where_they_start() -> None:
    facts = DuckFacts(
        deployments=[deployment("d1", DAY + "10:00")],
        incidents=[
            incident("i1", impact_started_at=DAY + "10:10", declared_at=DAY + "10:30",
                     mitigated_at=DAY + "11:00", resolved_at=DAY + "12:15"),
            incident("running", declared_at=DAY + "13:00"),
        ],
        deployment_failures=[failure("d1", "incident:i1")],
    )  # fmt: skip

    def seconds(tool: str, kpi_id: str = "time_to_restore") -> dict[str, float | None]:
        rows = records(facts, kpi_id, tool)
        return {key: rows[key]["seconds"] for key in counted(rows)}

    plain = {"incident:i1": 105 * 60.0}
    assert seconds("devlake") == seconds("gitlab") == plain
    assert seconds("middleware") == seconds("pelorus") == plain
    assert seconds("fourkeys") == {"incident:i1": 2 * 3_600.0}
    assert seconds("devlake", "failed_deployment_recovery_time") == {"incident:i1": 135 * 60.0}
    began = records(facts, "failed_deployment_recovery_time", "devlake")["incident:i1"]
    assert began["event_at"] == at(DAY + "10:00").replace(tzinfo=None)

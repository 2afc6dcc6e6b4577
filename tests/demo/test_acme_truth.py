"""What Fairlead says of a small acme equals what the simulator decided."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from tests.demo.small_acme import SmallAcme, make_small_acme


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> SmallAcme:
    return make_small_acme(tmp_path_factory.mktemp("acme"), has_noise=False)


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> SmallAcme:
    return make_small_acme(tmp_path_factory.mktemp("noisy"), has_noise=True)


def text(instant: datetime | None) -> str | None:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ") if instant else None


def counted_groups(acme: SmallAcme) -> dict[tuple[str, str], list[dict]]:
    """Counted production deployments by service and first finish of their group."""
    groups: dict[tuple[str, str], list[dict]] = {}
    for row in acme.rows("deployments"):
        is_counted = row["stage"] == "production" and row["outcome"] in ("success", "degraded")
        if is_counted and row["kind"] != "redeploy" and not row["is_shadow"]:
            groups.setdefault((row["service_id"], row["group_id"]), []).append(row)
    return {
        (service_id, text(min(row["finished_at"] for row in rows)) or ""): rows
        for (service_id, _), rows in groups.items()
    }


def true_deployments(acme: SmallAcme) -> dict[tuple[str, str], dict]:
    return {(row["service_id"], row["finished_at"]): row for row in acme.truth["deployments"]}


@pytest.mark.row("K01")
def test_every_true_deployment_is_one_counted_group(acme: SmallAcme) -> None:
    found, true = counted_groups(acme), true_deployments(acme)
    assert len(true) > 150
    assert found.keys() == true.keys()
    for key, rows in found.items():
        assert sorted(row["region"] for row in rows) == sorted(true[key]["regions"])


@pytest.mark.row("K01")
def test_noise_changes_no_deployment_count(noisy: SmallAcme) -> None:
    assert counted_groups(noisy).keys() == true_deployments(noisy).keys()


@pytest.mark.row("K01")
def test_deployment_counts_of_a_month_equal_the_truth(acme: SmallAcme) -> None:
    measures = acme.measures("deployment_frequency", ["service_id"])
    services = acme.truth["services"]
    assert len(services) == 16
    for service_id in services:
        measure = measures.get((service_id,))
        assert (measure.n if measure else 0) == acme.month(service_id)["deployments"], service_id


@pytest.mark.row("K01")
def test_kinds_are_found_from_the_history_alone(acme: SmallAcme) -> None:
    allowed = {
        "normal": {"normal"},
        "rollback": {"rollback"},
        "hotfix": {"hotfix"},
        "revert": {"hotfix", "normal"},
    }
    true = true_deployments(acme)
    seen = Counter()
    for key, rows in counted_groups(acme).items():
        seen[true[key]["kind"]] += 1
        assert {row["kind"] for row in rows} <= allowed[true[key]["kind"]], key
    assert seen["rollback"] >= 3
    assert seen["hotfix"] >= 1


@pytest.mark.row("K02")
def test_lead_times_of_a_month_equal_the_truth(acme: SmallAcme) -> None:
    measures = acme.measures("lead_time_for_changes", ["service_id"])
    for service_id in acme.truth["services"]:
        true, measure = acme.month(service_id), measures.get((service_id,))
        assert (measure.n if measure else 0) == true["lead_time_count"], service_id
        if measure and true["lead_time_count"]:
            assert measure.value == pytest.approx(true["lead_time_median_seconds"]), service_id


@pytest.mark.row("K02")
def test_every_change_is_linked_to_the_release_that_first_contained_it(acme: SmallAcme) -> None:
    repos = {service_id: facts["repo"] for service_id, facts in acme.truth["services"].items()}
    true = {
        (row["service_id"], f"{repos[row['service_id']]}:{row['change_ref']}"): (
            row["deployed_at"],
            row["lead_time_seconds"],
        )
        for row in acme.truth["changes"]
    }
    stages = {row["deployment_id"]: row["stage"] for row in acme.rows("deployments")}
    found: dict[tuple[str, str], tuple[str | None, int]] = {}
    for row in sorted(acme.rows("deployment_changes"), key=lambda row: row["deployed_at"]):
        if row["role"] == "first" and stages[row["deployment_id"]] == "production":
            key = (row["service_id"], row["change_id"])
            found.setdefault(key, (text(row["deployed_at"]), row["lead_time_seconds"]))
    assert found == true


@pytest.mark.row("K03")
def test_failures_equal_the_truth_where_evidence_is_explicit(acme: SmallAcme) -> None:
    measures = acme.measures("change_failure_rate", ["service_id"])
    failed = 0
    for service_id in acme.truth["services"]:
        true, measure = acme.month(service_id), measures.get((service_id,))
        assert (measure.numerator if measure else 0) == true["failed"], service_id
        assert (measure.denominator if measure else 0) == true["deployments"], service_id
        failed += true["failed"]
    assert failed >= 8


@pytest.mark.row("K03")
def test_heuristic_attribution_has_published_precision_and_recall(noisy: SmallAcme) -> None:
    states = ("accepted", "confirmed")
    failed_ids = {
        row["deployment_id"] for row in noisy.rows("deployment_failures") if row["state"] in states
    }
    true = true_deployments(noisy)
    outcomes = Counter(
        (true[key]["failed_by"] is not None, any(r["deployment_id"] in failed_ids for r in rows))
        for key, rows in counted_groups(noisy).items()
    )
    precision = outcomes[True, True] / (outcomes[True, True] + outcomes[False, True])
    recall = outcomes[True, True] / (outcomes[True, True] + outcomes[True, False])
    print(f"attribution on a noisy acme: precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= 0.9
    assert recall >= 0.8


@pytest.mark.row("K07")
def test_incidents_by_severity_equal_the_truth(acme: SmallAcme) -> None:
    measures = acme.measures("incident_rate_by_severity", ["severity"])
    found = {severity: measure.n for (severity,), measure in measures.items() if measure.n}
    true: Counter[str] = Counter()
    for service_id in acme.truth["services"]:
        true.update(acme.month(service_id)["incidents"])
    assert found == dict(true)


@pytest.mark.row("K07")
def test_incidents_are_booked_on_the_services_that_tools_name(acme: SmallAcme) -> None:
    measures = acme.measures("incident_rate_by_severity", ["service_id", "severity"])
    found = {key: measure.n for key, measure in measures.items() if measure.n}
    true = {
        (service_id, severity): count
        for service_id in acme.truth["services"]
        for severity, count in acme.month(service_id)["incidents"].items()
    }
    assert sum(true.values()) >= 10
    assert found == true


@pytest.mark.row("K04")
def test_instants_of_every_incident_equal_the_truth(acme: SmallAcme) -> None:
    found = {
        row["incident_id"]: (
            row["severity_final"],
            text(row["declared_at"]),
            text(row["acknowledged_at"]),
            text(row["resolved_at"]),
        )
        for row in acme.rows("incidents")
    }
    true = {
        row["incident_ref"]: (
            row["severity"],
            row["declared_at"],
            row["acknowledged_at"],
            row["resolved_at"],
        )
        for row in acme.truth["incidents"]
    }
    assert found == true


@pytest.mark.row("K11")
@pytest.mark.parametrize("name", ["acme", "noisy"])
def test_outcomes_of_standard_pipelines_equal_the_truth(
    name: str, request: pytest.FixtureRequest
) -> None:
    acme: SmallAcme = request.getfixturevalue(name)
    measures = acme.measures("pipeline_success_rate", ["service_id"])
    runs = 0
    for service_id in acme.truth["services"]:
        if service_id == "ratings":
            odd = measures.get((service_id,))
            assert odd is None or odd.value is None, "none of its pipelines is a standard one"
            continue
        true = acme.month(service_id)["runs"]
        eligible = sum(count for outcome, count in true.items() if outcome != "cancelled")
        measure = measures[service_id,]
        assert (measure.numerator, measure.denominator) == (true.get("clean", 0), eligible)
        runs += eligible
    assert runs > 200


def test_what_is_held_is_what_was_spoilt(noisy: SmallAcme) -> None:
    true: dict[str, Counter[str]] = {}
    for place, codes in noisy.truth["broken"].items():
        true.setdefault(place.partition("/")[0], Counter()).update(codes)
    found = {source: Counter(held) for source, held in noisy.held.items() if held}
    assert found == {source: counts for source, counts in true.items() if counts}


def test_workspace_of_the_example_is_loaded_from_its_own_files(acme: SmallAcme) -> None:
    assert acme.context.model.workspace.id == "acme"
    assert Path(acme.context.root).joinpath("workspace/workspace.yaml").is_file()

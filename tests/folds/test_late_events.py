"""What a late message, a moved catalog or a bad row does to derived facts, case by case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairlead.engine.conformance.cases import Case
from fairlead.engine.conformance.fold_cases import run_fold_case
from fairlead.engine.derive.deployment_refold import refold_deployments
from fairlead.engine.derive.deployments import derive_deployments
from fairlead.engine.derive.failures import derive_failures
from fairlead.engine.derive.fold_case import run_fold
from fairlead.engine.derive.reader import Row, RowReader
from fairlead.engine.derive.versions import changed_versions
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.methods.attribution_arrays import Constants, Reaches, sort_deployments
from fairlead.methods.attribution_pairs import best_by_pairs
from fairlead.methods.attribution_sums import best_by_sums
from fairlead.methods.deployment_kind import UnknownAncestry
from fairlead.opmodel.kinds.environment import Environment
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.model import Model

START = datetime(2026, 3, 2, 10, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def service(name: str, **fields: Any) -> Service:
    shared = {"apiVersion": "fairlead/v1", "kind": "Service", "owner": "team", "tier": "t1"}
    return Service.model_validate(shared | {"id": name} | fields)


PROD = Environment.model_validate(
    {"apiVersion": "fairlead/v1", "kind": "Environment", "id": "prod", "stage": "production"}
)
MODEL = Model.of([service("shop", names=["shop-app"]), PROD])


def message(ref: str, state: str, minutes: float, version: str, **more: Any) -> Row:
    return {
        "source": "gh",
        "event_ref": f"{ref}-{state}-{minutes}",
        "deployment_ref": ref,
        "service_id": "shop",
        "environment": "prod",
        "commit_sha": version,
        "state": state,
        "event_at": at(minutes),
    } | more


def derive(events: Sequence[Row], model: Model = MODEL, **more: Any) -> list[Row]:
    reader = RowReader({"deployment_events": events})
    return derive_deployments(reader, model, UnknownAncestry(), None, **more)


def after_late(events: Sequence[Row], late: Row) -> tuple[list[Row], int]:
    """The rows after a late message, by suffix; and how many deployments were recomputed."""
    reader = RowReader({"deployment_events": [*events, late], "deployments": derive(events)})
    new = {"deployment_events": [late]}
    refold = refold_deployments(reader, MODEL, UnknownAncestry(), None, new)
    return sorted(refold.after, key=lambda row: str(row["deployment_id"])), refold.recomputed_count


def kinds(rows: Sequence[Row]) -> dict[str, tuple[str | None, bool]]:
    return {row["deployment_id"]: (row["kind"], row["is_baseline"]) for row in rows}


def test_a_deployment_that_moves_to_a_later_finish_is_taken_out_of_its_earlier_place() -> None:
    events = [message("1", "degraded", 5, "v2"), message("2", "success", 7, "v2")]
    assert kinds(derive(events)) == {"gh:1": ("normal", True), "gh:2": ("redeploy", False)}
    late = message("1", "failure", 10, "v2")
    rows, _ = after_late(events, late)
    assert kinds(rows) == {"gh:1": ("redeploy", False), "gh:2": ("normal", True)}
    assert rows == derive([*events, late])


def test_a_late_deployment_of_the_same_instant_goes_before_by_its_id() -> None:
    events = [message("2", "success", 0, "v2")]
    late = message("1", "success", 0, "v1")
    rows, _ = after_late(events, late)
    assert kinds(rows) == {"gh:1": ("normal", True), "gh:2": ("normal", False)}
    assert rows == derive([*events, late])


def test_only_what_lies_after_the_late_message_is_recomputed() -> None:
    events = [message(f"{n:02}", "success", n, f"v{n}") for n in range(20)]
    rows, recomputed_count = after_late(events, message("16", "success", 15.5, "v16"))
    assert recomputed_count == 4
    assert rows == derive([*events, message("16", "success", 15.5, "v16")])


def test_a_deployment_that_leaves_a_service_leaves_its_lane() -> None:
    model = Model.of([service("shop"), service("cart"), PROD])
    events = [message("1", "success", 0, "v1"), message("2", "success", 5, "v1")]
    late = message("1", "inactive", 60, "v1", service_id="cart")
    reader = RowReader({"deployment_events": [*events, late], "deployments": derive(events, model)})
    new = {"deployment_events": [late]}
    refold = refold_deployments(reader, model, UnknownAncestry(), None, new)
    assert refold.partitions == {("shop", "prod"), ("cart", "prod")}
    rebuilt = derive([*events, late], model)
    assert kinds(rebuilt) == {"gh:1": ("normal", True), "gh:2": ("normal", True)}
    assert not changed_versions(refold.after, rebuilt, "deployments")


def test_references_resolve_against_the_catalog_of_their_time() -> None:
    renamed = Model.of([service("cart", names=["shop-app"]), PROD])
    events = [
        message("1", "success", 0, "v1", service_id=None, service_ref="shop-app"),
        message("2", "success", 60, "v2", service_id=None, service_ref="shop-app"),
    ]
    rows = derive(events, catalog=lambda instant: MODEL if instant < at(30) else renamed)
    assert [row["service_id"] for row in rows] == ["shop", "cart"]


def test_messages_after_the_instant_are_not_known_yet() -> None:
    events = [message("1", "running", 0, "v1"), message("1", "success", 5, "v1")]
    reader = RowReader({"deployment_events": events})
    rows = derive_deployments(reader, MODEL, UnknownAncestry(), at(4))
    assert [(row["outcome"], row["finished_at"]) for row in rows] == [("running", None)]


def test_rows_without_reference_instant_or_state_tell_nothing() -> None:
    good = message("1", "success", 0, "v1")
    bad = [
        good | {"event_ref": "x", name: None} for name in ("deployment_ref", "event_at", "state")
    ]
    assert derive([*bad, good]) == derive([good])


def test_the_horizon_of_a_deployment_is_its_services_else_the_workspaces() -> None:
    model = Model.of([service("shop", observation_seconds=60), service("cart"), PROD])
    events = [
        message("1", "success", 0, "v1"),
        message("2", "success", 0, "v1", service_id="cart"),
    ]
    assert [row["observation_seconds"] for row in derive(events, model)] == [60, 259_200]


def test_equal_rows_give_no_version() -> None:
    row = derive([message("1", "success", 0, "v1")])[0]
    as_stored = row | {"artifact_digests": None, "finished_at": at(0).astimezone(), "fact_id": "f"}
    assert row["artifact_digests"] == []
    assert changed_versions([as_stored], [row], "deployments") == []


def test_a_changed_row_gives_a_later_version_and_a_vanished_one_a_retraction() -> None:
    stays, goes = derive([message("1", "success", 0, "v1"), message("2", "success", 5, "v2")])
    before = [stays | {"source_order": 41}, goes | {"source_order": 7}]
    changed, gone = changed_versions(before, [stays | {"region": "eu"}], "deployments")
    assert (changed.values["deployment_ref"], changed.order) == ("1", 42)
    assert (changed.values["region"], changed.is_retracted) == ("eu", False)
    assert (gone.values["deployment_ref"], gone.order, gone.is_retracted) == ("2", 8, True)


def test_a_version_takes_the_recorded_instant_as_its_order_where_that_is_later() -> None:
    row = derive([message("1", "success", 0, "v1")])[0]
    recorded_at = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    (fact,) = changed_versions([], [row], "deployments", recorded_at=recorded_at)
    assert fact.order == 1_000_000


@pytest.mark.row("K03")
def test_human_verdicts_may_re_estimate_the_constants() -> None:
    rows = derive([message("1", "success", 0, "v1")])
    incident = {"incident_id": "i1", "service_ids": ["shop"], "declared_at": at(720)}
    reader = RowReader({"deployments": rows, "incidents": [incident]})
    (found,) = derive_failures(reader, MODEL, None, constants=Constants(other_weight=0.25))
    assert found["confidence_ratio"] == pytest.approx(0.36787944117 / 0.61787944117, rel=1e-9)


@pytest.mark.row("K03")
def test_derived_failures_read_back_change_nothing_and_a_withdrawn_verdict_is_forgotten() -> None:
    rows = derive([message(str(n), "success", n, v) for n, v in enumerate(("v1", "v2", "v1"))])
    verdict = {"deployment_id": "gh:1", "evidence_kind": "human", "evidence_ref": "human:ada"}
    verdict |= {"state": "rejected", "decided_by_id": "ada"}
    given: dict[str, list[Row]] = {"deployments": rows, "deployment_failures": [verdict]}
    found = derive_failures(RowReader(given), MODEL, None)
    assert [(row["evidence_kind"], row["state"]) for row in found] == [
        ("human", "rejected"),
        ("rollback", "rejected"),
    ]
    read_back = RowReader(given | {"deployment_failures": found})
    assert derive_failures(read_back, MODEL, None) == found
    withdrawn = RowReader(given | {"deployment_failures": found[1:]})
    (left,) = derive_failures(withdrawn, MODEL, None)
    assert (left["evidence_kind"], left["state"]) == ("rollback", "accepted")


@pytest.mark.row("K03")
def test_running_sums_and_single_pairs_give_the_same_answer_on_many_incidents() -> None:
    numbers = np.random.default_rng(11)
    size, incidents, hour = 20_000, 3_000, 3_600_000_000
    services = numbers.integers(0, 20, size)
    deployments, _ = sort_deployments(
        services,
        numbers.integers(0, 4_000, size) * hour,
        np.full(size, 72 * hour),
        np.where(numbers.random(size) < 0.5, -1, services * 100 + numbers.integers(0, 100, size)),
        np.arange(size),
        20,
    )
    reaches = Reaches(
        np.repeat(np.arange(incidents), 3),
        np.column_stack([(numbers.integers(0, 20, incidents) + k) % 20 for k in range(3)]).ravel(),
        np.tile(np.asarray([1.0, 0.5, 0.25]), incidents),
    )
    onset = numbers.integers(0, 4_200, incidents) * hour
    sums = best_by_sums(deployments, reaches, onset, Constants())
    pairs = list(best_by_pairs(deployments, reaches, onset, Constants(), None))
    assert len(pairs) == 1
    assert sums.incident.size > incidents * 0.9
    np.testing.assert_array_equal(sums.incident, pairs[0].incident)
    np.testing.assert_array_equal(sums.deployment, pairs[0].deployment)
    np.testing.assert_allclose(sums.total, pairs[0].total, rtol=1e-11)


@pytest.mark.diagnostic("FL4104")
def test_an_unknown_fold_is_refused_with_the_known_ones() -> None:
    with pytest.raises(DiagnosticError) as caught:
        run_fold("alarms", {}, Model(), None)
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == ("FL4104", "no fold `alarms`")
    assert found.notes == (
        "folds: alerts, deployment_changes, deployment_failures, deployments, release_commits",
    )


def fold_case(expected: str, **more: Any) -> Case:
    events = """
        source | event_ref | deployment_ref | state   | event_at
        gh     | e1        | 1              | success | 2026-03-02T10:00:00Z
        gh     | e2        | 1              | running | 2026-03-02T09:00:00Z
    """
    content = {
        "fold": "deployments",
        "facts": {"deployment_events": events},
        "expect": {"deployments": expected},
        "orders": "all",
    }
    return Case(Path("case.yaml"), 1, "a case", content | more)


def test_a_case_with_a_wrong_cell_a_missing_or_a_further_row_fails() -> None:
    head = "deployment_ref | outcome\n"
    assert run_fold_case(fold_case(head + "1 | success")) == []
    assert run_fold_case(fold_case(head + "1 | failure")) == [
        "deployments: no row {'deployment_ref': '1', 'outcome': 'failure'}",
        "deployments: row that nobody expected: {'deployment_ref': '1', 'outcome': 'success'}",
    ]
    assert run_fold_case(fold_case(head + "1 | success\n2 | success")) == [
        "deployments: no row {'deployment_ref': '2', 'outcome': 'success'}"
    ]
    assert len(run_fold_case(fold_case("none"))) == 1


@pytest.mark.diagnostic("FL4104")
def test_a_case_about_a_type_that_the_fold_does_not_derive_is_refused() -> None:
    with pytest.raises(DiagnosticError, match="this fold derives no `alerts`"):
        run_fold_case(fold_case("none", expect={"alerts": "none"}))


@pytest.mark.diagnostic("FL4104")
def test_a_case_whose_model_is_wrong_is_refused() -> None:
    with pytest.raises(DiagnosticError, match="no known kind"):
        run_fold_case(fold_case("none", model="{kind: Serviec, id: a}"))
    with pytest.raises(DiagnosticError, match="the model is wrong"):
        run_fold_case(fold_case("none", model="{kind: Service, id: a}"))

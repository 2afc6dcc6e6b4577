"""Properties of the deployment and failure folds: order, repetition and delay change nothing."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.engine.derive.deployment_book import is_counted
from fairlead.engine.derive.deployment_refold import affected_keys, refold_deployments
from fairlead.engine.derive.deployments import derive_deployments
from fairlead.engine.derive.failures import derive_failures
from fairlead.engine.derive.reader import Row, RowReader
from fairlead.engine.derive.repositories import graph_ancestry
from fairlead.engine.derive.versions import changed_versions
from fairlead.methods.attribution import Candidate, Onset, attribute, hops_of
from fairlead.opmodel.kinds.deployment_rule import DeploymentRule
from fairlead.opmodel.kinds.environment import Environment
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.model import Model

START = datetime(2026, 3, 2, tzinfo=UTC)
REPOSITORY = "acme/shop"


def document(kind: type[Any], name: str, **fields: Any) -> Any:
    given = {"apiVersion": "fairlead/v1", "kind": kind.__name__, "id": name}
    return kind.model_validate(given | fields)


def service(name: str, **fields: Any) -> Any:
    return document(Service, name, owner="team", tier="t1", **fields)


MODEL = Model.of(
    [
        service("a", repositories=[REPOSITORY], depends_on=["b"], deployments_from=None),
        service("b", repositories=["acme/b"], depends_on=["c"], deployments_from="gh"),
        service("c"),
        service("m1", repositories=["acme/mono"], paths=["m1/**"]),
        service("m2", repositories=["acme/mono"], paths=["m2/**"]),
        document(Environment, "eu", stage="production"),
        document(Environment, "us", stage="production"),
        document(Environment, "stage", stage="staging"),
        document(
            DeploymentRule,
            "c-eu",
            match={"pipeline": "release", "job": "deploy"},
            service="c",
            environment="eu",
        ),
    ]
)
COMMITS: list[Row] = [
    {
        "repo_id": repo,
        "commit_sha": f"v{number}",
        "parent_shas": [f"v{parent}"] if parent else [],
        "committed_at": START - timedelta(days=10 - number),
    }
    for repo in (REPOSITORY, "acme/mono")
    for number, parent in ((1, 0), (2, 1), (3, 2), (4, 2))
]
FILES: list[Row] = [
    {"repo_id": repo, "commit_sha": f"v{number}", "path": f"m{1 + number % 2}/x.py"}
    for repo in (REPOSITORY, "acme/mono")
    for number in (1, 2, 3, 4)
]
STATES = (
    "success",
    "success",
    "created",
    "queued",
    "running",
    "success",
    "degraded",
    "failure",
    "cancelled",
    "inactive",
)
TARGETS: tuple[Mapping[str, Any], ...] = (
    {"service_id": "a", "repo_id": REPOSITORY},
    {"service_id": "a", "repo_id": REPOSITORY},
    {"service_id": "a", "repo_id": REPOSITORY},
    {"service_id": "b", "repo_id": "acme/b"},
    {"repo_id": "acme/mono"},
    {"repo_id": "acme/unmapped"},
)


@st.composite
def messages(draw: st.DrawFn) -> list[Row]:
    """Messages of up to ten deployments of four targets, in up to three environments."""
    rows: list[Row] = []
    for number in range(draw(st.integers(1, 10))):
        version = draw(st.integers(1, 4))
        shared = {
            "source": draw(st.sampled_from(["gh", "argo"])),
            "deployment_ref": str(number),
            "environment": draw(st.sampled_from(["eu", "eu", "eu", "us", "stage"])),
            "commit_sha": f"v{version}",
            "artifact_digests": [f"sha256:{version}"] if draw(st.booleans()) else None,
            "kind": draw(st.sampled_from([None, None, None, "hotfix", "normal"])),
            "mechanism": draw(st.sampled_from([None, None, None, "flag"])),
            "branch": draw(st.sampled_from([None, "main", "hotfix/x"])),
            "run_ref": draw(st.sampled_from([None, f"r{number % 3}"])),
            **draw(st.sampled_from(TARGETS)),
        }
        states = draw(st.lists(st.sampled_from(STATES), min_size=1, max_size=4))
        minutes = draw(st.lists(st.integers(0, 15), min_size=len(states), max_size=len(states)))
        for place, (state, minute) in enumerate(zip(states, minutes, strict=True)):
            at = START + timedelta(minutes=minute)
            rows.append(shared | {"event_ref": f"{number}-{place}", "state": state, "event_at": at})
    return rows


@st.composite
def jobs(draw: st.DrawFn) -> list[Row]:
    """Jobs of one pipeline, of which those called `deploy` are deployments by rule."""
    return [
        {
            "source": draw(st.sampled_from(["gh", "ci"])),
            "job_ref": f"j{number}",
            "run_ref": f"r{number % 3}",
            "attempt_count": 1,
            "pipeline_id": "release",
            "name": draw(st.sampled_from(["deploy", "test"])),
            "result": draw(st.sampled_from(["success", "failure", None])),
            "commit_sha": f"v{draw(st.integers(1, 4))}",
            "queued_at": START + timedelta(minutes=draw(st.integers(0, 40))),
            "finished_at": START + timedelta(minutes=draw(st.integers(41, 60))),
        }
        for number in range(draw(st.integers(0, 4)))
    ]


def facts(events: Sequence[Row], **more: Sequence[Row]) -> dict[str, Sequence[Row]]:
    return {"commits": COMMITS, "commit_files": FILES, "deployment_events": events, **more}


def deployments(events: Sequence[Row], **more: Sequence[Row]) -> list[Row]:
    reader = RowReader(facts(events, **more))
    return derive_deployments(reader, MODEL, graph_ancestry(reader), None)


@pytest.mark.row("K01")
@settings(max_examples=150, deadline=None)
@given(messages(), st.randoms(use_true_random=False))
def test_order_and_repetition_of_messages_change_no_deployment(
    events: list[Row], shuffled: random.Random
) -> None:
    repeated = events + [dict(row) for row in shuffled.sample(events, len(events) // 2)]
    shuffled.shuffle(repeated)
    assert deployments(repeated) == deployments(events)


@pytest.mark.row("K01")
@settings(max_examples=250, deadline=None)
@given(messages(), jobs(), st.randoms(use_true_random=False), st.integers(1, 4))
def test_late_messages_recomputed_on_the_suffix_equal_a_rebuild(
    events: list[Row], runs: list[Row], shuffled: random.Random, batches: int
) -> None:
    arriving: list[tuple[str, Row]] = [("deployment_events", row) for row in events]
    arriving += [("pipeline_jobs", row) for row in runs]
    shuffled.shuffle(arriving)
    known: dict[str, list[Row]] = {"deployment_events": [], "pipeline_jobs": []}
    lake: dict[tuple[Any, Any], Row] = {}
    size = math.ceil(len(arriving) / batches)
    for first in range(0, len(arriving), size):
        arrived: dict[str, list[Row]] = {"deployment_events": [], "pipeline_jobs": []}
        for name, row in arriving[first : first + size]:
            known[name].append(row)
            arrived[name].append(row)
        reader = RowReader(facts(**_as_events(known), deployments=list(lake.values())))
        refold = refold_deployments(reader, MODEL, graph_ancestry(reader), None, arrived)
        assert refold.partitions == affected_keys(reader, MODEL, None, arrived)
        for fact in changed_versions(refold.before, refold.after, "deployments"):
            key = (fact.values["source"], fact.values["deployment_ref"])
            if fact.is_retracted:
                del lake[key]
            else:
                lake[key] = dict(fact.values) | {"source_order": fact.order}
    rebuilt = deployments(events, pipeline_jobs=runs)
    assert not changed_versions(lake.values(), rebuilt, "deployments")


def _as_events(known: Mapping[str, list[Row]]) -> dict[str, Any]:
    return {"events": known["deployment_events"], "pipeline_jobs": known["pipeline_jobs"]}


def _counts(rows: Sequence[Row], service_id: str) -> list[tuple[Any, ...]]:
    return [
        (row["deployment_id"], row["kind"], row["group_id"], row["finished_at"])
        for row in rows
        if row["service_id"] == service_id and is_counted(row)
    ]


@pytest.mark.row("K01", "K03")
@settings(max_examples=100, deadline=None)
@given(messages(), st.integers(0, 40))
def test_staging_and_other_services_change_no_count(events: list[Row], minute: int) -> None:
    at = START + timedelta(minutes=minute)
    shared = {"source": "gh", "state": "success", "event_at": at, "commit_sha": "v3"}
    more = [
        shared
        | {"event_ref": "x1", "deployment_ref": "x1", "service_id": "a", "environment": "stage"},
        shared
        | {"event_ref": "x2", "deployment_ref": "x2", "service_id": "c", "environment": "eu"},
    ]
    assert _counts(deployments(events + more), "a") == _counts(deployments(events), "a")


@pytest.mark.row("K01", "K03")
@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["eu", "us"]), st.integers(1, 4)), min_size=1, max_size=8)
)
def test_a_redeploy_changes_no_count(placed: list[tuple[str, int]]) -> None:
    events = [_success(number, where, version) for number, (where, version) in enumerate(placed)]
    where, version = placed[-1]
    last_here = [_success(99, where, version, minutes=len(placed) * 10 - 5)]
    assert _counts(deployments(events + last_here), "a") == _counts(deployments(events), "a")


def _success(number: int, where: str, version: int, minutes: int | None = None) -> Row:
    return {
        "source": "gh",
        "event_ref": f"e{number}",
        "deployment_ref": str(number),
        "service_id": "a",
        "repo_id": REPOSITORY,
        "environment": where,
        "commit_sha": f"v{version}",
        "state": "success",
        "event_at": START + timedelta(minutes=number * 10 if minutes is None else minutes),
    }


@pytest.mark.row("K01")
@settings(max_examples=100, deadline=None)
@given(st.lists(st.permutations(["eu", "us"]), min_size=1, max_size=6))
def test_a_fan_out_is_one_group(orders: list[list[str]]) -> None:
    placed = [(where, 1 + turn % 4) for turn, order in enumerate(orders) for where in order]
    events = [_success(number, where, version) for number, (where, version) in enumerate(placed)]
    rows = [row for row in deployments(events) if is_counted(row)]
    groups = {row["group_id"] for row in rows}
    assert len(groups) == len(orders)
    assert all(sum(row["group_id"] == group for row in rows) == 2 for group in groups)


@st.composite
def incidents(draw: st.DrawFn) -> list[Row]:
    return [
        {
            "incident_id": f"i{number}",
            "service_ids": draw(st.lists(st.sampled_from(["a", "b", "c"]), max_size=2)),
            "declared_at": START + timedelta(minutes=draw(st.integers(0, 6000))),
        }
        for number in range(draw(st.integers(0, 8)))
    ]


@pytest.mark.row("K03")
@settings(max_examples=150, deadline=None)
@given(messages(), incidents(), st.randoms(use_true_random=False))
def test_failed_deployments_are_counted_ones_and_an_incident_blames_one(
    events: list[Row], happened: list[Row], shuffled: random.Random
) -> None:
    rows = deployments(events)
    failures = _failures(rows, happened)
    counted = {row["deployment_id"] for row in rows if is_counted(row)}
    failed = {row["deployment_id"] for row in failures if row["state"] == "accepted"}
    assert failed <= counted
    assert all(0.0 < row["confidence_ratio"] <= 1.0 for row in failures)
    blamed = [row["evidence_ref"] for row in failures if row["evidence_kind"] == "incident"]
    assert len(blamed) == len(set(blamed))
    mixed = shuffled.sample(rows, len(rows)), shuffled.sample(happened, len(happened))
    assert _failures(*mixed) == failures


def _failures(rows: Sequence[Row], happened: Sequence[Row]) -> list[Row]:
    return derive_failures(RowReader({"deployments": rows, "incidents": happened}), MODEL, None)


DEPENDS_ON = {"a": ("b", "c"), "b": ("c",), "c": ("a", "d"), "d": ()}


@pytest.mark.row("K03")
@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"),
            st.integers(0, 30),
            st.sampled_from([9, 9, 9, 14]),
            st.integers(0, 3),
        ),
        max_size=12,
    ),
    st.lists(
        st.tuples(
            st.lists(st.sampled_from("abcd"), max_size=2), st.integers(0, 40), st.integers(0, 11)
        ),
        max_size=6,
    ),
)
def test_the_heuristic_agrees_with_the_definition_taken_literally(
    placed: list[tuple[str, int, int, int]], happened: list[tuple[list[str], int, int]]
) -> None:
    candidates = [
        Candidate(
            deployment_id=f"d{number:02}",
            service_id=name,
            finished_at=START + timedelta(hours=hour),
            horizon=timedelta(hours=horizon),
            group_id=f"g{group}" if group else None,
        )
        for number, (name, hour, horizon, group) in enumerate(placed)
    ]
    onsets = [
        Onset(
            f"i{number}",
            START + timedelta(hours=hour),
            tuple(names),
            frozenset({f"d{cleared:02}"}) if cleared > 8 else frozenset(),
        )
        for number, (names, hour, cleared) in enumerate(happened)
    ]
    found = {
        b.incident_id: (b.deployment_id, b.confidence)
        for b in attribute(candidates, onsets, DEPENDS_ON)
    }
    for onset in onsets:
        expected = _literally(candidates, onset)
        if expected is None:
            assert onset.incident_id not in found
        else:
            assert found[onset.incident_id][0] == expected[0]
            assert found[onset.incident_id][1] == pytest.approx(expected[1], rel=1e-12)


def _literally(candidates: Sequence[Candidate], onset: Onset) -> tuple[str, float] | None:
    """Every pair looked at, one by one."""
    unit = {
        item.deployment_id: (item.service_id, item.group_id or item.deployment_id)
        for item in candidates
    }
    cleared = {unit.get(name) for name in onset.cleared_ids}
    hops = hops_of(onset.service_ids, DEPENDS_ON)
    latest: dict[tuple[str, str], Candidate] = {}
    for item in candidates:
        known = latest.get(unit[item.deployment_id])
        if item.finished_at <= onset.started_at and (
            known is None
            or (item.finished_at, item.deployment_id) > (known.finished_at, known.deployment_id)
        ):
            latest[unit[item.deployment_id]] = item
    weights = {
        name: (1.0, 0.5, 0.25)[hops[item.service_id]]
        * math.exp(-(onset.started_at - item.finished_at) / timedelta(hours=12))
        for name, item in latest.items()
        if name not in cleared
        and item.service_id in hops
        and onset.started_at - item.finished_at < item.horizon
    }
    if not weights:
        return None
    best = max(weights.values())
    tied = [latest[name] for name, weight in weights.items() if weight == best]
    last = max(item.finished_at for item in tied)
    chosen = min(item.deployment_id for item in tied if item.finished_at == last)
    return chosen, best / (sum(weights.values()) + 0.5)

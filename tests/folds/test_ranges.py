"""Fold `deployment_changes`: its conformance cases, and the list of what is linked to nothing."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from fairlead.engine.conformance.cases import Case, facts_of, read_cases
from fairlead.engine.conformance.table import cells_equal, parse_table
from fairlead.engine.derive.deployment_changes import DerivedChanges, derive_deployment_changes
from fairlead.engine.derive.reader import RowReader
from fairlead.engine.derive.repositories import graph_ancestry
from fairlead.engine.derive.versions import changed_versions
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.model import Model

FILE = Path(__file__).resolve().parents[2] / "conformance/folds/deployment_changes.yaml"
CASES = read_cases(FILE)
START = datetime(2026, 3, 1, tzinfo=UTC)


def service(**fields: Any) -> Service:
    return Service.model_validate(
        {"apiVersion": "fairlead/v1", "kind": "Service", "owner": "team", "tier": "t1"} | fields
    )


def model_of(case: Case) -> Model:
    documents = yaml.safe_load_all(case.content["model"])
    return Model.of(Service.model_validate(document) for document in documents)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def commit(sha: str, *parents: str, hours: float, **more: Any) -> dict[str, Any]:
    instants = {"authored_at": at(hours), "committed_at": at(hours)}
    own = {"repo_id": "r", "commit_sha": sha, "parent_shas": list(parents)}
    return own | instants | more


def deployment(name: str, sha: str | None, hours: float, **more: Any) -> dict[str, Any]:
    return {
        "deployment_id": name,
        "service_id": "s",
        "environment": "prod",
        "stage": "production",
        "repo_id": "r",
        "commit_sha": sha,
        "finished_at": at(hours),
        "outcome": "success",
        "kind": "normal",
    } | more


def derive(model: Model | None = None, **facts: list[dict[str, Any]]) -> DerivedChanges:
    chosen = model or Model.of([service(id="s", repositories=["r"])])
    return derive_deployment_changes(RowReader(facts), chosen, None)


def reasons(found: DerivedChanges) -> dict[str, str]:
    return {row["change_ref"] or row["deployment_id"]: row["reason"] for row in found.unlinked}


def matches(expected: dict[str, str | None], row: dict[str, Any]) -> bool:
    return all(cells_equal(cell, row.get(column)) for column, cell in expected.items())


@pytest.mark.row("K02")
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case_holds_in_every_order_of_arrival(case: Case) -> None:
    facts, model = facts_of(case), model_of(case)
    for seed in range(5 if case.content.get("orders") else 1):
        shuffled = {
            name: random.Random(seed).sample(rows, len(rows)) for name, rows in facts.items()
        }
        found = derive_deployment_changes(RowReader(shuffled if seed else facts), model, None)
        for fact_type, table in case.content["expect"].items():
            rows = getattr(found, fact_type)
            expected = parse_table(table)
            for line in expected:
                assert sum(matches(line, row) for row in rows) == 1, (line, rows)
            assert len(rows) == len(expected), rows


@pytest.mark.row("K02")
def test_every_unlinked_change_is_listed_with_its_reason() -> None:
    found = derive(
        Model.of([service(id="s", repositories=["r"], paths=["src"])]),
        commits=[
            commit("a", hours=1),
            commit("b", "a", hours=2),
            commit("c", "b", hours=3),
            commit("d", "c", hours=4),
        ],
        commit_files=[
            {"repo_id": "r", "commit_sha": sha, "path": path}
            for sha, path in (("a", "src/x"), ("b", "docs/x"), ("c", "src/x"), ("d", "src/y"))
        ],
        changes=[
            {"repo_id": "r", "change_ref": "pr:1", "merged_at": at(5), "merge_sha": "gone"},
            {"repo_id": "r", "change_ref": "pr:2", "state": "open", "head_sha": "z"},
            {"repo_id": "elsewhere", "change_ref": "pr:3", "merged_at": at(5)},
        ],
        deployments=[deployment("d1", "a", 10), deployment("d2", "c", 11)],
    )
    assert reasons(found) == {
        "commit:a": "before_baseline",
        "commit:b": "path_unmatched",
        "commit:d": "not_deployed_yet",
        "pr:1": "squash_unresolved",
        "pr:3": "repo_unmapped",
    }
    assert {row["change_ref"] for row in found.changes} == {
        "commit:a", "commit:b", "commit:c", "commit:d", "pr:1", "pr:2", "pr:3",
    }  # fmt: skip


@pytest.mark.row("K02")
def test_deployments_without_a_known_version_are_listed_with_the_cause() -> None:
    found = derive(
        Model.of([service(id="s", repositories=["r", "q"])]),
        commits=[commit("a", hours=1), commit("b", "a", hours=2), commit("c", "lost", hours=5)],
        deployments=[
            deployment("d1", "a", 3),
            deployment("d2", None, 4),
            deployment("d3", "b", 5),
            deployment("d4", "force-pushed", 6),
            deployment("d5", "b", 7),
            deployment("d6", "c", 8),
            deployment("d7", "a", 9, repo_id=None),
            deployment("d8", None, 10, repo_id=None),
        ],
    )
    causes = {
        row["deployment_id"]: (row["reason"], row["cause"])
        for row in found.unlinked
        if row["deployment_id"]
    }
    assert causes == {
        "d2": ("deployment_without_sha", None),
        "d3": ("range_unknown", "base_unknown"),
        "d4": ("range_unknown", "commit_unknown"),
        "d5": ("range_unknown", "base_unknown"),
        "d6": ("range_unknown", "shallow_boundary"),
        "d7": ("repo_unmapped", None),
        "d8": ("deployment_without_sha", None),
    }
    assert reasons(found)["commit:b"] == "range_unknown"
    assert [row["change_id"] for row in found.deployment_changes] == ["r:commit:a"]


def test_files_that_nobody_told_put_a_change_into_every_service_and_are_counted() -> None:
    services = [service(id=name, repositories=["r"], paths=[name]) for name in ("s", "t")]
    found = derive(
        Model.of(services),
        commits=[commit("a", hours=1), commit("b", "a", hours=2)],
        commit_files=[{"repo_id": "r", "commit_sha": "a", "path": "s/x"}],
        deployments=[
            deployment(f"{name}{sha}", sha, hours, service_id=name)
            for name in ("s", "t")
            for sha, hours in (("a", 3), ("b", 4))
        ],
    )
    roles = {(row["deployment_id"], row["role"]) for row in found.deployment_changes}
    assert roles == {("sa", "before_baseline"), ("sb", "first"), ("tb", "first")}
    assert found.path_unknown_count == 2


def test_backport_pull_request_is_the_same_change_as_its_original() -> None:
    found = derive(
        commits=[
            commit("a", hours=1),
            commit("s1", "a", hours=3, authored_at=at(3), subject="Fix (#1)"),
            commit("h1", "a", hours=4, authored_at=at(3), cherry_picked_from_sha="s1"),
        ],
        changes=[
            {"repo_id": "r", "change_ref": "pr:1", "opened_at": at(2), "merged_at": at(3),
             "merge_sha": "s1", "state": "merged"},
            {"repo_id": "r", "change_ref": "pr:2", "opened_at": at(3.5), "merged_at": at(4),
             "merge_sha": "h1", "state": "merged"},
        ],
        deployments=[
            deployment("d1", "a", 2), deployment("d2", "h1", 5), deployment("d3", "s1", 9),
        ],
    )  # fmt: skip
    roles = [
        (row["deployment_id"], row["change_id"], row["role"], row.get("lead_time_seconds"))
        for row in found.deployment_changes
    ]
    # Opened at 2 h, in production at 5 h: the squash's own author instant is no start.
    assert roles == [
        ("d1", "r:commit:a", "before_baseline", None),
        ("d2", "r:pr:1", "first", 3 * 3600),
        ("d3", "r:pr:1", "reshipped", None),
    ]
    assert "pr:2" not in reasons(found)


def test_merge_to_production_falls_back_to_the_run_of_the_merge_sha_before_the_deployment() -> None:
    run = {"repo_id": "r", "is_default_branch": True, "kind": "ci", "commit_sha": "b"}
    found = derive(
        commits=[commit("a", hours=1), commit("b", "a", hours=2)],
        pipeline_runs=[
            run | {"run_ref": "1", "finished_at": at(3), "result": "success"},
            run | {"run_ref": "2", "finished_at": at(3.5), "result": "success"},
            run | {"run_ref": "3", "finished_at": at(3.75), "result": "failure"},
            run | {"run_ref": "4", "finished_at": at(6), "result": "success"},
            run | {"run_ref": "5", "finished_at": at(3.9), "result": "success", "kind": "deploy"},
        ],
        deployments=[
            deployment("d1", "a", 1.5),
            deployment("d2", "b", 5, started_at=at(4), run_ref="5"),
        ],
    )
    row = found.deployment_changes[-1]
    # Authored and committed at 2 h; built at 3.5 h; started at 4 h; done at 5 h.
    assert row["pipeline_seconds"] == 5400
    assert row["approval_wait_seconds"] == 1800
    assert row["deploy_seconds"] == 3600
    assert row["lead_time_seconds"] == 3 * 3600
    assert row["unknown_stages"] == ["coding", "pickup", "review"]


def test_commits_off_the_default_branch_are_no_changes_once_that_branch_is_known() -> None:
    facts = {
        "commits": [commit("a", hours=1), commit("b", "a", hours=2), commit("x", "a", hours=3)],
        "deployments": [deployment("d1", "a", 2)],
    }
    run = {"repo_id": "r", "commit_sha": "b", "is_default_branch": True, "run_ref": "1"}
    assert "commit:x" in reasons(derive(**facts))
    assert reasons(derive(**facts, pipeline_runs=[run])) == {
        "commit:a": "before_baseline",
        "commit:b": "not_deployed_yet",
    }


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_deriving_again_from_its_own_changes_writes_nothing(case: Case) -> None:
    facts, model = facts_of(case), model_of(case)
    once = derive_deployment_changes(RowReader(facts), model, None)
    again = derive_deployment_changes(RowReader({**facts, "changes": once.changes}), model, None)
    assert changed_versions(once.changes, again.changes, "changes") == []
    rows = (once.deployment_changes, again.deployment_changes)
    assert changed_versions(*rows, "deployment_changes") == []


def test_deriving_repository_by_repository_equals_the_rebuild() -> None:
    model = Model.of([service(id=name, repositories=[name]) for name in ("r", "q")])
    commits = [commit("a", hours=1), commit("b", "a", hours=2, subject="OPS-7: cool it")]
    reader = RowReader(
        {
            "commits": [row | {"repo_id": repo} for row in commits for repo in ("r", "q")],
            "changes": [
                {"repo_id": repo, "change_ref": "pr:1", "title": "For OPS-8", "state": "merged",
                 "merged_at": at(2), "merge_sha": "b"}
                for repo in ("r", "q", "nobody's")
            ],
            "deployments": [
                deployment(f"{repo}{sha}", sha, hours, service_id=repo, repo_id=repo)
                for repo in ("r", "q")
                for sha, hours in (("a", 3), ("b", 4))
            ],
        }
    )  # fmt: skip
    whole = derive_deployment_changes(reader, model, None)
    parts = [
        derive_deployment_changes(reader, model, None, repo_ids=[repo])
        for repo in ("nobody's", "q", "r")
    ]
    for name in ("changes", "deployment_changes", "unlinked"):
        pieces = [row for part in parts for row in getattr(part, name)]
        assert sorted(pieces, key=repr) == sorted(getattr(whole, name), key=repr)
    tickets = {row["change_id"]: row["ticket_ids"] for row in whole.changes if "ticket_ids" in row}
    assert tickets["r:pr:1"] == ["OPS-8", "OPS-7"]


def test_what_happened_after_the_as_of_instant_is_not_known() -> None:
    facts = {
        "commits": [commit("a", hours=1), commit("b", "a", hours=2)],
        "deployments": [deployment("d1", "a", 3), deployment("d2", "b", 4)],
    }
    model = Model.of([service(id="s", repositories=["r"])])
    found = derive_deployment_changes(RowReader(facts), model, at(3.5))
    assert [row["deployment_id"] for row in found.deployment_changes] == ["d1"]


def test_paths_changed_and_ancestry_answer_none_for_what_is_not_known() -> None:
    reader = RowReader(
        {
            "commits": [commit("a", hours=1), commit("b", "a", hours=2), commit("c", "b", hours=3)],
            "commit_files": [
                {"repo_id": "r", "commit_sha": "a", "path": "x/1"},
                {"repo_id": "r", "commit_sha": "b", "path": "x/1"},
            ],
        }
    )
    ancestry = graph_ancestry(reader)
    assert ancestry.is_ancestor("r", "a", "c") is True
    assert ancestry.is_ancestor("r", "c", "a") is False
    assert ancestry.is_ancestor("r", "zz", "a") is None
    assert ancestry.is_ancestor("other", "a", "a") is None
    assert ancestry.paths_changed("r", "a", "b", ["x"]) is True
    assert ancestry.paths_changed("r", "a", "b", ["y/**"]) is False
    assert ancestry.paths_changed("r", "b", "a", ["x/*"]) is True
    assert ancestry.paths_changed("r", "b", "c", ["y"]) is None
    assert ancestry.paths_changed("r", "a", "a", ["x"]) is False
    assert ancestry.shipped_range("r", "a", "c") == ["c", "b"]

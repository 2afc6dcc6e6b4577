"""A refresh after any arrival equals a rebuild: retractions, fast clocks, a writer in between."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fairlead.engine import refresh as refreshing
from fairlead.engine.refresh import refresh
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of
from fairlead.kernel.clock import FixedClock
from fairlead.opmodel.kinds import kinds
from fairlead.opmodel.model import Model
from fairlead.store.lake import Lake
from fairlead.store.session import DuckSession

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def document(kind: str, id: str, **more: Any) -> Any:
    return kinds()[kind].model_validate(
        {"apiVersion": "fairlead/v1", "kind": kind, "id": id, **more}
    )


MODEL = Model.of(
    [
        document("Team", "payments"),
        document("Tier", "tier-1", rank=1),
        document(
            "Service", "shop", owner="payments", tier="tier-1", repositories=["acme/shop"],
            names=["Shop"],
        ),
        document("Environment", "prod", stage="production"),
    ]
)  # fmt: skip


def success(ref: str, at: datetime, sha: str | None = None) -> Fact:
    values = {
        "event_ref": ref, "deployment_ref": ref, "repo_id": "acme/shop", "environment": "prod",
        "state": "success", "event_at": at, "commit_sha": sha,
    }  # fmt: skip
    return Fact("deployment_events", values, order=order_of(at))


def commit(sha: str, parents: list[str], at: datetime) -> Fact:
    values = {
        "repo_id": "acme/shop", "commit_sha": sha, "parent_shas": parents, "authored_at": at,
        "committed_at": at, "subject": sha,
    }  # fmt: skip
    return Fact("commits", values, order=order_of(at))


def release(tag: str, sha: str, at: datetime, *, gone: bool = False) -> Fact:
    values = {"repo_id": "acme/shop", "tag": tag, "commit_sha": sha, "released_at": at}
    return Fact("releases", values, order=order_of(at) + gone, is_retracted=gone)


def derived(lake: Lake, name: str, column: str) -> set[Any]:
    with DuckSession(lake) as session:
        return {row[column] for row in session.rows(name)}


def clock(minutes: int = 0) -> FixedClock:
    return FixedClock(NOON + timedelta(minutes=minutes))


def test_event_of_a_slightly_fast_clock_is_not_lost(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.append([success("d1", NOON + timedelta(minutes=2))], source="ci")
    refresh(lake, MODEL, clock())
    assert derived(lake, "deployments", "deployment_ref") == {"d1"}


def test_retracted_release_takes_its_commits_along(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    facts = [
        commit("a", [], NOON), commit("b", ["a"], NOON), release("v1.0.0", "a", NOON),
        release("v1.1.0", "b", NOON + timedelta(minutes=1)),
    ]  # fmt: skip
    lake.append(facts, source="git")
    refresh(lake, MODEL, clock(5))
    assert derived(lake, "release_commits", "tag") == {"v1.0.0", "v1.1.0"}
    gone = release("v1.1.0", "b", NOON + timedelta(minutes=1), gone=True)
    lake.append([gone], source="git")
    refresh(lake, MODEL, clock(9))
    assert derived(lake, "release_commits", "tag") == {"v1.0.0"}


def test_facts_that_arrive_while_a_refresh_runs_are_derived_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path / "lake")
    lake.append([commit("a", [], NOON), success("d1", NOON, "a")], source="ci")
    refresh(lake, MODEL, clock(1))
    lake.append([commit("b", ["a"], NOON)], source="ci")
    merged = {
        "repo_id": "acme/shop", "change_ref": "pr:1", "change_id": "acme/shop:pr:1",
        "merged_at": NOON, "merge_sha": "b", "commit_shas": ["b"], "state": "merged",
    }  # fmt: skip
    append, late = lake.append, [Fact("changes", merged, order=1)]

    def append_after_another(facts: Iterable[Fact], **more: Any) -> Any:
        kept = list(facts)
        if late and any(fact.type == "changes" for fact in kept):
            append([late.pop()], source="github")
        return append(kept, **more)

    monkeypatch.setattr(lake, "append", append_after_another)
    refresh(lake, MODEL, clock(2))
    monkeypatch.undo()
    assert not late
    refresh(lake, MODEL, clock(3))
    refs = derived(lake, "changes", "change_ref")
    assert "pr:1" in refs
    assert "commit:b" not in refs


def test_changed_derivation_rebuilds_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path / "lake")
    lake.append([success("d1", NOON)], source="ci")
    refresh(lake, MODEL, clock())
    assert refresh(lake, MODEL, clock(1)) == {}
    values, order = {"source": "ci", "deployment_ref": "d1"}, order_of(NOON) + 1
    gone = Fact("deployments", values, order=order, is_retracted=True)
    lake.append([gone], source="fairlead")
    assert derived(lake, "deployments", "deployment_ref") == set()
    monkeypatch.setattr(refreshing, "DERIVATION_VERSION", 99)
    refresh(lake, MODEL, clock(2))
    assert derived(lake, "deployments", "deployment_ref") == {"d1"}


def test_accepted_incidents_become_links_and_leave_with_their_evidence(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")

    def incident(at: datetime, order: int) -> Fact:
        values = {
            "incident_id": "i1", "kind": "incident", "state": "resolved", "service_refs": ["Shop"],
            "declared_at": at, "resolved_at": at + timedelta(hours=1),
        }  # fmt: skip
        return Fact("incidents", values, order=order)

    lake.append([success("d1", NOON)], source="ci")
    lake.append([incident(NOON + timedelta(minutes=30), 1)], source="pager")
    refresh(lake, MODEL, clock(200))
    assert derived(lake, "incident_links", "to_ref") == {"deployment:ci:d1"}
    lake.append([incident(NOON - timedelta(days=9), 2)], source="pager")
    refresh(lake, MODEL, clock(300))
    assert derived(lake, "incident_links", "to_ref") == set()

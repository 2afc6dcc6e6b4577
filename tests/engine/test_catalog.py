"""The catalog over time: facts resolve against it as it was at their own instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fairlead.engine.answer import answer
from fairlead.engine.catalog import (
    catalog_facts,
    catalog_over_time,
    pipeline_owners,
    service_versions,
)
from fairlead.engine.evaluate import KpiRun
from fairlead.engine.refresh import refresh
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of
from fairlead.kernel.clock import FixedClock
from fairlead.kernel.window import Window
from fairlead.kpis.shelf import Scope, kpis
from fairlead.opmodel.kinds import kinds
from fairlead.opmodel.model import Model
from fairlead.store.lake import Lake
from fairlead.store.session import DuckSession

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
MAY = datetime(2026, 5, 1, tzinfo=UTC)


def document(kind: str, id: str, **more: Any) -> Any:
    return kinds()[kind].model_validate(
        {"apiVersion": "fairlead/v1", "kind": kind, "id": id, **more}
    )


def model(owner: str = "payments", tier: str = "tier-1", **more: Any) -> Model:
    service = document(
        "Service", "checkout", owner=owner, tier=tier, repositories=["acme/shop"], **more
    )
    prod = document("Environment", "prod", stage="production")
    teams = [document("Team", name) for name in ("payments", "growth")]
    return Model.of([*teams, document("Tier", "tier-1", rank=1), service, prod])


def deployed(ref: str, at: datetime, service_ref: str | None = None) -> Fact:
    values = {
        "event_ref": ref,
        "deployment_ref": ref,
        "repo_id": None if service_ref else "acme/shop",
        "service_ref": service_ref,
        "environment": "prod",
        "state": "success",
        "event_at": at,
        "commit_sha": ref * 40,
    }
    return Fact("deployment_events", values, order=order_of(at))


def test_first_version_serves_what_is_older_and_changes_begin_when_they_are_seen() -> None:
    first = catalog_facts(model(), [], JANUARY)
    rows = [dict(fact.values) for fact in first]
    assert {row["valid_from_at"].year for row in rows} == {1970}
    assert catalog_facts(model(), rows, MARCH) == []
    (changed,) = catalog_facts(model(owner="growth"), rows, MARCH)
    assert (changed.values["team_id"], changed.values["valid_from_at"]) == ("growth", MARCH)


def test_entity_that_is_gone_gets_a_tombstone_and_no_more_versions() -> None:
    rows = [dict(fact.values) for fact in catalog_facts(model(), [], JANUARY)]
    gone = catalog_facts(Model(), rows, MARCH)
    assert {fact.values["is_tombstone"] for fact in gone} == {True}
    versions = service_versions([*rows, *(dict(fact.values) for fact in gone)])
    assert [row["valid_to_at"] for row in versions.to_pylist()] == [MARCH]


@pytest.mark.row("K01")
def test_numbers_go_to_the_team_that_owned_the_service_then(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.append([deployed("a", JANUARY)], source="ci")
    refresh(lake, model(), FixedClock(JANUARY + timedelta(days=2)))
    refresh(lake, model(owner="growth"), FixedClock(MARCH))
    lake.append([deployed("b", MAY)], source="ci")
    refresh(lake, model(owner="growth"), FixedClock(MAY + timedelta(days=2)))
    window = Window(JANUARY, datetime(2026, 6, 1, tzinfo=UTC))
    with DuckSession(lake) as session:
        run = KpiRun(session, model(owner="growth"), kpis()["deployment_frequency"], Scope(window))
        found = {m.key["team_id"]: m.n for m in answer(run, ("team_id",))}
    assert found == {"payments": 1, "growth": 1}


def test_names_resolve_against_the_catalog_of_their_time(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    old, new = model(names=["shop-old"]), model(names=["shop-new"])
    refresh(lake, old, FixedClock(JANUARY))
    events = [
        deployed("a", JANUARY + timedelta(days=9), "shop-old"),
        deployed("b", MAY, "shop-new"),
        deployed("c", MAY + timedelta(days=1), "shop-old"),
    ]
    lake.append(events, source="ci")
    refresh(lake, new, FixedClock(MARCH))
    refresh(lake, new, FixedClock(MAY + timedelta(days=2)), rebuild=True)
    with DuckSession(lake) as session:
        found = {row["deployment_ref"]: row["service_id"] for row in session.rows("deployments")}
        rows = session.rows("catalog_entities")
    assert found == {"a": "checkout", "b": "checkout", "c": None}
    assert catalog_over_time(new, rows)(JANUARY).service_of_name("shop-old") == "checkout"


def test_pipelines_belong_to_their_service_by_repository_and_glob() -> None:
    services = [
        document("Service", name, owner="payments", tier="tier-1", repositories=[repo], **more)
        for name, repo, more in (
            ("checkout", "acme/shop", {"standard_pipelines": ["*ci.yml"]}),
            ("cart", "acme/mono", {"pipelines": ["*cart*"]}),
            ("wish", "acme/mono", {"pipelines": ["*wish*"]}),
        )
    ]
    pairs = [
        ("acme/shop", "acme/shop:ci.yml"),
        ("acme/shop", "acme/shop:nightly.yml"),
        ("acme/mono", "acme/mono:cart-ci"),
        ("acme/mono", "acme/mono:all"),
        ("acme/none", "x"),
    ]
    rows = pipeline_owners(Model.of(services), pairs).to_pylist()
    assert [(row["map_service_id"], row["map_is_standard"]) for row in rows] == [
        ("checkout", True),
        ("checkout", False),
        ("cart", None),
        (None, None),
        (None, None),
    ]

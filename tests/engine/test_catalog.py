"""The catalog over time: facts resolve against it as it was at their own instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fairlead.engine.answer import answer
from fairlead.engine.catalog import (
    BEGINNING,
    END,
    Era,
    catalog_facts,
    catalog_over_time,
    service_versions,
)
from fairlead.engine.evaluate import KpiRun
from fairlead.engine.owners import pipeline_owners
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
    rows = pipeline_owners([Era(BEGINNING, END, Model.of(services))], pairs).to_pylist()
    assert [(row["map_service_id"], row["map_is_standard"]) for row in rows] == [
        ("checkout", True),
        ("checkout", False),
        ("cart", None),
        (None, None),
        (None, None),
    ]


def run_of(ref: str, finished_at: datetime) -> Fact:
    values = {
        "run_ref": ref,
        "repo_id": "acme/shop",
        "pipeline_id": "acme/shop:ci",
        "attempt_count": 1,
        "state": "finished",
        "result": "success",
        "rerun_kind": "none",
        "is_default_branch": True,
        "finished_at": finished_at,
    }
    return Fact("pipeline_runs", values, order=order_of(finished_at))


def incident(ref: str, declared_at: datetime, refs: list[str]) -> Fact:
    values = {
        "incident_id": ref,
        "kind": "incident",
        "state": "resolved",
        "service_refs": refs,
        "declared_at": declared_at,
        "mitigated_at": declared_at + timedelta(hours=1),
    }
    return Fact("incidents", values, order=order_of(declared_at))


def by_service(session: DuckSession, model: Model, kpi_id: str) -> dict[str | None, int]:
    scope = Scope(Window(JANUARY, MAY + timedelta(days=30)))
    run = KpiRun(session, model, kpis()[kpi_id], scope)
    return {m.key["service_id"]: m.n for m in answer(run, ("service_id",)) if m.n}


def test_runs_and_incidents_belong_to_the_service_of_their_time(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    owned: dict[str, Any] = {"names": ["shop"], "repositories": ["acme/shop"]}

    def catalog(checkout: dict[str, Any], cart: dict[str, Any]) -> Model:
        return Model.of(
            [
                document("Service", "checkout", owner="payments", tier="tier-1", **checkout),
                document("Service", "cart", owner="payments", tier="tier-1", **cart),
            ]
        )

    after = catalog({}, owned)
    refresh(lake, catalog(owned, {}), FixedClock(JANUARY))
    early, late = JANUARY + timedelta(days=9), MAY
    lake.append([run_of("r1", early), run_of("r2", late), run_of("r3", late)], source="ci")
    lake.append([incident("i1", early, ["shop"]), incident("i2", late, ["shop"])], source="pd")
    refresh(lake, after, FixedClock(MARCH))
    with DuckSession(lake) as session:
        assert by_service(session, after, "pipeline_success_rate") == {"checkout": 1, "cart": 2}
        assert by_service(session, after, "time_to_restore") == {"checkout": 1, "cart": 1}


def test_an_incident_is_blamed_through_the_dependencies_of_its_time(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")

    def catalog(depends_on: list[str]) -> Model:
        return Model.of(
            [
                document("Service", "web", owner="payments", tier="tier-1", depends_on=depends_on),
                document("Service", "auth", owner="payments", tier="tier-1", names=["auth"]),
                document("Service", "mail", owner="payments", tier="tier-1", names=["mail"]),
                document("Environment", "prod", stage="production"),
            ]
        )

    early, late = JANUARY + timedelta(days=9), MAY
    refresh(lake, catalog(["auth"]), FixedClock(JANUARY))
    lake.append(
        [
            deployed("auth-1", early, "auth"),
            deployed("mail-1", early, "mail"),
            deployed("auth-2", late, "auth"),
            deployed("mail-2", late, "mail"),
        ],
        source="ci",
    )
    hurt = [incident(f"i-{at:%m}", at + timedelta(hours=1), ["web"]) for at in (early, late)]
    lake.append(hurt, source="pd")
    refresh(lake, catalog(["mail"]), FixedClock(MARCH))
    refresh(lake, catalog(["mail"]), FixedClock(MAY + timedelta(days=2)), rebuild=True)
    with DuckSession(lake) as session:
        names = {r["deployment_id"]: r["deployment_ref"] for r in session.rows("deployments")}
        blamed = {
            row["evidence_ref"]: names[row["deployment_id"]]
            for row in session.rows("deployment_failures")
        }
    assert blamed == {"incident:i-01": "auth-1", "incident:i-05": "mail-2"}

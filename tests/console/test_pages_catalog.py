"""Catalog, service and team: who owns what, what happened, what is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fairlead.apps.catalog.services import activity_of, read_activity, users_of
from fairlead.engine.service_events import failing_pipelines, incident_lines
from fairlead.facts import fact_type
from fairlead.opmodel.kinds.service import Service
from fairlead.store.session import DuckSession, given_table
from fairlead.web.desk import desk
from tests.console.conftest import Login
from tests.console.test_pages_kpi import file_of, text_of

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def test_search_finds_services_by_every_word(login: Login, facts: None) -> None:
    client = login("viewer")
    page = text_of(client.get("/catalog?q=payments+check"))
    assert "/service/checkout" in page
    assert "/service/fraud-check" in page
    assert "/service/ledger" not in page
    assert "No service fits" in text_of(client.get("/catalog?q=nothing-of-that-name"))


def test_catalog_narrows_by_team_and_tier_and_refuses_an_unknown_one(
    login: Login, facts: None
) -> None:
    client = login("viewer")
    known = desk().workspace.model.all_of(Service)
    wanted = {s.id for s in known.values() if s.owner == "payments" and s.tier == "tier-1"}
    page = text_of(client.get("/catalog?team=payments&tier=tier-1"))
    assert {name for name in known if f'"/service/{name}"' in page} == wanted != set()
    assert client.get("/catalog?team=paymnts").status_code == 400


def test_catalog_file_holds_what_the_search_shows(login: Login, facts: None) -> None:
    text = file_of(login("director").get("/catalog.csv?q=checkout"))
    assert text.splitlines()[0].startswith("id,title,owner,tier")
    assert any(line.startswith("checkout,Checkout,payments") for line in text.splitlines())


def test_service_page_shows_owner_neighbours_and_kpis(login: Login, facts: None) -> None:
    page = text_of(login("viewer").get("/service/checkout"))
    model = desk().workspace.model
    assert '<a href="/team/payments">Payments</a>' in page
    for name in [*model.all_of(Service)["checkout"].depends_on, *users_of(model, "checkout")]:
        assert f'<a href="/service/{name}" aria-label=' in page, name
    assert "/kpi/change_failure_rate?service=checkout" in page
    assert "/model/Service/checkout" in page


def test_timeline_counts_each_production_deployment_once(login: Login, facts: None) -> None:
    workspace = desk().workspace
    asked = activity_of(workspace, ["checkout"])
    found = read_activity(workspace=workspace, services=["checkout"], end=asked.end)
    with workspace.session(None) as session:
        rows = session.rows("deployments", where={"service_id": ["checkout"]})
        incidents = session.rows("incidents")
    start = found.window.start
    real = [
        row
        for row in rows
        if row["stage"] == "production" and not row["is_shadow"] and row["finished_at"] >= start
    ]
    failed = [row for row in real if row["outcome"] in ("failure", "error", "degraded")]
    assert len(found.days) == 90
    assert sum(day.good + day.failed for day in found.days) == len(real) > 0
    assert sum(day.failed for day in found.days) == len(failed)
    ours = [
        row
        for row in incidents
        if "checkout" in (row["service_ids"] or ()) and row["declared_at"] >= start
    ]
    assert {line.incident_id for line in found.incidents} >= {row["incident_id"] for row in ours}
    page = text_of(login("viewer").get("/service/checkout"))
    assert f"{len(real)} production deployments, {len(failed)} failed" in page


def test_team_page_lists_its_services_and_its_people(login: Login, facts: None) -> None:
    page = text_of(login("viewer").get("/team/payments"))
    owned = [s for s in desk().workspace.model.all_of(Service).values() if s.owner == "payments"]
    assert all(f'<a href="/service/{service.id}">' in page for service in owned)
    assert "/kpi/change_failure_rate?team=payments" in page


@pytest.mark.diagnostic("FL4111")
@pytest.mark.parametrize(
    ("path", "near"), [("/service/chekout", "checkout"), ("/team/paymnts", "payments")]
)
def test_unknown_service_or_team_is_not_found_with_a_near_match(
    path: str, near: str, login: Login, facts: None
) -> None:
    answer = login("viewer").get(path)
    assert (answer.status_code, f"did you mean `{near}`?" in text_of(answer)) == (404, True)
    assert "FL4111" in text_of(answer)


def run_row(pipeline: str, hours_ago: int, result: str, *, is_default: bool = True) -> dict:
    """A finished run so many hours before now."""
    return {
        "source": "ci", "run_ref": f"{pipeline}-{hours_ago}", "attempt_count": 1,
        "pipeline_id": pipeline, "is_default_branch": is_default, "state": "finished",
        "result": result, "finished_at": NOW - timedelta(hours=hours_ago),
    }  # fmt: skip


def test_a_pipeline_fails_from_the_first_failure_after_its_last_success() -> None:
    rows = [
        run_row("broken", 30, "success"),
        run_row("broken", 20, "failure"),
        run_row("broken", 10, "cancelled"),
        run_row("broken", 5, "timeout"),
        run_row("mended", 9, "failure"),
        run_row("mended", 4, "success"),
        run_row("branch", 4, "failure", is_default=False),
        run_row("never-good", 700, "error"),
        run_row("too-old", 800, "failure"),
    ]
    kind = fact_type("pipeline_runs")
    with DuckSession(tables={"pipeline_runs": given_table(kind, rows)}) as session:
        runs = session.table("pipeline_runs").mutate(service_id=None)
        found = failing_pipelines(session, runs.cast({"service_id": "string"}), NOW)
    assert [(line.pipeline_id, line.failures, line.since) for line in found] == [
        ("never-good", 1, NOW - timedelta(hours=700)),
        ("broken", 2, NOW - timedelta(hours=20)),
    ]


def incident_row(name: str, **more: object) -> dict:
    return {
        "incident_id": name, "title": f"title of {name}", "kind": "incident", "state": "declared",
        "declared_at": NOW - timedelta(hours=3), **more,
    }  # fmt: skip


def test_a_restricted_incident_keeps_its_title_to_itself() -> None:
    rows = [incident_row("open"), incident_row("secret", visibility="restricted")]
    kind = fact_type("incidents")
    with DuckSession(tables={"incidents": given_table(kind, rows)}) as session:
        lines = incident_lines(session, session.table("incidents"))
    assert [line.title for line in lines] == ["title of open", "a restricted incident"]
    assert lines[0].severity == "no severity"

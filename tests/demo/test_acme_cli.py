"""On the command line, over payloads of real formats, numbers equal the simulator's truth."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from click.testing import CliRunner

from fairlead.cli.entry import cli
from tests.demo.small_acme import NOW, SmallAcme, make_small_acme

OCTOBER = ("2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z")


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> SmallAcme:
    return make_small_acme(tmp_path_factory.mktemp("acme"), has_noise=False)


def shown(acme: SmallAcme, kpi_id: str, by: str) -> dict[str, dict[str, Any]]:
    """`fairlead kpi show` for October by a grain, as its JSON says it."""
    command = ["-w", str(acme.context.root), "kpi", "show", kpi_id, "--period", "2026-10"]
    ran = CliRunner().invoke(
        cli, [*command, "--by", by, "--format", "json"], env={"FAIRLEAD_NOW": NOW.isoformat()}
    )
    assert ran.exit_code == 0, ran.output
    column = {"service": "service_id"}.get(by, by)
    return {row[column]: row for row in json.loads(ran.stdout) if row["n"]}


@pytest.mark.row("K01", state="done")
def test_deployment_frequency_on_the_command_line(acme: SmallAcme) -> None:
    found = {
        name: row["numerator"]
        for name, row in shown(acme, "deployment_frequency", "service").items()
    }
    true = {name: acme.month(name)["deployments"] for name in acme.truth["services"]}
    assert found == {name: count for name, count in true.items() if count}
    assert sum(found.values()) > 50


@pytest.mark.row("K02", state="done")
def test_lead_time_on_the_command_line(acme: SmallAcme) -> None:
    found = shown(acme, "lead_time_for_changes", "service")
    true = {
        name: acme.month(name)["lead_time_median_seconds"]
        for name in acme.truth["services"]
        if acme.month(name)["lead_time_count"]
    }
    assert {name: row["value"] for name, row in found.items()} == pytest.approx(true)


@pytest.mark.row("K03", state="done")
def test_change_failure_rate_on_the_command_line(acme: SmallAcme) -> None:
    found = shown(acme, "change_failure_rate", "service")
    for name, row in found.items():
        true = acme.month(name)
        assert (row["numerator"], row["denominator"]) == (true["failed"], true["deployments"])
        assert row["value"] == pytest.approx(true["failed"] / true["deployments"])


@pytest.mark.row("K04", state="done")
def test_time_to_restore_on_the_command_line(acme: SmallAcme) -> None:
    seconds: dict[str, list[float]] = {}
    for row in acme.truth["incidents"]:
        if row["resolved_at"] and OCTOBER[0] <= row["resolved_at"] < OCTOBER[1]:
            span = datetime.fromisoformat(row["resolved_at"]) - datetime.fromisoformat(
                row["declared_at"]
            )
            seconds.setdefault(row["severity"], []).append(span.total_seconds())
    found = shown(acme, "time_to_restore", "severity")
    assert {name: row["n"] for name, row in found.items()} == {
        name: len(values) for name, values in seconds.items()
    }
    for name, values in seconds.items():
        assert found[name]["value"] == pytest.approx(sum(values) / len(values)), name


@pytest.mark.row("K07", state="done")
def test_incident_rate_on_the_command_line(acme: SmallAcme) -> None:
    true: Counter[str] = Counter()
    for name in acme.truth["services"]:
        true.update(acme.month(name)["incidents"])
    found = shown(acme, "incident_rate_by_severity", "severity")
    assert {name: row["n"] for name, row in found.items()} == dict(true)
    for name, row in found.items():
        assert row["value"] == pytest.approx(30 * true[name] / 31)


@pytest.mark.row("K11", state="done")
def test_pipeline_success_rate_on_the_command_line(acme: SmallAcme) -> None:
    found = shown(acme, "pipeline_success_rate", "service")
    checked = 0
    for name, row in found.items():
        runs = acme.month(name)["runs"]
        if name == "ratings":  # none of its pipelines is a standard one
            continue
        eligible = sum(count for outcome, count in runs.items() if outcome != "cancelled")
        assert (row["numerator"], row["denominator"]) == (runs.get("clean", 0), eligible), name
        checked += 1
    assert checked >= 8


@pytest.mark.row("K12", state="done")
def test_build_duration_on_the_command_line(acme: SmallAcme) -> None:
    """Against a second reading of the payloads themselves."""
    (source,) = [s for s in acme.manifest.sources if s.source_id == "github"]
    (path,) = [p for p in source.paths if p.name == "workflow_run.ndjson"]
    spans: dict[str, dict[tuple[int, int], float]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        payload = json.loads(line)
        run = payload["workflow_run"]
        is_build = run["event"] in ("push", "pull_request") and "deploy" not in run["path"]
        if not is_build or run["conclusion"] != "success":
            continue
        if OCTOBER[0] <= run["updated_at"] < OCTOBER[1]:
            began = min((job["started_at"] for job in payload.get("jobs", [])), default=None)
            start = datetime.fromisoformat(began or run["run_started_at"])
            end = datetime.fromisoformat(run["updated_at"])
            attempts = spans.setdefault(payload["repository"]["full_name"], {})
            attempts[run["id"], run["run_attempt"]] = (end - start).total_seconds()
    found = shown(acme, "build_test_duration", "repo_id")
    for repo_id, attempts in spans.items():
        row = found[repo_id]
        assert (row["n"], row["numerator"]) == (len(attempts), sum(attempts.values())), repo_id
        assert row["value"] == pytest.approx(sum(attempts.values()) / len(attempts))
    assert len(spans) >= 5

"""`fairlead data`: quality, what could not be placed, quarantine, replay after a fix, dismissal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.portal import write_inputs
from tests.cli.running import PAYLOADS, fairlead, held

RUN = PAYLOADS / "github" / "workflow_run.completed.json"
OCTOBER = ("--period", "2026-10")


@pytest.mark.usefixtures("filled")
def test_quality_names_sources_shares_and_what_is_not_placed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    ran = fairlead("data", "quality", *OCTOBER)
    lines = ran.out.splitlines()
    assert max(map(len, lines)) <= 100
    source = next(line for line in lines if line.startswith("deploys"))
    assert source.split() == [
        "deploys", "2026-10-08", "10:00Z", "46.8", "d", "silent", "5", "0", "0", "none",
    ]  # fmt: skip
    share = next(line for line in lines if line.startswith("deployments with sha"))
    assert share.split()[3:8] == ["5", "of", "5", "100.0", "%"]
    absent = next(line for line in lines if line.startswith("runs known"))
    assert absent.split()[2:] == ["0", "of", "0", "–", "–", "5"]
    assert "unmapped environments            0" in lines


@pytest.mark.usefixtures("filled")
def test_quality_as_json_and_csv() -> None:
    report = fairlead("data", "quality", *OCTOBER, "--format", "json").rows
    share = next(r for r in report["components"] if r["share"] == "environments_mapped")
    assert (share["known"], share["total"], share["grade"]) == (5, 5, "A")
    assert "change_failure_rate" in share["kpis"]
    assert "changes_not_linked" not in report["unlinked"]
    table = fairlead("data", "quality", *OCTOBER, "--format", "csv").out.splitlines()
    assert table[0].startswith("share,known,total,ratio,grade")


@pytest.mark.usefixtures("filled")
def test_unlinked_says_why_a_range_is_unknown() -> None:
    rows = fairlead("data", "quality", *OCTOBER, "--unlinked", "--format", "json").rows
    assert rows["unlinked"]["changes_not_linked"] == [
        {"source": "my-org/platform", "name": "range_unknown: commit_unknown", "count": 5}
    ]


@pytest.mark.usefixtures("fresh")
def test_quarantine_lists_shows_and_settles(tmp_path: Path) -> None:
    path = tmp_path / "workflow_run.ndjson"
    whole = json.loads(RUN.read_text())
    without_id = {**whole, "workflow_run": {"status": "queued"}}
    path.write_text(f'{json.dumps(whole)}\n{json.dumps(without_id)}\n{{"a": \n')
    assert fairlead("ingest", "github", path, "--no-derive").code == 0
    assert held() == [("FL3102", "$.workflow_run.id"), ("FL3101", "$")]
    table = fairlead("data", "quarantine")
    assert "workflow_run.ndjson:2" in table.out
    assert table.err == "next: fairlead data replay\n"
    rows = fairlead("data", "quarantine", "--payloads", "--format", "json").rows
    broken = next(row for row in rows if row["code"] == "FL3101")
    assert broken["payload"].strip() == '{"a":'
    assert broken["place"] == f"{path}:3"
    ran = fairlead("data", "dismiss", str(broken["id"]))
    assert (ran.code, ran.err.splitlines()[0]) == (0, "1 dismissed")
    assert held() == [("FL3102", "$.workflow_run.id")]
    settled = fairlead("data", "quarantine", "--state", "dismissed", "--format", "json").rows
    assert [row["id"] for row in settled] == [broken["id"]]
    again = fairlead("data", "dismiss", str(broken["id"]), "999")
    assert again.code == 2
    assert f"not in quarantine: {broken['id']}, 999; nothing was dismissed" in again.err


@pytest.mark.usefixtures("fresh")
def test_empty_quarantine_says_so_and_replay_does_nothing() -> None:
    assert fairlead("data", "quarantine").out == "nothing is held\n"
    ran = fairlead("data", "replay")
    assert ran.code == 0
    assert ran.err.splitlines()[0] == "0 were mapped, 0 stay in quarantine"


@pytest.mark.usefixtures("fresh")
def test_replay_maps_what_a_mended_mapping_file_allows(tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "inputs")
    right = (inputs / "deploys.yaml").read_text()
    wrong = inputs / "wrong.yaml"
    wrong.write_text(
        right.replace("{path: at, format: iso}", '{path: at, format: "%d.%m.%Y", zone: UTC}')
    )
    ran = fairlead("ingest", "deploys", inputs / "deploys.csv", "--mapping", wrong)
    assert ran.code == 1
    assert set(held()) == {("FL3104", "$.at")}
    without = fairlead("data", "replay")
    assert "`deploys` was not tried: FL3111: " in without.err
    assert "0 were mapped, 5 stay in quarantine" in without.err
    mended = ("data", "replay", "--mapping", inputs / "deploys.yaml")
    dry = fairlead(*mended, "--dry-run")
    assert "5 would be mapped, 0 stay in quarantine" in dry.err
    assert len(held()) == 5
    done = fairlead(*mended)
    assert (done.code, done.err.splitlines()[0]) == (0, "5 were mapped, 0 stay in quarantine")
    assert held() == []
    (row,) = fairlead("kpi", "show", "change_failure_rate", *OCTOBER, "--format", "json").rows
    assert (row["numerator"], row["denominator"]) == (0, 5)


def test_replay_maps_what_a_mended_setting_allows(fresh: Path, tmp_path: Path) -> None:
    """A configured source: the result that nobody knew is mapped in its settings, then replayed."""
    source = fresh / "more.yaml"
    document = "apiVersion: fairlead/v1\nkind: Source\nid: builds\nconnector: mapping\nsettings:\n"
    records = (
        "  records:\n    - fact: pipeline_runs\n      columns:\n        run_ref: id\n"
        "        attempt_count: {const: 1}\n        finished_at: {path: at, format: iso}\n"
        "        result: {path: result, map: {OK: success}}\n"
    )
    source.write_text(document + records)
    path = tmp_path / "builds.csv"
    path.write_text("id,at,result\n1,2026-10-05T10:00:00Z,OK\n2,2026-10-06T10:00:00Z,ODD\n")
    assert fairlead("ingest", "builds", path, "--no-derive").code == 0
    assert held() == [("FL3110", "$.result")]
    assert "0 were mapped, 1 stay" in fairlead("data", "replay").err
    source.write_text(document + records.replace("{OK: success}", "{OK: success, ODD: cancelled}"))
    assert "1 were mapped, 0 stay" in fairlead("data", "replay").err
    rows = fairlead("lake", "status", "--format", "json").rows
    assert next(row["rows"] for row in rows if row["fact"] == "pipeline_runs") == 2


@pytest.mark.usefixtures("fresh")
def test_control_characters_of_a_payload_never_reach_the_terminal(tmp_path: Path) -> None:
    event = "\x1b[2J\x1b]0;owned\x07"
    path = tmp_path / "events.json"
    path.write_text(json.dumps([{"zen": event, "action": event, "workflow_run": {"id": event}}]))
    fairlead("ingest", "github", path, "--no-derive")
    table = fairlead("data", "quarantine", "--payloads")
    assert held() != []
    assert "\x1b" not in table.out
    assert "\x07" not in table.out

"""The rows of delivery.md section 8, one test each, through the real command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bad_input.shipping import (
    OCTOBER,
    deploy,
    ingest,
    kpi,
    not_placed,
    portal_history,
    records,
)
from tests.cli.portal import make_workspace
from tests.cli.running import PAYLOADS, counts, fairlead, held
from tests.git.build import git

GITHUB = PAYLOADS / "github"
RUN: dict[str, Any] = json.loads((GITHUB / "workflow_run.completed.json").read_text())
STATUS: dict[str, Any] = json.loads((GITHUB / "deployment_status.success.json").read_text())


def run_with(run_id: int, **changes: object) -> dict[str, Any]:
    """GitHub's message about another run, with changes in `workflow_run`."""
    return {**RUN, "workflow_run": {**RUN["workflow_run"], "id": run_id, **changes}}


def read_runs(folder: Path, *lines: object) -> tuple[int, list[tuple[str, str]]]:
    """Read a good run beside bad lines: (runs stored, what is held)."""
    path = folder / "workflow_run.ndjson"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in (RUN, *lines)]
    path.write_text("\n".join(texts) + "\n")
    ran = fairlead("ingest", "github", path, "--no-derive", "--format", "json")
    assert ran.code == 0, ran.err
    return counts(ran)["written", "pipeline_runs"], held()


def reason() -> str:
    return str(fairlead("data", "quarantine", "--format", "json").rows[0]["reason"])


@pytest.mark.usefixtures("fresh")
def test_body_that_is_no_json_too_large_or_of_the_wrong_type_is_held(tmp_path: Path) -> None:
    large = json.dumps(run_with(2, name="x" * (11 * 1024 * 1024)))
    wrong = run_with(3, updated_at={"at": 1})
    written, found = read_runs(tmp_path, '{"workflow_run": {', large, wrong, [1, 2], run_with(4))
    assert written == 2
    assert found == [
        ("FL3101", "$"),
        ("FL3106", "$"),
        ("FL3104", "$.workflow_run.updated_at"),
        ("FL3102", "$"),
        ("FL3102", "$"),
    ]


@pytest.mark.usefixtures("fresh")
def test_value_of_the_wrong_shape_is_held_alone_and_named(tmp_path: Path) -> None:
    bad = run_with(2, run_attempt="first")
    assert read_runs(tmp_path, bad, run_with(3)) == (2, [("FL3102", "$")])
    assert "'first'" in reason()


@pytest.mark.diagnostic("FL3107")
@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("connector", "name", "path"),
    [
        ("cdevents", "unknown-major.json", "$.context.type"),
        ("cdevents", "unknown-subject.json", "$.context.type"),
        ("alertmanager", "unknown-version.json", "$.version"),
        ("buildkite", "unknown-event.json", "$.event"),
    ],
)
def test_unknown_event_or_major_version_is_stored_and_counted(
    connector: str, name: str, path: str, tmp_path: Path
) -> None:
    good = {"cdevents": "service.deployed", "alertmanager": "firing", "buildkite": "build.finished"}
    ran = fairlead("ingest", connector, PAYLOADS / connector / name,
                   PAYLOADS / connector / f"{good[connector]}.json", "--no-derive",
                   "--format", "json")  # fmt: skip
    assert ran.code == 0
    assert counts(ran)["quarantined", "FL3107"] == 1
    assert any(what == "written" for what, _ in counts(ran))
    (row,) = fairlead("data", "quarantine", "--payloads", "--format", "json").rows
    assert (row["code"], row["path"]) == ("FL3107", path)
    whole = json.loads((PAYLOADS / connector / name).read_text())
    assert json.loads(row["payload"]) == whole
    report = fairlead("data", "quality", *OCTOBER, "--format", "json").rows
    source = next(item for item in report["sources"] if item["source"] == connector)
    assert source["quarantined"] == 1


@pytest.mark.usefixtures("fresh")
def test_unsupported_event_is_replayed_once_the_connector_knows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older Fairlead, without this event, is today's connector with the event taken out."""
    from fairlead.connectors.github import mapping

    path = GITHUB / "deployment_status.success.json"
    with monkeypatch.context() as older:
        older.delitem(mapping._FACTS, "deployment_status")  # type: ignore[arg-type]
        assert fairlead("ingest", "github", path).code == 1
    assert held() == [("FL3107", "$")]
    ran = fairlead("data", "replay")
    assert ran.err.splitlines()[0] == "1 were mapped, 0 stay in quarantine"
    rows = fairlead("lake", "status", "--format", "json").rows
    assert next(row["rows"] for row in rows if row["fact"] == "deployment_events") == 1


@pytest.mark.usefixtures("fresh")
def test_event_more_than_five_minutes_ahead_is_held_with_path_and_value(tmp_path: Path) -> None:
    """Received 06:00:00; 06:05:00 is within the limit, a second later is not."""
    within = run_with(2, status="queued", conclusion=None, updated_at="2026-11-24T06:05:00Z")
    beyond = run_with(3, status="queued", conclusion=None, updated_at="2026-11-24T06:05:01Z")
    assert read_runs(tmp_path, within, beyond) == (2, [("FL3103", "$.workflow_run.updated_at")])
    assert reason() == "`2026-11-24T06:05:01+00:00` lies in the future"


@pytest.mark.diagnostic("FL3105")
@pytest.mark.usefixtures("fresh")
def test_finish_before_start_is_held_with_path_and_value(tmp_path: Path) -> None:
    bad = run_with(2, run_started_at="2026-10-05T11:00:01Z", updated_at="2026-10-05T11:00:00Z")
    assert read_runs(tmp_path, bad) == (1, [("FL3105", "$.workflow_run.updated_at")])
    assert reason() == "ends 2026-10-05T11:00:00+00:00, before 2026-10-05T11:00:01+00:00"


@pytest.mark.diagnostic("FL3104")
@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    "instant", ["2026-10-05T11:00:00", "2026-10-05T11:00:00 CEST", "yesterday", "9999-01-01T00:00Z"]
)
def test_instant_without_a_known_zone_is_held_with_path_and_value(
    instant: str, tmp_path: Path
) -> None:
    bad = run_with(2, updated_at=instant)
    assert read_runs(tmp_path, bad) == (1, [("FL3104", "$.workflow_run.updated_at")])
    assert f"`{instant}`" in reason()


@pytest.mark.usefixtures("fresh")
def test_unmapped_environment_and_service_and_missing_sha_are_kept_and_counted(
    tmp_path: Path,
) -> None:
    """Three deployments that cannot be placed, beside one that can: none guessed, none lost."""
    (tmp_path / "d.csv").write_text(
        "id,at,service,environment,sha\n"
        f"d1,2026-10-05T10:00:00Z,internal-portal,prod-eu,{'a' * 40}\n"
        f"d2,2026-10-06T10:00:00Z,internal-portal,perf-lab,{'b' * 40}\n"
        f"d3,2026-10-07T10:00:00Z,nobody-knows,prod-eu,{'c' * 40}\n"
        "d4,2026-10-08T10:00:00Z,internal-portal,prod-eu,\n"
    )
    (tmp_path / "d.map").write_text(
        "records:\n  - fact: deployment_events\n    columns: {event_ref: id, deployment_ref: id, "
        "event_at: {path: at, format: iso}, state: {const: success}, service_ref: service, "
        "environment: environment, commit_sha: sha}\n"
    )
    ingest("deploys", tmp_path / "d.csv", "--mapping", tmp_path / "d.map")
    assert held() == []
    assert not_placed("unmapped_environments") == [("deploys", "perf-lab", 1)]
    assert [row[2] for row in not_placed("deployments_without_service")] == [1]
    assert not_placed("deployments_without_commit") == [("deploys", "internal-portal", 1)]
    assert kpi("deployment_frequency", "--service", "internal-portal")["n"] == 2
    assert "unmapped environments            1" in fairlead("data", "quality", *OCTOBER).out


@pytest.mark.diagnostic("FL2002")
def test_two_authoritative_sources_are_an_error_with_both_places(fresh: Path) -> None:
    rule = (
        "apiVersion: fairlead/v1\nkind: DeploymentRule\nid: {id}\n"
        "match: {{source: github, job: deploy}}\nservice: checkout\nenvironment: prod-eu\n"
    )
    (fresh / "a.yaml").write_text(rule.format(id="first_rule"))
    (fresh / "b.yaml").write_text(rule.format(id="second_rule"))
    for command in (["model", "check"], ["scorecard"], ["ingest", "github", GITHUB]):
        ran = fairlead(*command)
        text = ran.out + ran.err
        assert ran.code == 1
        assert "error[FL2002]: deployment rules `first_rule` and `second_rule` both claim" in text
        assert "--> b.yaml:4:1" in text
        assert "claimed first at a.yaml:4:1" in text
    assert not (fresh / ".fairlead" / "lake").exists()


@pytest.mark.row("K01", "K02")
@pytest.mark.usefixtures("fresh")
def test_unknown_commit_counts_in_k01_stays_out_of_k02_and_says_why(tmp_path: Path) -> None:
    """c1 is the baseline, c2 ships in 24 h, then a force-pushed SHA hides what follows it."""
    shas = portal_history(
        tmp_path / "portal.git", ["2026-10-05T09:00", "2026-10-06T09:00", "2026-10-07T09:00"]
    )
    ingest("git", tmp_path / "portal.git")
    deploy(tmp_path, [
        ("2026-10-05T10:00:00Z", shas[0]),
        ("2026-10-07T09:00:00Z", shas[1]),
        ("2026-10-08T09:00:00Z", "f" * 40),
    ])  # fmt: skip
    assert kpi("deployment_frequency")["n"] == 3
    lead = kpi("lead_time_for_changes")
    assert (lead["value"], lead["n"]) == (24 * 3600.0, 1)
    causes = not_placed("changes_not_linked")
    assert ("my-org/platform", "range_unknown: commit_unknown", 1) in causes


@pytest.mark.usefixtures("fresh")
def test_shallow_clone_leaves_ranges_unknown_and_says_why(tmp_path: Path) -> None:
    shas = portal_history(
        tmp_path / "portal.git", ["2026-10-05T09:00", "2026-10-06T09:00", "2026-10-07T09:00"]
    )
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{tmp_path}/portal.git", "shallow")
    git(tmp_path / "shallow", "config", "remote.origin.url", "https://github.com/my-org/platform")
    ingest("git", tmp_path / "shallow")
    deploy(tmp_path, [("2026-10-05T10:00:00Z", shas[0]), ("2026-10-07T10:00:00Z", shas[2])])
    assert kpi("deployment_frequency")["n"] == 2
    lead = kpi("lead_time_for_changes")
    assert (lead["value"], lead["n"]) == (None, 0)
    causes = {name.partition(": ")[2] for _, name, _ in not_placed("changes_not_linked") if name}
    assert causes & {"shallow_boundary", "base_unknown", "commit_unknown"}


@pytest.mark.usefixtures("fresh")
def test_negative_total_is_left_out_as_negative_span(tmp_path: Path) -> None:
    """c2 says it was authored an hour after it was deployed; c3 took 24 h."""
    shas = portal_history(
        tmp_path / "portal.git", ["2026-10-05T09:00", "2026-10-06T11:00", "2026-10-07T09:00"]
    )
    ingest("git", tmp_path / "portal.git")
    deploy(tmp_path, [
        ("2026-10-05T10:00:00Z", shas[0]),
        ("2026-10-06T10:00:00Z", shas[1]),
        ("2026-10-08T09:00:00Z", shas[2]),
    ])  # fmt: skip
    lead = kpi("lead_time_for_changes")
    assert (lead["value"], lead["n"], lead["excluded.negative_span"]) == (24 * 3600.0, 1, 1)
    (left_out,) = records("lead_time_for_changes", "--excluded")
    assert left_out["excluded_reason"] == "negative_span"


CHANGE = """repo,ref,authored,opened,merged,sha
my-org/platform,pr:7,2026-10-05T09:00:00Z,2026-10-06T12:00:00Z,2026-10-06T10:00:00Z,{sha}
"""
CHANGE_MAPPING = """records:
  - fact: changes
    columns:
      repo_id: repo
      change_ref: ref
      state: {const: merged}
      author_kind: {const: human}
      first_authored_at: {path: authored, format: iso}
      start_basis: {const: commit}
      opened_at: {path: opened, format: iso}
      merged_at: {path: merged, format: iso}
      merge_sha: sha
"""


@pytest.mark.usefixtures("fresh")
def test_negative_stage_is_clamped_and_the_stages_still_add_up(tmp_path: Path) -> None:
    """Opened two hours after its merge: coding 27 h, no merge wait, 21 h to production, 48 h."""
    shas = portal_history(tmp_path / "portal.git", ["2026-10-04T09:00", "2026-10-05T09:00"])
    (tmp_path / "c.csv").write_text(CHANGE.format(sha=shas[1]))
    (tmp_path / "c.map").write_text(CHANGE_MAPPING)
    ingest("git", tmp_path / "portal.git")
    ingest("forge", tmp_path / "c.csv", "--mapping", tmp_path / "c.map")
    deploy(tmp_path, [("2026-10-04T10:00:00Z", shas[0]), ("2026-10-07T09:00:00Z", shas[1])])
    (record,) = records("lead_time_for_changes")
    stages = {name: value for name, value in record.items()
              if name.endswith("_seconds") and value is not None}  # fmt: skip
    assert record["seconds"] == 48 * 3600
    assert stages["coding_seconds"] == 27 * 3600
    assert min(stages.values()) >= 0
    assert sum(stages.values()) == 48 * 3600
    assert {"pickup", "review"} <= set(record["unknown_stages"])


VERSIONS = """records:
  - fact: incidents
    order: {const: 5}
    columns:
      incident_id: id
      state: {const: resolved}
      service_ids: {const: [internal-portal]}
      severity_declared: {const: sev2}
      impact_started_at: {path: start, format: iso}
      declared_at: {path: start, format: iso}
      resolved_at: {path: end, format: iso}
"""


def test_equal_order_with_different_content_ends_alike_in_either_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two versions of one incident, over after 1 h or 3 h: arrival decides nothing."""
    (tmp_path / "i.map").write_text(VERSIONS)
    for number, end in enumerate(("12:00:00Z", "14:00:00Z")):
        row = f"i1,2026-10-07T11:00:00Z,2026-10-07T{end}"
        (tmp_path / f"i{number}.csv").write_text(f"id,start,end\n{row}\n")
    values = []
    for order in ((0, 1), (1, 0)):
        monkeypatch.chdir(make_workspace(tmp_path / f"org{order[0]}"))
        for number in order:
            ingest("desk", tmp_path / f"i{number}.csv", "--mapping", tmp_path / "i.map")
        values.append(kpi("time_to_restore")["value"])
    assert values[0] == values[1]
    assert values[0] in (3600.0, 10800.0)


@pytest.mark.usefixtures("fresh")
def test_polling_gap_is_unknown_and_never_zero(tmp_path: Path) -> None:
    """Files cover 5 to 20 October and 2 to 10 November: 12 October is a true 0, 26 is unknown."""
    sha = "a" * 40
    deploy(tmp_path, [("2026-10-05T10:00:00Z", sha), ("2026-10-20T10:00:00Z", "b" * 40)])
    deploy(tmp_path, [("2026-11-02T10:00:00Z", "c" * 40), ("2026-11-10T10:00:00Z", "d" * 40)],
           name="later")  # fmt: skip
    ran = fairlead("kpi", "show", "deployment_frequency", "--trend", "--period",
                   "2026-10-05..2026-11-09", "--format", "json")  # fmt: skip
    weeks = {point["week"]: (point["value"], point["reason"]) for point in ran.rows["trend"]}
    assert weeks["2026-10-12"] == (0.0, None)
    assert weeks["2026-10-26"] == (None, "source_silent")
    report = fairlead("data", "quality", "--period", "2026-10", "--format", "json").rows
    source = next(item for item in report["sources"] if item["source"] == "deploys")
    assert source["gaps"] == ["2026-10-20..2026-11-02"]

"""`fairlead ingest` and `pull`: files, repositories, mapping files, dry runs, wrong questions."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pytest

from tests.cli.portal import write_inputs
from tests.cli.running import PAYLOADS, counts, fairlead, held
from tests.git.build import Builder, epoch, git

GITHUB = PAYLOADS / "github"
RUN = GITHUB / "workflow_run.completed.json"


def ingest(*arguments: str | Path) -> dict[tuple[str, str], int]:
    ran = fairlead("ingest", *arguments, "--no-derive", "--format", "json")
    assert ran.code == 0, ran.err
    return counts(ran)


def stored(fact: str) -> int:
    rows = fairlead("lake", "status", "--format", "json").rows
    return next((row["rows"] for row in rows if row["fact"] == fact), 0)


@pytest.mark.usefixtures("fresh")
def test_payload_file_is_written_once_however_often_it_is_read() -> None:
    assert ingest("github", RUN)["written", "pipeline_runs"] == 1
    again = ingest("github", RUN)
    assert again["known already", "pipeline_runs"] == 1
    assert ("written", "pipeline_runs") not in again
    assert stored("pipeline_runs") == 1


@pytest.mark.usefixtures("fresh")
def test_ingest_suggests_what_comes_next_on_stderr_alone() -> None:
    ran = fairlead("ingest", "github", RUN)
    assert ran.code == 0
    assert ran.out.splitlines()[0].split() == ["what", "which", "count"]
    assert ran.err == "next: fairlead scorecard\n"


@pytest.mark.usefixtures("fresh")
def test_folder_is_read_with_all_that_it_holds(tmp_path: Path) -> None:
    folder = tmp_path / "payloads"
    (folder / "more").mkdir(parents=True)
    shutil.copy(RUN, folder)
    text = (GITHUB / "deployment_status.success.json").read_bytes()
    (folder / "more" / "deployment_status.success.json.gz").write_bytes(gzip.compress(text))
    (folder / "README.md").write_text("not a payload")
    found = ingest("github", folder)
    assert found["payloads", "github"] == 2
    assert (stored("pipeline_runs"), stored("deployment_events")) == (1, 1)


@pytest.mark.usefixtures("fresh")
def test_dry_run_counts_and_writes_nothing(fresh: Path) -> None:
    bad = fresh.parent / "run.json"
    bad.write_text('{"workflow_run": ')
    found = ingest("github", RUN, bad, "--dry-run")
    assert found["written", "pipeline_runs"] == 1
    assert found["quarantined", "FL3101"] == 1
    assert fairlead("lake", "status", "--format", "json").rows == []
    assert held() == []


@pytest.mark.usefixtures("fresh")
def test_mapping_file_reads_any_csv(tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "inputs")
    found = ingest("deploys", inputs / "deploys.csv", "--mapping", inputs / "deploys.yaml")
    assert found["written", "deployment_events"] == 5
    named = ingest("others", inputs / "deploys.csv", "--connector", "mapping",
                   "--mapping", inputs / "deploys.yaml")  # fmt: skip
    assert named["written", "deployment_events"] == 5


@pytest.mark.diagnostic("FL3111")
@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n- b\n", "is no mapping"),
        ("", "is no mapping"),
        ("records: []\n", "a mapping needs a list `records` with one record or more"),
        ("records: [{fact: deploymnts, columns: {}}]\n", "unknown fact type `deploymnts`"),
    ],
)
def test_wrong_mapping_file_is_refused_before_a_row_is_read(
    tmp_path: Path, text: str, message: str
) -> None:
    inputs = write_inputs(tmp_path / "inputs")
    (inputs / "wrong.yaml").write_text(text)
    ran = fairlead("ingest", "deploys", inputs / "deploys.csv", "--mapping", inputs / "wrong.yaml")
    assert ran.code == 1
    assert ran.head.startswith("error[FL3111]: ")
    assert message in ran.head
    assert held() == []


@pytest.mark.usefixtures("fresh")
def test_mapping_file_with_a_syntax_error_names_line_and_column(tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "inputs")
    (inputs / "wrong.yaml").write_text("records:\n  - fact: [\n")
    ran = fairlead("ingest", "deploys", inputs / "deploys.csv", "--mapping", inputs / "wrong.yaml")
    assert ran.code == 1
    assert ran.head.startswith("error[FL1001]: ")
    assert f"{inputs / 'wrong.yaml'}:3:1" in ran.err


@pytest.mark.diagnostic("FL2001")
@pytest.mark.usefixtures("fresh")
def test_unknown_source_names_the_nearest_and_all() -> None:
    ran = fairlead("ingest", "githb", RUN)
    assert ran.code == 2
    assert ran.head == "error[FL2001]: there is no source or connector `githb`"
    assert "help: did you mean `github`?" in ran.err
    assert "configured: " in ran.err


@pytest.mark.diagnostic("FL3112")
@pytest.mark.usefixtures("fresh")
def test_missing_path_is_named_before_anything_is_read(tmp_path: Path) -> None:
    ran = fairlead("ingest", "github", RUN, tmp_path / "nothing")
    assert ran.code == 2
    assert ran.head == f"error[FL3112]: there is no file or folder `{tmp_path / 'nothing'}`"
    assert stored("pipeline_runs") == 0


@pytest.mark.diagnostic("FL3116")
@pytest.mark.usefixtures("fresh")
def test_links_in_a_circle_or_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "payloads"
    folder.mkdir()
    shutil.copy(RUN, folder)
    (folder / "a.json").symlink_to(folder / "b.json")
    (folder / "b.json").symlink_to(folder / "a.json")
    ran = fairlead("ingest", "github", folder)
    assert ran.code == 1
    assert ran.head.startswith(f"error[FL3116]: `{folder / 'a.json'}` is a symbolic link")
    (folder / "a.json").unlink()
    (folder / "b.json").unlink()
    (folder / "c.json").symlink_to(RUN)
    ran = fairlead("ingest", "github", folder)
    assert ran.head == f"error[FL3116]: `{folder / 'c.json'}` is a symbolic link out of `{folder}`"
    assert stored("pipeline_runs") == 0


def small_repository(folder: Path) -> dict[int, str]:
    builder = Builder()
    first = builder.commit(at=epoch("2026-10-05T09:00"), files={"a.txt": "a\n"})
    second = builder.commit(first, at=epoch("2026-10-06T09:00"), files={"a.txt": "b\n"})
    builder.tag("v1.0.0", second, epoch("2026-10-07T09:00"))
    builder.tag("nightly", second, epoch("2026-10-07T10:00"))
    builder.branch("main", second)
    return builder.write(folder)


@pytest.mark.usefixtures("fresh")
def test_git_repository_gives_commits_and_releases(tmp_path: Path) -> None:
    small_repository(tmp_path / "portal.git")
    found = ingest("git", tmp_path / "portal.git")
    assert found["written", "commits"] == 2
    assert found["written", "commit_files"] == 2
    assert found["written", "releases"] == 1
    assert ingest("git", tmp_path / "portal.git")["known already", "commits"] == 2


def test_production_rule_makes_tags_deployments(fresh: Path, tmp_path: Path) -> None:
    shas = small_repository(tmp_path / "portal.git")
    (fresh / "sources").mkdir(exist_ok=True)
    (fresh / "sources" / "tags.yaml").write_text(
        "apiVersion: fairlead/v1\nkind: Source\nid: portal-git\nconnector: git\nsettings:\n"
        "  production: {refs: '^refs/tags/v', environment: prod-eu, service: internal-portal}\n"
    )
    assert ingest("portal-git", tmp_path / "portal.git")["written", "deployment_events"] == 1
    assert fairlead("lake", "derive").code == 0
    ran = fairlead("kpi", "records", "deployment_frequency", "--period", "2026-10",
                   "--format", "json")  # fmt: skip
    (record,) = ran.rows
    assert (record["service_id"], record["commit_sha"]) == ("internal-portal", shas[2])
    assert record["event_at"] == "2026-10-07T09:00:00Z"


@pytest.mark.usefixtures("fresh")
def test_git_records_in_a_file_are_read_as_records(tmp_path: Path) -> None:
    record = {"repo_id": "acme/shop", "sha": "a" * 40, "parents": [], "files": [],
              "committed_at": "2026-10-05T09:00:00Z"}  # fmt: skip
    path = tmp_path / "commit.ndjson"
    path.write_text(f"{json.dumps(record)}\n{json.dumps({**record, 'committed_at': None})}\n")
    small_repository(tmp_path / "portal.git")
    found = ingest("git", path, tmp_path / "portal.git")
    assert found["written", "commits"] == 3
    assert held() == [("FL3102", "$.committed_at")]


@pytest.mark.usefixtures("fresh")
def test_shallow_clone_is_read_and_says_what_is_absent(tmp_path: Path) -> None:
    small_repository(tmp_path / "portal.git")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{tmp_path}/portal.git", "shallow")
    ran = fairlead("ingest", "git", tmp_path / "shallow", "--no-derive", "--format", "json")
    assert ran.code == 0
    assert counts(ran)["written", "commits"] == 1
    assert f"note: `{tmp_path / 'shallow'}`: shallow clone: older history is absent" in ran.err


@pytest.mark.usefixtures("fresh")
def test_input_of_which_nothing_can_be_used_exits_with_one(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{")
    ran = fairlead("ingest", "github", tmp_path / "run.json")
    assert ran.code == 1
    assert ran.err == (
        "1 payload is in quarantine (FL3101): fairlead data quarantine --source github\n"
    )


@pytest.mark.diagnostic("FL3113")
def test_pull_needs_the_permission_of_the_workspace(fresh: Path) -> None:
    ran = fairlead("pull", "github")
    assert ran.code == 3
    assert ran.head == "error[FL3113]: this workspace allows no outbound requests"
    unknown = fairlead("pull", "bitbucket")
    assert unknown.code == 2
    assert unknown.head == "error[FL2001]: there is no source `bitbucket` in the model"


@pytest.mark.diagnostic("FL3114")
def test_pull_without_its_secret_names_the_reference(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fresh / "workspace" / "workspace.yaml"
    path.write_text(path.read_text().replace("outbound: false", "outbound: true"))
    (fresh / "more.yaml").write_text(
        "apiVersion: fairlead/v1\nkind: Source\nid: forge\nconnector: github\n"
        "secrets: {token: 'env:FAIRLEAD_TEST_ABSENT'}\n"
    )
    monkeypatch.delenv("FAIRLEAD_TEST_ABSENT", raising=False)
    ran = fairlead("pull", "forge")
    assert ran.code == 3
    assert ran.head == ("error[FL3114]: the environment variable `FAIRLEAD_TEST_ABSENT` is not set")

"""`fairlead init`, `model` and `explain`, through click's runner and as a real process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from fairlead.cli.entry import cli
from fairlead.kernel.codes import CODES
from fairlead.kernel.diagnostic import DiagnosticError


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def run_process(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a person runs it."""
    return subprocess.run(
        [sys.executable, "-m", "fairlead.cli", *arguments]
        if _has_main()
        else [str(Path(sys.executable).parent / "fairlead"), *arguments],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def _has_main() -> bool:
    import fairlead.cli

    return (Path(fairlead.cli.__file__).parent / "__main__.py").exists()


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh workspace, with the present folder in it."""
    monkeypatch.chdir(tmp_path)
    assert run("init", "my-org", "--profile", "saas-mid").exit_code == 0
    monkeypatch.chdir(tmp_path / "my-org")
    return tmp_path / "my-org"


@pytest.mark.row("G03")
def test_init_writes_a_model_that_passes_the_check(tmp_path: Path) -> None:
    into = str(tmp_path / "model")
    result = run("init", "My Org", "--profile", "enterprise-regulated", "--into", into)
    assert result.exit_code == 0, result.output
    assert "    people.yaml\n" in result.stdout
    assert f"next: fairlead model check {into}" in result.stderr
    assert (tmp_path / "model" / ".gitignore").is_file()
    checked = run("model", "check", into)
    assert checked.exit_code == 0, checked.output
    assert "no errors" in checked.stderr


def test_init_refuses_a_folder_that_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    result = run("init", "my-org", "--into", str(tmp_path))
    assert isinstance(result.exception, DiagnosticError)
    assert result.exception.diagnostics[0].code == "FL9004"
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_init_fills_a_fresh_git_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert run("init", "my-org", "--into", str(tmp_path)).exit_code == 0
    assert (tmp_path / "workspace" / "workspace.yaml").is_file()


def test_init_names_the_nearest_profile() -> None:
    result = run("init", "my-org", "--profile", "sas-mid")
    assert result.exit_code == 2
    assert "Did you mean `saas-mid`?" in result.stderr


def test_check_counts_the_documents_of_each_kind(workspace: Path) -> None:
    result = run("model", "check")
    assert result.exit_code == 0
    rows = dict(line.split() for line in result.stdout.splitlines()[1:])
    assert (rows["Service"], rows["Team"], rows["Workspace"]) == ("4", "4", "1")


def break_owner(workspace: Path) -> None:
    path = workspace / "services" / "services.yaml"
    path.write_text(path.read_text().replace("owner: payments", "owner: paymnts"))


def test_check_prints_findings_and_exits_with_one(workspace: Path) -> None:
    break_owner(workspace)
    result = run("model", "check")
    assert result.exit_code == 1
    assert "error[FL2001]: team `paymnts` is not declared" in result.stdout
    assert "--> services/services.yaml:12:8" in result.stdout
    assert "did you mean `payments`?" in result.stdout
    assert "1 error in" in result.stderr
    assert "next: fairlead explain FL2001" in result.stderr


def test_check_as_json_carries_the_place(workspace: Path) -> None:
    break_owner(workspace)
    result = run("model", "check", "--format", "json")
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    (finding,) = answer["findings"]
    assert answer["is_valid"] is False
    assert (finding["code"], finding["file"]) == ("FL2001", "services/services.yaml")
    assert (finding["line"], finding["column"], finding["length"]) == (12, 8, 7)


def test_check_as_sarif_points_at_the_line(workspace: Path) -> None:
    break_owner(workspace)
    result = run("model", "check", "--format", "sarif")
    assert result.exit_code == 1
    document: dict[str, Any] = json.loads(result.stdout)
    assert document["version"] == "2.1.0"
    (only,) = document["runs"]
    (found,) = only["results"]
    assert only["tool"]["driver"]["rules"][found["ruleIndex"]]["id"] == "FL2001"
    region = found["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 12, "startColumn": 8, "endColumn": 15}


def test_check_as_sarif_of_a_right_model_is_empty(workspace: Path) -> None:
    result = run("model", "check", "--format", "sarif")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["runs"][0]["results"] == []


def test_schemas_are_written_with_the_ids_at_hand(workspace: Path) -> None:
    result = run("model", "schema", "--out", "schemas")
    assert result.exit_code == 0
    combined = json.loads((workspace / "schemas" / "fairlead.schema.json").read_text())
    kpis = combined["$defs"]["KpiTarget"]["properties"]["kpi"]["enum"]
    assert "change_failure_rate" in kpis
    assert "github" in combined["$defs"]["Source"]["properties"]["connector"]["enum"]
    assert '"yaml.schemas"' in result.stderr
    assert run("model", "check").exit_code == 0


@pytest.mark.parametrize("kind", ["Service", "service", "services", "SERVICE"])
def test_show_lists_the_documents_of_a_kind(kind: str, workspace: Path) -> None:
    result = run("model", "show", kind, "--format", "json")
    assert result.exit_code == 0
    rows = json.loads(result.stdout)
    assert [row["id"] for row in rows] == [
        "checkout",
        "catalogue",
        "build-cache",
        "internal-portal",
    ]
    assert rows[0]["declared at"] == "services/services.yaml:10:5"


def test_show_prints_one_document_as_yaml_that_is_the_document(workspace: Path) -> None:
    result = run("model", "show", "DeploymentRule", "build_cache_deploy", "--format", "yaml")
    assert result.exit_code == 0
    document = yaml.safe_load(result.stdout)
    assert document["apiVersion"] == "fairlead/v1"
    assert document["match"]["job"] == "deploy"
    assert document["service"] == "build-cache"


def test_show_names_the_nearest_kind_and_id(workspace: Path) -> None:
    kind = run("model", "show", "Sevice")
    assert kind.exit_code == 2
    assert "Did you mean `Service`?" in kind.stderr
    document = run("model", "show", "Service", "chekout")
    assert document.exit_code == 2
    assert "Did you mean `checkout`?" in document.stderr


def test_explain_prints_the_page_of_a_code() -> None:
    for written in ("FL2001", "fl2001", "2001", "[FL2001]"):
        result = run("explain", written)
        assert result.exit_code == 0
        assert result.stdout.startswith("# FL2001: a reference names something")


def test_explain_names_the_nearest_code_and_lists_all() -> None:
    result = run("explain", "FL20011")
    assert result.exit_code == 2
    assert "Did you mean FL2001?" in result.stderr
    listed = run("explain", "--all", "--format", "json")
    assert [row["code"] for row in json.loads(listed.stdout)] == list(CODES)


@pytest.mark.parametrize(
    "command",
    [["init"], ["model"], ["model", "check"], ["model", "schema"], ["model", "show"], ["explain"]],
)
def test_every_help_text_has_an_example(command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "Example:\n" in result.stdout


def test_the_way_of_the_tutorial_works_as_a_process(tmp_path: Path) -> None:
    written = run_process(tmp_path, "init", "my-org", "--profile", "saas-mid")
    assert written.returncode == 0, written.stderr
    assert run_process(tmp_path, "model", "check", "my-org").returncode == 0
    break_owner(tmp_path / "my-org")
    broken = run_process(tmp_path / "my-org" / "teams", "model", "check")
    assert broken.returncode == 1
    assert "services/services.yaml:12:8" in broken.stdout
    assert "did you mean `payments`?" in broken.stdout
    again = run_process(tmp_path, "init", "my-org")
    assert again.returncode == 2
    assert "error[FL9004]" in again.stderr
    nowhere = run_process(tmp_path, "model", "check")
    assert nowhere.returncode == 3
    assert "error[FL9001]" in nowhere.stderr


def test_help_and_explain_import_no_heavy_module() -> None:
    for arguments in (["--help"], ["explain", "FL2001"]):
        code = (
            "import sys; sys.argv = ['fairlead', *" + repr(arguments) + "]\n"
            "from fairlead.cli.entry import cli\n"
            "cli.main(standalone_mode=False)\n"
            "heavy = {'pydantic', 'ibis', 'duckdb', 'yaml', 'pyarrow'} & set(sys.modules)\n"
            "sys.exit(f'imported {heavy}' if heavy else 0)\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

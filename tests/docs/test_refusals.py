"""What is asked wrongly, or where something is missing, is refused by its code and exit code."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fairlead.ingest.secrets import resolve_secret
from fairlead.kernel.diagnostic import DiagnosticError
from tests.docs.transcripts import Shell
from tests.git.example import write_example


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A folder with a small workspace, and a shell inside it."""
    shell = Shell(tmp_path, {"NO_COLOR": "1", "FAIRLEAD_NOW": "2026-11-01T06:00:00+00:00"})
    code, printed = shell.run("fairlead init my-org")
    assert code == 0, printed
    return shell


def refused(shell: Shell, command: str, code: str, exit_code: int) -> str:
    """What the command prints when it refuses; both codes are checked."""
    found, printed = shell.run(command)
    assert found == exit_code, printed
    assert printed.startswith(f"error[{code}]: "), printed
    assert printed.rstrip().endswith(f"fairlead explain {code}"), printed
    return printed


@pytest.mark.diagnostic("FL4101")
def test_misspelt_kpi_is_refused_with_a_near_match(shell: Shell) -> None:
    printed = refused(shell, "fairlead kpi explain deploy_frequency", "FL4101", 2)
    assert "there is no KPI `deploy_frequency`" in printed
    assert "= help: did you mean `deployment_frequency`?" in printed


@pytest.mark.diagnostic("FL4102")
@pytest.mark.parametrize("period", ["2026-13", "2026-W60", "yesterday", "last-0-moons"])
def test_period_that_is_none_is_refused_with_the_forms(shell: Shell, period: str) -> None:
    command = f"fairlead -w my-org kpi show change_failure_rate --period {period}"
    printed = refused(shell, command, "FL4102", 2)
    assert f"`{period}` is no period" in printed
    assert "last-12-weeks" in printed


@pytest.mark.diagnostic("FL4102")
def test_window_that_ends_before_it_starts_is_refused(shell: Shell) -> None:
    command = "fairlead -w my-org scorecard --period 2026-11-01..2026-10-01"
    assert "before it starts" in refused(shell, command, "FL4102", 2)


@pytest.mark.diagnostic("FL4105")
@pytest.mark.parametrize(
    ("option", "value", "like"),
    [("team", "enginering", "engineering"), ("service", "shopp", "shop"),
     ("tier", "tier-11", "tier-1")],
)  # fmt: skip
def test_unknown_scope_is_refused_with_a_near_match(
    shell: Shell, option: str, value: str, like: str
) -> None:
    command = f"fairlead -w my-org kpi show change_failure_rate --{option} {value}"
    printed = refused(shell, command, "FL4105", 2)
    assert f"there is no {option} `{value}`" in printed
    assert f"did you mean `{like}`?" in printed


@pytest.mark.diagnostic("FL4106")
def test_instant_that_is_none_is_refused_with_the_forms(shell: Shell) -> None:
    command = "fairlead -w my-org scorecard --as-of yesterday"
    printed = refused(shell, command, "FL4106", 2)
    assert "`yesterday` is no instant" in printed
    assert "2026-10-05T14:00Z" in printed


@pytest.mark.diagnostic("FL9001")
def test_command_outside_a_workspace_is_refused(shell: Shell) -> None:
    assert "no workspace in `.`" in refused(shell, "fairlead scorecard", "FL9001", 3)


@pytest.mark.diagnostic("FL9002")
def test_scan_without_git_names_the_program(shell: Shell, tmp_path: Path) -> None:
    write_example(tmp_path / "shop", bare=False)
    (tmp_path / "nothing").mkdir()
    shell.environment["PATH"] = str(tmp_path / "nothing")
    printed = refused(shell, "fairlead repo scan shop", "FL9002", 3)
    assert "the program `git` is not installed" in printed


@pytest.mark.diagnostic("FL9003")
def test_keyring_reference_without_the_package_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(DiagnosticError) as caught:
        resolve_secret("keyring:github/ada")
    found = caught.value.diagnostics[0]
    assert found.code == "FL9003"
    assert found.message == "the package `keyring` is not installed"
    assert found.help == "pip install 'fairlead[keyring]'"


@pytest.mark.diagnostic("FL9004")
def test_init_into_a_used_folder_is_refused(shell: Shell) -> None:
    printed = refused(shell, "fairlead init my-org", "FL9004", 2)
    assert "the folder `my-org` is not empty" in printed

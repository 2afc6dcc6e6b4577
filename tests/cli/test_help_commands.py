"""Help, exit codes, closed pipes, colour, and the crash report of what nobody foresaw."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from fairlead.cli import entry
from fairlead.cli.crash import report_text, without_secrets
from fairlead.kernel.codes import CODES
from tests.cli.running import PROGRAM, fairlead, fairlead_process

COMMANDS = [
    ["ingest"], ["pull"], ["scorecard"], ["kpi"], ["kpi", "list"], ["kpi", "show"],
    ["kpi", "records"], ["kpi", "explain"], ["kpi", "compare"], ["data"], ["data", "quality"],
    ["data", "quarantine"], ["data", "replay"], ["data", "dismiss"], ["lake"], ["lake", "status"],
    ["lake", "compact"], ["lake", "expire"], ["lake", "derive"], ["conformance"],
    ["conformance", "run"], ["demo"], ["explain"], ["repo", "scan"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_begins_with_a_sentence_and_an_example(command: list[str]) -> None:
    ran = fairlead(*command, "--help")
    assert ran.code == 0
    assert "Example:\n" in ran.out
    assert f"fairlead {command[0]}" in ran.out.split("Example:\n")[1].splitlines()[0]


@pytest.mark.parametrize("width", ["80", "200"])
def test_help_of_all_commands_names_every_command(
    width: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    ran = fairlead("--help")
    assert ran.code == 0
    assert [name for name in entry.COMMANDS if f"\n  {name} " not in ran.out] == []
    assert max(map(len, ran.out.splitlines())) <= int(width)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scorcard"], "Did you mean `scorecard`?"),
        (["scorecard", "--perid", "2026-10"], "No such option '--perid'"),
        (["scorecard", "--format", "xml"], "'xml' is not one of"),
        (["kpi", "show"], "Missing argument 'ID'"),
        (["kpi", "records", "x", "--limit", "-1"], "-1 is not in the range"),
        (["demo", "--end", "soon"], "'soon' does not match the format"),
        (["demo", "--months", "0"], "0 is not in the range"),
        (["lake", "compact", "--keep-hours", "-5"], "-5 is not in the range"),
    ],
)
def test_wrong_command_line_exits_with_two(arguments: list[str], message: str) -> None:
    ran = fairlead(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_explain_of_every_code_works_without_a_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for code in CODES:
        ran = fairlead("explain", code)
        assert (ran.code, ran.out.splitlines()[0]) == (0, f"# {code}: {CODES[code]}")


@pytest.mark.diagnostic("FL9004")
def test_demo_overwrites_nothing_that_is_not_a_demo(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    ran = fairlead("demo", "--into", tmp_path)
    assert ran.code == 2
    assert ran.head == f"error[FL9004]: `{tmp_path}` is not empty and holds no earlier demo"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.diagnostic("FL9002")
def test_missing_git_is_an_error_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    ran = fairlead("repo", "scan", tmp_path)
    assert ran.code == 3
    assert ran.head == "error[FL9002]: the program `git` is not installed"
    assert "help: install git" in ran.err


@pytest.mark.diagnostic("FL9003")
def test_missing_package_names_the_extra(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fresh / "workspace" / "workspace.yaml"
    path.write_text(path.read_text().replace("outbound: false", "outbound: true"))
    (fresh / "more.yaml").write_text(
        "apiVersion: fairlead/v1\nkind: Source\nid: forge\nconnector: github\n"
        "secrets: {token: 'keyring:forge/me'}\n"
    )
    monkeypatch.setitem(sys.modules, "keyring", None)
    ran = fairlead("pull", "forge")
    assert ran.code == 3
    assert ran.head == "error[FL9003]: the package `keyring` is not installed"
    assert "pip install 'fairlead[keyring]'" in ran.err


def break_listing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def listing() -> None:
        raise error

    monkeypatch.setattr("fairlead.cli.kpi_answers.listing", listing)


def test_what_nobody_foresaw_exits_with_four_and_leaves_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    break_listing(monkeypatch, RuntimeError("no such thing\nwith token=hunter2 and more"))
    ran = fairlead("kpi", "list")
    assert (ran.code, ran.out) == (4, "")
    (report,) = tmp_path.glob("fairlead-crash-*.txt")
    assert ran.err == (
        "internal error: RuntimeError: no such thing with token=<hidden> and more\n"
        f"the report is in {report}: read it, then send it to the maintainers\n"
    )
    text = report.read_text()
    assert "command:  fairlead kpi list" in text
    assert "packages: fairlead " in text
    assert "in listing" in text
    assert "RuntimeError: no such thing" in text
    assert "hunter2" not in text


def test_report_goes_to_the_temporary_folder_where_the_present_one_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, temporary = tmp_path / "gone", tmp_path / "tmp"
    gone.mkdir()
    temporary.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    break_listing(monkeypatch, ZeroDivisionError("division"))
    ran = fairlead("kpi", "list")
    (report,) = temporary.glob("fairlead-crash-*.txt")
    assert (ran.code, str(report) in ran.err) == (4, True)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("GET https://me:hunter2@example.com/x", "GET https://<hidden>@example.com/x"),
        ("Authorization: Bearer hunter2", "Authorization: <hidden>"),
        ("{'api_key': 'hunter2', 'n': 1}", "{'api_key': <hidden>, 'n': 1}"),
        ("ghp_hunter2hunter2 failed", "<hidden> failed"),
        ("GITHUB_TOKEN=hunter2", "GITHUB_TOKEN=<hidden>"),
        ("3 tokens were read", "3 tokens were read"),
    ],
)
def test_secrets_are_hidden_in_a_report(written: str, shown: str) -> None:
    assert without_secrets(written) == shown


def test_value_of_a_secret_option_is_hidden() -> None:
    text = report_text(ValueError("x"), ["pull", "--api-token", "hunter2", "--since", "2026"])
    assert "fairlead pull --api-token <hidden> --since 2026" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("error", "code", "head"),
    [
        (OSError(28, "No space left on device", "/x/y"), 3,
         "error[FL8002]: `/x/y` cannot be written: no space left on device"),
        (PermissionError(13, "Permission denied", "/x/y"), 3,
         "error[FL8002]: `/x/y` cannot be opened: permission denied"),
        (click.Abort(), 130, "stopped"),
        (KeyboardInterrupt(), 130, "stopped"),
        (click.ClickException("ask otherwise"), 2, "Error: ask otherwise"),
    ],
)  # fmt: skip
def test_troubles_have_their_exit_codes(
    error: BaseException, code: int, head: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    break_listing(monkeypatch, error)
    ran = fairlead("kpi", "list")
    assert (ran.code, ran.err.strip().splitlines()[0]) == (code, head)
    assert list(tmp_path.iterdir()) == []


def test_reader_that_stops_reading_is_no_error(tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "explain", "--all"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
    )  # fmt: skip
    assert writer.stdout is not None
    assert writer.stderr is not None
    writer.stdout.close()
    error = writer.stderr.read().decode()
    writer.stderr.close()
    assert (writer.wait(timeout=60), "Traceback" in error, "Exception" in error) == (
        0, False, False,
    )  # fmt: skip


def test_pipes_and_no_color_carry_no_escape_codes(tmp_path: Path) -> None:
    for env in ({"NO_COLOR": "1"}, {"TERM": "xterm-256color"}):
        ran = fairlead_process(tmp_path, "kpi", "list", env=env)
        assert ran.code == 0
        assert "\x1b" not in ran.out + ran.err

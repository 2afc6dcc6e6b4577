"""Hostile and damaged repositories: nothing is executed, and what is missing is named."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fairlead.cli.repo_output import as_markdown
from fairlead.cli.repo_scan import ScanOptions, scan_repository
from fairlead.connectors.contract import MappingContext, MappingError
from fairlead.connectors.git import CONNECTOR
from fairlead.ingest.git_repository import Limits, open_repository, read_repository
from fairlead.kernel.diagnostic import DiagnosticError
from tests.git.build import DAY, ENVIRONMENT, HOUR, START, Builder, git
from tests.git.example import write_example

AS_OF = datetime(2026, 2, 1, tzinfo=UTC)
HOOKS = ("post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc", "post-merge")
SETTINGS = (
    "core.fsmonitor",
    "core.sshCommand",
    "core.gitProxy",
    "core.pager",
    "core.editor",
    "core.alternateRefsCommand",
    "diff.external",
    "diff.evil.command",
    "diff.evil.textconv",
    "filter.evil.clean",
    "filter.evil.smudge",
    "filter.evil.process",
    "merge.evil.driver",
    "gpg.program",
    "gpg.ssh.program",
    "credential.helper",
    "alias.log",
    "pager.log",
    "trailer.sign.command",
    "uploadpack.packObjectsHook",
    "interactive.diffFilter",
    "sendemail.smtpServer",
)


def scan(path: Path, seconds: float = 60):  # type: ignore[no-untyped-def]
    return scan_repository(path, ScanOptions(limits=Limits(seconds=seconds)), AS_OF)


def trapped(path: Path, marker: Path) -> None:
    """A work tree in which every known way to be executed leaves a marker."""
    builder = Builder()
    files: dict[str | bytes, str | bytes | None] = {
        ".gitattributes": "* diff=evil filter=evil merge=evil\n",
        ".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = ext::x\n\tupdate = !touch y\n',
        ".mailmap": "Ada <ada@example.org> <ada@old.example>\n",
        "a.txt": "one\n",
    }
    first = builder.commit(at=START, files=files)
    builder.tag("v1.0.0", first, START + HOUR)
    builder.branch("main", builder.commit(first, at=START + DAY, files={"a.txt": "two\n"}))
    builder.write(path, bare=False)
    script = path.parent / "evil.sh"
    script.write_text(f"#!/bin/sh\necho run >> {marker}\nexit 0\n")
    script.chmod(0o755)
    for hook in HOOKS:
        (path / ".git/hooks").mkdir(exist_ok=True)
        (path / ".git/hooks" / hook).symlink_to(script)
    for name in SETTINGS:
        git(path, "config", name, str(script))
    for name, value in (
        ("log.showSignature", "true"),
        ("protocol.allow", "always"),
        ("protocol.ext.allow", "always"),
        ("remote.origin.url", f"ext::{script}"),
        ("remote.origin.promisor", "true"),
        ("core.partialClonefilter", "blob:none"),
        ("core.worktree", str(path)),
        ("submodule.recurse", "true"),
    ):
        git(path, "config", name, value)


def test_nothing_of_the_repository_is_executed(tmp_path: Path) -> None:
    path, marker = tmp_path / "trap", tmp_path / "marker"
    trapped(path, marker)
    # Control: the trap works, plain git falls into it.
    subprocess.run(["git", "-C", str(path), "status"], capture_output=True, env=ENVIRONMENT)
    assert marker.exists()
    marker.unlink()
    report = scan(path)
    payloads = list(read_repository(path))
    assert not marker.exists()
    assert report.commits_count == 2
    assert [row.event for row in payloads] == ["commit", "commit", "tag", "branch"]
    assert payloads[0].body["files"] == [
        {"path": "a.txt", "previous_path": None, "added": 1, "deleted": 1}
    ]


def test_missing_object_of_a_partial_clone_is_not_fetched(tmp_path: Path) -> None:
    path, marker = tmp_path / "trap", tmp_path / "marker"
    trapped(path, marker)
    marker.unlink(missing_ok=True)
    _remove(path / ".git", git(path, "rev-parse", "main:a.txt").decode().strip())
    # Control: plain git runs the remote helper for the missing object.
    subprocess.run(
        ["git", "-C", str(path), "cat-file", "-p", "main:a.txt"],
        capture_output=True,
        env=ENVIRONMENT,
    )
    assert marker.exists()
    marker.unlink()
    report = scan(path)
    assert not marker.exists()
    assert report.commits_count == 2
    assert any("line counts are incomplete" in note for note in report.notes)


def _remove(folder: Path, sha: str) -> None:
    file = folder / "objects" / sha[:2] / sha[2:]
    file.chmod(0o644)
    file.unlink()


def test_missing_commit_gives_what_can_be_reached_and_says_so(tmp_path: Path) -> None:
    shas = write_example(tmp_path / "r.git")
    _remove(tmp_path / "r.git", shas["a2"])
    report = scan(tmp_path / "r.git")
    assert report.commits_count == 3  # a5, a4, a3
    assert any(note.startswith("the history is incomplete") for note in report.notes)
    rows = [row for row in read_repository(tmp_path / "r.git") if row.event == "commit"]
    assert {row.delivery_ref for row in rows} == {shas["a3"], shas["a4"], shas["a5"]}
    counted = {row.delivery_ref: row.body["files"] for row in rows}
    assert counted[shas["a3"]] is None  # its parent is gone: unknown, not empty
    assert len(counted[shas["a4"]]) == 1


def test_missing_blob_and_tree_are_named_and_the_graph_stays(tmp_path: Path) -> None:
    shas = write_example(tmp_path / "r.git")
    path = tmp_path / "r.git"
    _remove(path, git(path, "rev-parse", f"{shas['a5']}^{{tree}}").decode().strip())
    report = scan(path)
    assert report.commits_count == 5
    assert any(note.startswith("line counts are incomplete") for note in report.notes)
    assert any("files of the default branch are incomplete" in note for note in report.notes)
    found = {row.id: row for section in report.sections for row in section.figures}
    assert found["ops_files"].value is None
    assert found["lead_time_to_release"].value == 24 * HOUR


@pytest.mark.diagnostic("FL3115")
def test_repository_without_any_readable_commit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.git"
    builder = Builder()
    builder.branch("main", builder.commit(at=START))
    (sha,) = builder.write(path).values()
    _remove(path, sha)
    with pytest.raises(DiagnosticError, match="FL3115"):
        scan(path)
    with pytest.raises(DiagnosticError, match="FL3115"):
        list(read_repository(path))


def test_replace_refs_and_grafts_change_nothing_even_in_circles(tmp_path: Path) -> None:
    shas = write_example(tmp_path / "r.git")
    path = tmp_path / "r.git"
    for name, other in (("a1", "a3"), ("a3", "a1"), ("a2", "a5")):
        replaced = path / "refs/replace" / shas[name]
        replaced.parent.mkdir(exist_ok=True)
        replaced.write_text(f"{shas[other]}\n")
    (path / "info").mkdir(exist_ok=True)
    (path / "info/grafts").write_text(f"{shas['a1']} {shas['a5']}\n{shas['a5']} {shas['a1']}\n")
    with open_repository(path) as repository:
        found = {row.sha: row.parents for row in repository.commits()}
    names = ["a1", "a2", "a3", "a4", "a5"]
    assert found == {
        shas[name]: (shas[before],) if before else ()
        for before, name in zip([None, *names], names, strict=False)
    }


def test_symbolic_links_in_the_tree_are_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "r"
    path.mkdir()
    git(path, "init", "-q", "-b", "main", ".")
    (path / "a").symlink_to("b")
    (path / "b").symlink_to("a")
    (path / "CODEOWNERS").symlink_to("/etc/hostname")
    (path / "loop").symlink_to(".")
    git(path, "add", ".")
    git(path, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-q", "-m", "links")
    report = scan(path)
    found = {row.id: row for section in report.sections for row in section.figures}
    assert found["owned_files"].reason == "no CODEOWNERS file"
    assert report.notes == ()


@pytest.mark.diagnostic("FL3116")
def test_path_that_is_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(DiagnosticError, match="FL3116"):
        scan(tmp_path / "a")


def test_submodules_are_entries_and_nothing_more(tmp_path: Path) -> None:
    builder = Builder()
    mark = builder.commit(at=START, files={"a.txt": "one\n"})
    builder.chunks[-1] = builder.chunks[-1].rstrip(b"\n") + b"\nM 160000 " + b"1" * 40 + b" sub\n\n"
    builder.branch("main", mark)
    builder.write(tmp_path / "r.git")
    payloads = list(read_repository(tmp_path / "r.git"))
    assert {row["path"] for row in payloads[0].body["files"]} == {"a.txt", "sub"}
    assert scan(tmp_path / "r.git").commits_count == 1


def _raw_commit(path: Path, raw: bytes) -> None:
    words = ("hash-object", "-t", "commit", "-w", "--stdin", "--literally")
    sha = git(path, *words, stdin=raw).decode().strip()
    (path / "refs/heads/main").parent.mkdir(parents=True, exist_ok=True)
    (path / "refs/heads/main").write_text(f"{sha}\n")


def test_commit_without_readable_lines_is_read_and_goes_to_quarantine(tmp_path: Path) -> None:
    path = tmp_path / "r.git"
    path.mkdir()
    git(path, "init", "-q", "--bare", "-b", "main", ".")
    tree = git(path, "mktree").strip()
    _raw_commit(path, b"tree " + tree + b"\nauthor nobody\ncommitter <<<< 99999999999999\n\nx")
    (commit, *_) = list(read_repository(path, with_files=False))
    assert commit.body["committed_at"] is None
    with pytest.raises(MappingError, match="FL3102"):
        CONNECTOR.map_payload(commit, MappingContext("git", AS_OF))
    report = scan(path)
    assert (report.commits_count, report.first_commit_at) == (1, None)


@pytest.mark.parametrize("encoding", [b"latin-1", b"nonsense", b"unicode_escape", b"UTF-7"])
def test_text_in_any_encoding_is_shown(tmp_path: Path, encoding: bytes) -> None:
    path = tmp_path / "r.git"
    path.mkdir()
    git(path, "init", "-q", "--bare", "-b", "main", ".")
    tree = git(path, "mktree").strip()
    who = b"A <a@b.c> %d +0000" % START
    raw = b"tree %s\nauthor %s\ncommitter %s\nencoding %s\n\ngr\xfc\xdfe +AAA-\n"
    _raw_commit(path, raw % (tree, who, who, encoding))
    (commit, *_) = list(read_repository(path))
    wanted = "gr\u00fc\u00dfe +AAA-" if encoding == b"latin-1" else "gr\ufffd\ufffde +AAA-"
    assert commit.body["subject"] == wanted


def test_control_characters_are_made_visible_in_what_is_printed(tmp_path: Path) -> None:
    builder = Builder()
    files: dict[str | bytes, str | bytes | None] = {"runbooks/\x1b[2Ja\u202e\u009b.md": "x"}
    builder.branch("main", builder.commit(at=START, files=files))
    builder.write(tmp_path / "r.git")
    text = as_markdown(scan(tmp_path / "r.git"))
    assert "\x1b" not in text
    assert "\u009b" not in text
    assert "runbooks/\\\\x1b[2Ja\\\\u202e\\\\x9b.md" in text


def test_pipeline_file_that_multiplies_itself_is_refused_quickly(tmp_path: Path) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{b}: &{b} [{', '.join(['*' + a] * 9)}]" for a, b in zip("abcdefg", "bcdefgh", strict=True)
    ]
    builder = Builder()
    files: dict[str | bytes, str | bytes | None] = {".gitlab-ci.yml": "\n".join(lines)}
    builder.branch("main", builder.commit(at=START, files=files))
    builder.write(tmp_path / "r.git")
    (pipeline,) = scan(tmp_path / "r.git").pipelines
    assert pipeline.problem == "more than 50000 values or 60 levels"


@pytest.mark.diagnostic("FL3115")
def test_reading_stops_when_its_time_is_over(tmp_path: Path) -> None:
    write_example(tmp_path / "r.git")
    with pytest.raises(DiagnosticError, match="stopped after 1e-09 s"):
        scan(tmp_path / "r.git", seconds=1e-9)


@pytest.mark.diagnostic("FL3115")
@pytest.mark.parametrize("text", ["gitdir: .git\n", "gitdir: /nowhere\n", "nonsense"])
def test_git_file_that_leads_nowhere_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / ".git").write_text(text)
    with pytest.raises(DiagnosticError, match="FL3115"):
        scan(tmp_path)


@pytest.mark.diagnostic("FL3115")
def test_damaged_bundle_and_other_files_are_refused(tmp_path: Path) -> None:
    write_example(tmp_path / "shop.git")
    whole = tmp_path / "shop.bundle"
    git(tmp_path / "shop.git", "bundle", "create", "-q", str(whole), "--all")
    cut = tmp_path / "-cut.bundle"
    cut.write_bytes(whole.read_bytes()[:-40])
    for file in (cut, tmp_path / "shop.git" / "HEAD"):
        with pytest.raises(DiagnosticError, match="FL3115"):
            scan(file)


@pytest.mark.diagnostic("FL3115")
def test_bundle_that_builds_on_absent_commits_says_so(tmp_path: Path) -> None:
    write_example(tmp_path / "shop.git")
    thin = tmp_path / "thin.bundle"
    git(tmp_path / "shop.git", "bundle", "create", "-q", str(thin), "v1.0.0..main")
    with pytest.raises(DiagnosticError, match="builds on commits that are not in it"):
        scan(thin)


def test_environment_of_the_caller_does_not_reach_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_example(tmp_path / "shop.git")
    marker = tmp_path / "marker"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {marker}\n")
    script.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(f"[diff]\n\texternal = {script}\n[core]\n\tpager = {script}\n")
    for name, value in (
        ("HOME", str(home)),
        ("GIT_DIR", str(tmp_path / "nowhere")),
        ("GIT_EXTERNAL_DIFF", str(script)),
        ("GIT_PAGER", str(script)),
        ("GIT_ALTERNATE_OBJECT_DIRECTORIES", "/nowhere"),
    ):
        monkeypatch.setenv(name, value)
    assert scan(tmp_path / "shop.git").commits_count == 5
    assert not marker.exists()
    assert os.environ["GIT_DIR"].endswith("nowhere")

"""Reading any repository: kinds, shallow and partial clones, bundles, odd paths, incremental."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fairlead.connectors.contract import MappingContext, Payload
from fairlead.connectors.git import CONNECTOR
from fairlead.connectors.git.mailmap import Mailmap
from fairlead.ingest.git_repository import (
    Limits,
    RepositoryState,
    derive_repo_id,
    open_repository,
    read_repository,
    repository_state,
)
from fairlead.kernel.diagnostic import DiagnosticError
from tests.git.build import DAY, HOUR, START, Builder, git, random_history
from tests.git.example import write_example

CONTEXT = MappingContext("plain-git", datetime(2027, 1, 1, tzinfo=UTC))


def events(payloads: list[Payload]) -> list[tuple[str | None, str | None]]:
    return [(row.event, row.delivery_ref) for row in payloads]


def drained(
    path: Path, state: RepositoryState | None = None
) -> tuple[list[Payload], RepositoryState]:
    found: list[Payload] = []
    reading = read_repository(path, since_state=state)
    while True:
        try:
            found.append(next(reading))
        except StopIteration as end:
            return found, end.value


def test_payloads_of_the_example_become_its_facts(tmp_path: Path) -> None:
    shas = write_example(tmp_path / "shop.git")
    payloads, _ = drained(tmp_path / "shop.git")
    facts = [fact for row in payloads for fact in CONNECTOR.map_payload(row, CONTEXT).facts]
    commits = {row.values["commit_sha"]: row.values for row in facts if row.type == "commits"}
    assert set(commits) == set(shas.values())
    assert commits[shas["a3"]]["parent_shas"] == [shas["a2"]]
    assert commits[shas["a1"]]["authored_at"] == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert commits[shas["a1"]]["repo_id"] == "shop"
    releases = {row.values["tag"]: row.values for row in facts if row.type == "releases"}
    assert releases["v1.1.1"]["released_at"] == datetime(2026, 1, 10, 21, tzinfo=UTC)
    assert releases["v1.2.0-rc.1"]["is_prerelease"] is True
    files = [row.values for row in facts if row.type == "commit_files"]
    assert {(row["commit_sha"], row["path"]) for row in files} == {
        (sha, f"f{number}.txt") for number, sha in enumerate(shas.values(), start=1)
    }
    assert all((row["added_count"], row["deleted_count"]) == (1, 0) for row in files)


def test_work_tree_bare_and_bundle_say_the_same(tmp_path: Path) -> None:
    write_example(tmp_path / "shop", bare=False)
    git(tmp_path, "clone", "-q", "--mirror", str(tmp_path / "shop"), str(tmp_path / "bare.git"))
    git(tmp_path / "shop", "bundle", "create", "-q", str(tmp_path / "shop.bundle"), "--all")
    (tmp_path / "shop" / "deep").mkdir()
    places = ["shop", "bare.git", "shop.bundle", "shop/deep"]
    found = [events(drained(tmp_path / place)[0]) for place in places]
    assert len(found[0]) == 10  # five commits, four tags, one branch
    assert found[0] == found[1] == found[2] == found[3]


def test_linked_work_tree_reads_its_repository(tmp_path: Path) -> None:
    write_example(tmp_path / "shop", bare=False)
    git(tmp_path / "shop", "worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    assert events(drained(tmp_path / "linked")[0]) == events(drained(tmp_path / "shop")[0])


def test_sha256_repository_is_read(tmp_path: Path) -> None:
    path = tmp_path / "wide"
    path.mkdir()
    git(path, "init", "-q", "-b", "main", "--object-format=sha256", ".")
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    git(path, *identity, "commit", "-q", "--allow-empty", "-m", "first")
    git(path, "tag", "v1.0.0")
    payloads, _ = drained(path)
    assert [row.event for row in payloads] == ["commit", "tag", "branch"]
    assert len(payloads[0].body["sha"]) == 64


def test_shallow_clone_is_graph_only_and_says_so(tmp_path: Path) -> None:
    write_example(tmp_path / "shop.git")
    source = f"file://{tmp_path / 'shop.git'}"
    git(tmp_path, "clone", "-q", "--depth", "2", "--branch", "main", source, str(tmp_path / "cut"))
    with open_repository(tmp_path / "cut") as repository:
        commits = list(repository.commits())
        assert repository.is_graph_only
        assert "shallow clone" in repository.notes[0]
    assert [row.subject for row in commits] == ["a5", 'Revert "Take the shortcut"']
    payloads, _ = drained(tmp_path / "cut")
    assert all(row.body["files"] is None for row in payloads if row.event == "commit")


def test_blobless_clone_is_graph_only_and_says_so(tmp_path: Path) -> None:
    write_example(tmp_path / "shop.git")
    git(tmp_path / "shop.git", "config", "uploadpack.allowFilter", "true")
    source = f"file://{tmp_path / 'shop.git'}"
    words = ("clone", "-q", "--bare", "--filter=blob:none", source, str(tmp_path / "thin.git"))
    git(tmp_path, *words)
    with open_repository(tmp_path / "thin.git") as repository:
        assert len(list(repository.commits())) == 5
        entries = repository.tree(repository.default_branch.commit_sha)  # type: ignore[union-attr]
        assert repository.blobs(entry.sha for entry in entries) == {}
        assert "partial clone" in repository.notes[0]
        assert "5 files of the default branch are not in this clone" in repository.notes
    missing = git(tmp_path / "thin.git", "rev-list", "--objects", "--all", "--missing=print")
    assert missing.count(b"?") == 5  # reading fetched nothing


def test_second_reading_gives_only_what_is_new(tmp_path: Path) -> None:
    builder = Builder()
    first = builder.commit(at=START)
    builder.branch("main", first)
    builder.branch("side", first)
    builder.tag("v1.0.0", first, START + HOUR)
    builder.tag("gone", first)
    path = tmp_path / "r.git"
    builder.write(path)
    _, state = drained(path)
    again, unchanged = drained(path, state)
    assert (again, unchanged) == ([], state)
    second = builder.commit(first, at=START + DAY)
    builder.branch("main", second)
    builder.tag("v1.1.0", second, START + DAY)
    shas = builder.write(path)
    git(path, "tag", "-d", "gone")
    payloads, _ = drained(path, state)
    assert events(payloads) == [
        ("commit", shas[second]),
        ("tag", f"v1.1.0@{shas[second]}"),
        ("branch", f"main@{shas[second]}"),
        ("tag_deleted", "gone@deleted"),
    ]
    (retracted,) = CONNECTOR.map_payload(payloads[-1], CONTEXT).facts
    assert retracted.is_retracted
    assert retracted.values == {"repo_id": "r", "tag": "gone"}


def test_force_push_and_moved_tag_are_derived_again(tmp_path: Path) -> None:
    path = tmp_path / "r.git"
    before = Builder()
    root = before.commit(at=START)
    old = before.commit(root, at=START + HOUR, message="old")
    before.branch("main", old)
    before.tag("v1.0.0", old, START + HOUR)
    before.write(path)
    _, state = drained(path)
    after = Builder()
    same = after.commit(at=START)
    new = after.commit(same, at=START + 2 * HOUR, message="new")
    after.branch("main", new)
    after.tag("v1.0.0", new, START + 2 * HOUR)
    shas = after.write(path)
    git(path, "reflog", "expire", "--expire=now", "--all")
    git(path, "gc", "-q", "--prune=now")
    payloads, _ = drained(path, state)
    assert ("commit", shas[new]) in events(payloads)
    assert ("tag", f"v1.0.0@{shas[new]}") in events(payloads)
    assert ("branch", f"main@{shas[new]}") in events(payloads)


def test_union_of_incremental_readings_is_the_full_reading(tmp_path: Path) -> None:
    builder = random_history(random.Random(5), 60)
    cut = Builder(list(builder.chunks[:40]), dict(builder.parents))
    cut.branch("main", 40)
    path = tmp_path / "r.git"
    cut.write(path)
    first, state = drained(path)
    builder.write(path)
    second, _ = drained(path, state)
    whole, _ = drained(path)
    commits = [row.delivery_ref for row in [*first, *second] if row.event == "commit"]
    assert len(commits) == len(set(commits))
    assert set(commits) == {row.delivery_ref for row in whole if row.event == "commit"}


def test_odd_path_bytes_are_shown_and_kept_apart(tmp_path: Path) -> None:
    builder = Builder()
    files: dict[str | bytes, str | bytes | None] = {
        b"line\nbreak.txt": "x\n",
        b"bad-\xff.txt": "x\n",
        b"bad-\xfe.txt": "x\n",
        "gr\u00fc\u00df.txt": "x\n",
        'quote".txt': "x\n",
    }
    builder.branch("main", builder.commit(at=START, files=files))
    builder.write(tmp_path / "odd.git")
    payloads, _ = drained(tmp_path / "odd.git")
    paths = {row["path"] for row in payloads[0].body["files"]}
    assert paths == {
        "line\nbreak.txt",
        "bad-\\xff.txt",
        "bad-\\xfe.txt",
        "gr\u00fc\u00df.txt",
        'quote".txt',
    }


def test_rename_keeps_its_former_path_and_a_merge_shows_its_own_change(tmp_path: Path) -> None:
    text = "".join(f"line {number}\n" for number in range(20))
    builder = Builder()
    root = builder.commit(at=START, files={"old.txt": text, "keep.txt": "k\n"})
    side = builder.commit(root, at=START + 1, files={"old.txt": None, "new.txt": text + "more\n"})
    main = builder.commit(root, at=START + 2, files={"keep.txt": "kk\n"})
    merge = builder.commit(
        main, side, at=START + 3, files={"old.txt": None, "new.txt": text + "more\n"}
    )
    builder.branch("main", merge)
    shas = builder.write(tmp_path / "r.git")
    payloads, _ = drained(tmp_path / "r.git")
    files = {row.delivery_ref: row.body["files"] for row in payloads if row.event == "commit"}
    moved = {"path": "new.txt", "previous_path": "old.txt", "added": 1, "deleted": 0}
    assert files[shas[side]] == [moved]
    assert files[shas[merge]] == [moved]


def test_rebased_copy_has_the_patch_id_of_its_original(tmp_path: Path) -> None:
    builder = Builder()
    root = builder.commit(at=START, files={"a.txt": "1\n", "b.txt": "1\n"})
    side = builder.commit(root, at=START + 1, files={"a.txt": "2\n"})
    main = builder.commit(root, at=START + 2, files={"b.txt": "2\n"})
    message = f"Take it over\n\n(cherry picked from commit {'1' * 40})\n"
    copy = builder.commit(main, at=START + 3, message=message, files={"a.txt": "2\n"})
    builder.branch("main", copy)
    builder.branch("side", side)
    shas = builder.write(tmp_path / "r.git")
    rows = {row.delivery_ref: row.body for row in drained(tmp_path / "r.git")[0]}
    assert rows[shas[side]]["patch_id"] == rows[shas[copy]]["patch_id"] != None  # noqa: E711
    assert rows[shas[side]]["patch_id"] != rows[shas[main]]["patch_id"]
    assert rows[shas[copy]]["cherry_picked_from_sha"] == "1" * 40


def test_mailmap_of_the_default_branch_is_honoured_as_git_does(tmp_path: Path) -> None:
    text = (
        "# people\nAda Byron <ada@example.org> <ada@old.example>\n"
        "Bo <bo@example.org> Robert <SHARED@example.org>\n<eve@example.org> <e@old.example>\n"
        "Proper Name <plain@example.org>\n"
    )
    who = ["A <ada@old.example>", "Robert <shared@example.org>", "Eve <e@old.example>"]
    who += ["plain <PLAIN@example.org>", "Other <shared@example.org>"]
    builder = Builder()
    mark = builder.commit(at=START, files={".mailmap": text})
    for number, name in enumerate(who):
        mark = builder.commit(mark, at=START + 1 + number, author=name)
    builder.branch("main", mark)
    path = tmp_path / "r.git"
    builder.write(path)
    mailmap = Mailmap.parse(text.encode())
    asked = "".join(f"{name}\n" for name in who).encode()
    words = ("-c", "mailmap.blob=main:.mailmap", "check-mailmap", "--stdin")
    expected = git(path, *words, stdin=asked).decode().splitlines()
    found = [mailmap.look_up(*name[:-1].split(" <")) for name in who]
    assert [f"{name} <{email}>" for name, email in found] == expected
    with open_repository(path) as repository:
        emails = {row.author_email for row in repository.commits()}
    assert {"ada@example.org", "bo@example.org", "eve@example.org"} <= emails


@pytest.mark.parametrize(
    ("url", "repo_id"),
    [
        ("https://user:secret@github.com/acme/shop.git", "acme/shop"),
        ("git@github.com:acme/shop.git", "acme/shop"),
        ("ssh://git@gitlab.example.org:2222/group/sub/shop.git/", "group/sub/shop"),
        ("file:///srv/git/shop.git", "folder"),
        ("../shop", "folder"),
        ("", "folder"),
    ],
)
def test_repo_id_is_owner_and_name_of_the_origin(url: str, repo_id: str) -> None:
    assert derive_repo_id(url, "folder") == repo_id


def test_reading_over_the_commit_limit_says_what_is_left_out(tmp_path: Path) -> None:
    write_example(tmp_path / "shop.git")
    with open_repository(tmp_path / "shop.git", Limits(commits_count=3)) as repository:
        assert len(list(repository.commits())) == 3
        assert "only 3 commits were read" in repository.notes[0]
        assert set(repository_state(repository).refs) == {
            "refs/heads/main",
            *(f"refs/tags/v{name}" for name in ("1.0.0", "1.1.0", "1.1.1", "1.2.0-rc.1")),
        }


@pytest.mark.diagnostic("FL3115")
def test_plain_folder_is_no_repository(tmp_path: Path) -> None:
    with pytest.raises(DiagnosticError, match="cannot be read as a git repository"):
        next(read_repository(tmp_path))


@pytest.mark.diagnostic("FL3112")
def test_absent_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(DiagnosticError, match="FL3112"):
        next(read_repository(tmp_path / "nowhere"))


def test_repository_that_borrows_its_objects_is_read(tmp_path: Path) -> None:
    write_example(tmp_path / "shop.git")
    git(tmp_path, "clone", "-q", "--shared", "--bare", "shop.git", "borrower.git")
    assert not list((tmp_path / "borrower.git/objects").glob("??"))
    with open_repository(tmp_path / "borrower.git") as repository:
        assert len(list(repository.commits())) == 5
        assert repository.notes == []


def test_origin_of_a_clone_names_branches_and_the_default_one(tmp_path: Path) -> None:
    builder = Builder()
    root = builder.commit(at=START)
    builder.branch("trunk", builder.commit(root, at=START + DAY))
    builder.branch("side", root)
    builder.write(tmp_path / "shop.git", head="trunk")
    git(tmp_path, "clone", "-q", "shop.git", "work")
    git(tmp_path / "work", "checkout", "-q", "-b", "mine")
    with open_repository(tmp_path / "work") as repository:
        assert repository.default_branch is not None
        assert repository.default_branch.name == "trunk"
        assert sorted(branch.name for branch in repository.branches) == ["side", "trunk"]

"""Links, bombs, odd files and secrets in odd lines are refused without showing too much."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fairlead.opmodel.yaml_tree import MAX_BYTES, parse_yaml
from tests.opmodel.bad_cases import check, good_workspace

TEAM = "apiVersion: fairlead/v1\nkind: Team\nid: outside\n"


def findings(root: Path) -> list[tuple[str, str]]:
    return [(item.code, item.message) for item in check(root).findings]


def test_a_link_to_a_file_outside_is_refused(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    (tmp_path / "outside.yaml").write_text(TEAM)
    (root / "team.yaml").symlink_to(tmp_path / "outside.yaml")
    message = "`team.yaml` is a symbolic link that leaves the workspace"
    assert findings(root) == [("FL1009", message)]
    assert "outside" not in check(root).model.documents["Team"]


def test_a_link_to_a_folder_outside_is_refused(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "outside.yaml").write_text(TEAM)
    (root / "teams" / "more").symlink_to(tmp_path / "more")
    message = "`teams/more` is a symbolic link that leaves the workspace"
    assert findings(root) == [("FL1009", message)]


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    (root / "a.yaml").symlink_to(root / "b.yaml")
    (root / "b.yaml").symlink_to(root / "a.yaml")
    loops = "cannot be read: the symbolic link loops"
    assert findings(root) == [("FL1010", f"`a.yaml` {loops}"), ("FL1010", f"`b.yaml` {loops}")]


def test_a_link_to_the_folder_above_is_refused(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    (root / "teams" / "again").symlink_to(root)
    message = "`teams/again` cannot be read: the symbolic link loops"
    assert findings(root) == [("FL1010", message)]


def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    (root / "gone.yaml").symlink_to(root / "never.yaml")
    message = "`gone.yaml` cannot be read: the symbolic link leads nowhere"
    assert findings(root) == [("FL1010", message)]


def test_a_link_inside_the_workspace_declares_nothing_twice(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    (root / "again.yaml").symlink_to(root / "teams" / "teams.yaml")
    assert findings(root) == []


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    os.mkfifo(root / "pipe.yaml")
    assert findings(root) == [("FL1010", "`pipe.yaml` cannot be read: it is not a regular file")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    (root / "locked.yaml").write_text(TEAM)
    (root / "locked.yaml").chmod(0)
    assert findings(root) == [("FL1010", "`locked.yaml` cannot be read: permission denied")]


def test_hidden_folders_are_left_out(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    (root / ".fairlead").mkdir()
    (root / ".fairlead" / "cache.yaml").write_text("a: [")
    assert findings(root) == []


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    with (root / "huge.yaml").open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    assert findings(root) == [("FL1003", "`huge.yaml` has 4,194,305 bytes")]


def test_a_file_of_the_largest_size_may_be_read(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    (root / "large.yaml").write_text(TEAM + "#" * (MAX_BYTES - len(TEAM)))
    assert findings(root) == []


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_nesting_is_stopped_however_it_is_written(opening: str) -> None:
    tree = parse_yaml(opening * 100_000, "deep.yaml")
    assert [item.code for item in tree.problems] == ["FL1003"]
    assert tree.documents == []


def test_an_alias_inside_its_own_anchor_is_refused() -> None:
    tree = parse_yaml("a: &a\n  - *a\n", "own.yaml")
    assert [item.code for item in tree.problems] == ["FL1001"]


def test_a_hundred_aliases_are_allowed_and_one_more_is_not() -> None:
    text = "a: &a 1\nb: [" + ", ".join(["*a"] * 100)
    assert parse_yaml(text + "]\n", "some.yaml").problems == []
    (problem,) = parse_yaml(text + ", *a]\n", "many.yaml").problems
    assert problem.code == "FL1003"


def test_few_aliases_of_large_values_are_refused() -> None:
    row = "[" + ", ".join(["x"] * 2_000) + "]"
    text = f"a: &a {row}\nb: [" + ", ".join(["*a"] * 60) + "]\n"
    (problem,) = parse_yaml(text, "wide.yaml").problems
    assert problem.code == "FL1003"


def test_control_characters_are_placed() -> None:
    (problem,) = parse_yaml("a: 1\nb: \x00\n", "nul.yaml").problems
    assert (problem.code, str(problem.place)) == ("FL1001", "nul.yaml:2:4")


@pytest.mark.parametrize(
    "text",
    [
        "secrets:\n  anything: hunter2 : x\n",
        "secrets: {anything: hunter2, b: [}\n",
        "secrets:\n  anything: |\n    hunter2\n   hunter2: [}\n",
        "password: hunter2: x\n",
        "url: 'https://alex:hunter2@example.com\n",
        "title: ghp_hunter2hunter2: x\n",
        "secrets:\n  a: hunter2\n  a: hunter2\n",
        "secrets:\n  - hunter2: &a [*b]\n",
    ],
)
def test_a_line_with_a_secret_is_never_shown(text: str) -> None:
    problems = parse_yaml(text, "source.yaml").problems
    assert problems
    assert "hunter2" not in repr(problems)


def test_a_number_too_long_to_be_read_is_refused() -> None:
    (problem,) = parse_yaml(f"a: {'9' * 5_000}\n", "long.yaml").problems
    assert problem.code == "FL1007"
    assert len(problem.render()) < 500

"""Every command in the pages runs, and prints what the page shows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.docs.transcripts import Shell, blocks_of, disagreements, steps_of
from tests.git.example import write_example

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs" / "tutorials").glob("*.md")),
    *sorted((ROOT / "docs" / "how-to").glob("*.md")),
]
# The very command of the pages; it runs once, and each page gets a copy of what it made.
DEMO = "fairlead demo --into acme --months 2 --end 2026-10-31"
ENVIRONMENT = {"NO_COLOR": "1", "FAIRLEAD_NOW": "2026-11-01T06:00:00+00:00", "COLUMNS": "200"}


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The example company of the pages, and what its command printed."""
    folder = tmp_path_factory.mktemp("demo")
    code, printed = Shell(folder, dict(ENVIRONMENT)).run(DEMO)
    assert code == 0, printed
    return folder / "acme", printed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_the_page_run_and_print_what_it_shows(
    page: Path, tmp_path: Path, demo: tuple[Path, str]
) -> None:
    shutil.copytree(demo[0], tmp_path / "acme")
    write_example(tmp_path / "shop", bare=False)
    shutil.copytree(ROOT / "conformance", tmp_path / "conformance")
    shell = Shell(tmp_path, dict(ENVIRONMENT))
    for block in blocks_of(page):
        if block.file is not None:
            target = shell.folder / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("\n".join(block.lines) + "\n", encoding="utf-8")
        if "norun" in block.marks:
            continue
        for step in steps_of(block):
            code, printed = (0, demo[1]) if step.command == DEMO else shell.run(step.command)
            place = f"{page.name}:{block.line} $ {step.command}\n{printed}"
            assert code == block.exit_code, place
            assert disagreements(step, printed, exact="exact" in block.marks) == [], place


def test_every_page_for_people_shows_a_command() -> None:
    silent = [
        page.name
        for page in PAGES
        if not any(step for block in blocks_of(page) for step in steps_of(block))
    ]
    assert silent == []


def test_a_shown_line_must_be_the_beginning_of_a_printed_one(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ one\na  b …\n$ two\nc\n```\n", encoding="utf-8")
    first, second = [step for block in blocks_of(page) for step in steps_of(block)]
    assert disagreements(first, "x\na b d\n") == []
    assert disagreements(first, "x\nb a\n") == ["a b …"]
    assert disagreements(second, "c\nd\n", exact=True) != []
    assert disagreements(second, "c\n", exact=True) == []


def test_marks_above_a_block_are_read_and_others_are_not(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- norun -->\n<!-- exit 1 -->\n```console\n$ one\n```\n\n"
        "<!-- exact -->\ntext\n\n```console\n$ two\n```\n",
        encoding="utf-8",
    )
    first, second = blocks_of(page)
    assert first.marks == {"norun", "exit 1"}
    assert first.exit_code == 1
    assert second.marks == frozenset()
    assert second.line == 10

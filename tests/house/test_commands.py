"""Every command begins its help with an example, is documented, and has a test."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from scripts.reference.cli_page import commands, help_of

from fairlead.cli.entry import COMMANDS
from tests.house.tree import PACKAGE, ROOT

ALL = list(commands())
NAMES = [" ".join(path) for path, _ in ALL]


@pytest.mark.parametrize("name", NAMES)
def test_help_starts_with_a_sentence_and_an_example(name: str) -> None:
    path, command = ALL[NAMES.index(name)]
    text = help_of(path, command)
    words = command.help or ""
    assert words.split("\n")[0].strip().endswith(".")
    example = next(index for index, line in enumerate(text) if line.strip() == "Example:")
    options = next(index for index, line in enumerate(text) if line.strip() == "Options:")
    assert example < options
    assert text[example + 1].strip().startswith(("fairlead ", "FAIRLEAD_"))


@pytest.mark.parametrize("name", NAMES)
def test_every_option_says_what_it_does(name: str) -> None:
    _, command = ALL[NAMES.index(name)]
    silent = [
        option.name
        for option in command.params
        if option.param_type_name == "option"
        and not getattr(option, "help", None)
        and option.name not in {"output_format", "engine", "step"}
    ]
    assert silent == []


def test_every_command_stands_in_the_reference() -> None:
    text = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"\n## {name}\n" not in text] == []


def test_every_top_command_stands_in_a_page_for_people() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("[!r]*/*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    missing = [n for n in COMMANDS if not re.search(rf"fairlead (-w \S+ )?{n}\b", text)]
    assert missing == []


def test_every_command_file_is_listed() -> None:
    files = {path.stem for path in (PACKAGE / "cli" / "commands").glob("*.py")} - {"__init__"}
    assert files == set(COMMANDS)


def test_help_imports_nothing_heavy() -> None:
    heavy = ["ibis", "duckdb", "pyarrow", "deltalake", "pandas", "numpy", "altair", "pydantic"]
    program = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from fairlead.cli.entry import cli\n"
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0\n"
        f"print([name for name in {heavy!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"

"""The recipe "add a KPI" holds: the two files of its page are enough for everything else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.transcripts import blocks_of
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "how-to" / "add-a-kpi.md"
KPI = "time_to_first_review"
FILES = {f"src/fairlead/kpis/{KPI}.py", f"conformance/kpis/{KPI}.yaml"}
FEWEST_CASES = 8
UNNEEDED = shutil.ignore_patterns("__pycache__", "*.pyc")


class Copy:
    """A copy of the project in another folder, and a way to run its own code."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("src", "scripts", "tests"):
            shutil.copytree(ROOT / name, folder / name, ignore=UNNEEDED)
        (folder / "conformance" / "kpis").mkdir(parents=True)

    def python(self, *words: str) -> str:
        """What the copy prints; the copy's package, not the installed one."""
        done = subprocess.run(
            [sys.executable, *words], cwd=self.folder, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(self.folder / "src"), "NO_COLOR": "1"},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def fairlead(self, *words: str) -> str:
        """What a command of the copy prints."""
        return self.python("-c", "from fairlead.cli.entry import main; main()", *words)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The project with the two files of the page, and nothing else changed."""
    made = Copy(tmp_path_factory.mktemp("copy"))
    blocks = {block.file: block for block in blocks_of(PAGE) if block.file}
    assert set(blocks) == FILES
    for name, block in blocks.items():
        target = made.folder / str(name)
        assert not target.exists()
        target.write_text("\n".join(block.lines) + "\n", encoding="utf-8")
    return made


def test_the_code_of_the_copy_is_what_runs(copy: Copy) -> None:
    printed = copy.python("-c", "import fairlead; print(fairlead.__file__)")
    assert str(copy.folder) in printed


def test_the_list_names_the_new_kpi_below_its_line(copy: Copy) -> None:
    printed = copy.fairlead("kpi", "list")
    assert KPI in printed
    assert printed.index("lead_time_for_changes") < printed.index(KPI)


def test_explain_prints_its_labels(copy: Copy) -> None:
    printed = copy.fairlead("kpi", "explain", KPI)
    assert "Time from the opening of a change to its first review by another person." in printed
    assert "Grain:" in printed
    assert "one row per merged change." in printed


def test_its_cases_run_and_agree(copy: Copy) -> None:
    printed = copy.fairlead("conformance", "run", "--conformance-dir", "conformance", "--only", KPI)
    passed, _, failed = printed.strip().rpartition("\n")[2].partition(" passed, ")
    assert int(passed) >= FEWEST_CASES
    assert failed == "0 failed"


def test_the_reference_knows_it(copy: Copy) -> None:
    copy.python("scripts/generate_reference.py", "--into", "reference")
    kpis = (copy.folder / "reference" / "kpis.md").read_text(encoding="utf-8")
    engines = (copy.folder / "reference" / "engines.md").read_text(encoding="utf-8")
    assert f"### {KPI}\n" in kpis
    assert f"| `{KPI}` | runs: " in engines


def test_the_house_finds_nothing_missing(copy: Copy) -> None:
    shutil.copy(ROOT / "pyproject.toml", copy.folder)
    printed = copy.python(
        "-m", "pytest", "-q", "-p", "no:xdist", "-k", KPI,
        "tests/house/test_kpi_shelf.py", "tests/kpis/test_compiles.py",
    )  # fmt: skip
    assert " passed" in printed
    assert "failed" not in printed

"""Every fold case: facts in, derived facts out, in every order that the case asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairlead.engine.conformance.cases import Case, case_files, read_cases
from fairlead.engine.conformance.fold_cases import run_fold_case


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    folder = Path(metafunc.config.getoption("--conformance-dir"))
    if "case" in metafunc.fixturenames:
        files = [file for file in case_files(folder, "folds") if _is_fold(file)]
        cases = [case for file in files for case in read_cases(file)]
        names = [f"{case.file.stem}:{case.line} {case.name}" for case in cases]
        metafunc.parametrize("case", cases, ids=names)


def _is_fold(file: Path) -> bool:
    return bool(read_cases(file)[0].content.get("fold"))


@pytest.mark.row("K01", "K02", "K03", "K09")
def test_case_agrees(case: Case) -> None:
    problems = run_fold_case(case)
    assert not problems, f"{case.file}:{case.line} {case.name}\n" + "\n".join(problems)

"""Every KPI case on the embedded engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairlead.engine.conformance.cases import Case, case_files, read_cases
from fairlead.engine.conformance.kpi_cases import run_kpi_case
from fairlead.store.session import DuckSession


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    folder = Path(metafunc.config.getoption("--conformance-dir"))
    files = [*case_files(folder, "kpis")]
    cases = [case for file in files for case in read_cases(file)]
    metafunc.parametrize("case", cases, ids=[f"{c.file.stem}:{c.line} {c.name}" for c in cases])


@pytest.mark.engine("duckdb")
def test_case_agrees_on_duckdb(case: Case) -> None:
    problems = run_kpi_case(case, lambda tables, as_of: DuckSession(tables=tables, as_of=as_of))
    assert not problems, f"{case.file}:{case.line} {case.name}\n" + "\n".join(problems)

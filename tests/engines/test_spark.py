"""The same expressions on a real Spark cluster, against the tables that the cases expect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fairlead.engine.conformance.cases import Case, case_files, read_cases
from fairlead.engine.conformance.kpi_cases import run_kpi_case
from fairlead.store.spark_session import SparkSessionOfFacts

pytestmark = [pytest.mark.spark, pytest.mark.engine("spark"), pytest.mark.xdist_group("spark")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        folder = Path(metafunc.config.getoption("--conformance-dir"))
        cases = [case for file in case_files(folder, "kpis") for case in read_cases(file)]
        metafunc.parametrize("case", cases, ids=[f"{c.file.stem}:{c.line} {c.name}" for c in cases])


def test_two_workers_serve_the_cluster(spark: Any) -> None:
    executors = spark.sparkContext._jsc.sc().getExecutorMemoryStatus().size()
    spark.range(1000).repartition(4).count()
    assert spark.sparkContext.master.startswith("spark://127.0.0.1:")
    assert executors >= 1


def test_case_agrees_on_spark(case: Case, spark: Any) -> None:
    problems = run_kpi_case(
        case, lambda tables, as_of: SparkSessionOfFacts(spark, tables=tables, as_of=as_of)
    )
    assert not problems, f"{case.file}:{case.line} {case.name}\n" + "\n".join(problems)

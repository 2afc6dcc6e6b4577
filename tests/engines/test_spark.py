"""The same expressions on a real Spark cluster: the cases, and one lake beside DuckDB.

All of it stands in one file, since test processes share the work by file and one cluster is enough.
The `_edges` cases, written against mutants of an expression, run on the embedded engine alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fairlead.engine.answer import answer
from fairlead.engine.conformance.cases import Case, case_files, read_cases
from fairlead.engine.conformance.kpi_cases import run_kpi_case
from fairlead.engine.evaluate import KpiRun
from fairlead.engine.session import Session
from fairlead.kernel.window import parse_period
from fairlead.kpis.shelf import Scope, kpis
from fairlead.store.spark_session import SparkSessionOfFacts
from tests.demo.small_acme import NOW, SmallAcme, make_small_acme

pytestmark = [pytest.mark.spark, pytest.mark.engine("spark")]


def spark_files(folder: Path) -> list[Path]:
    return [file for file in case_files(folder, "kpis") if not file.stem.endswith("_edges")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        folder = Path(metafunc.config.getoption("--conformance-dir"))
        cases = [case for file in spark_files(folder) for case in read_cases(file)]
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


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> SmallAcme:
    return make_small_acme(tmp_path_factory.mktemp("acme"), has_noise=True)


def numbers(session: Session, acme: SmallAcme, kpi_id: str) -> dict[str, tuple[Any, ...]]:
    window = parse_period("2026-10", "Europe/Berlin", NOW)
    run = KpiRun(session, acme.context.model, kpis()[kpi_id], Scope(window, NOW))
    return {
        str(measure.key.get("team_id")): (
            measure.numerator,
            measure.denominator,
            measure.n,
            measure.value,
            measure.details.get("p90"),
            dict(measure.excluded),
        )
        for measure in answer(run, ("team_id",))
    }


@pytest.mark.parametrize("kpi_id", sorted(kpis()))
def test_engines_agree_on_the_same_lake(kpi_id: str, acme: SmallAcme, spark: Any) -> None:
    lake = acme.context.lake
    with acme.context.session(NOW) as embedded:
        ours = numbers(embedded, acme, kpi_id)
    with SparkSessionOfFacts(spark, lake, as_of=NOW) as distributed:
        theirs = numbers(distributed, acme, kpi_id)
    assert theirs.keys() == ours.keys()
    for team, (*figures, excluded) in ours.items():
        *distributed_figures, distributed_excluded = theirs[team]
        assert distributed_figures == pytest.approx(figures), team
        assert distributed_excluded == excluded, team


def test_as_of_rule_is_the_same_on_both_engines(acme: SmallAcme, spark: Any) -> None:
    lake: Any = acme.context.lake
    with (
        SparkSessionOfFacts(spark, lake, as_of=NOW) as distributed,
        acme.context.session(NOW) as embedded,
    ):
        for name in ("deployments", "changes", "incidents", "pipeline_runs"):
            ours = {row["fact_id"] for row in embedded.rows(name)}
            theirs = {row["fact_id"] for row in distributed.rows(name)}
            assert theirs == ours, name
            assert ours, name


def test_lake_needs_no_extra_jar(acme: SmallAcme, spark: Any) -> None:
    files = acme.context.lake.files("deployments")
    assert all(Path(file).suffix == ".parquet" for file in files)
    assert spark.read.parquet(*files).count() > 0

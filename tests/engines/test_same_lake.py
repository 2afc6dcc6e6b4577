"""One lake, two engines: a real Spark cluster and the embedded engine give equal numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fairlead.engine.answer import answer
from fairlead.engine.bound import Session
from fairlead.engine.evaluate import KpiRun
from fairlead.kernel.window import parse_period
from fairlead.kpis.shelf import Scope, kpis
from fairlead.store.spark_session import SparkSessionOfFacts
from tests.demo.small_acme import NOW, SmallAcme, make_small_acme

pytestmark = [pytest.mark.spark, pytest.mark.engine("spark"), pytest.mark.xdist_group("spark")]


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
    distributed = SparkSessionOfFacts(spark, lake, as_of=NOW)
    theirs = numbers(distributed, acme, kpi_id)
    assert theirs.keys() == ours.keys()
    for team, (*figures, excluded) in ours.items():
        *distributed_figures, distributed_excluded = theirs[team]
        assert distributed_figures == pytest.approx(figures), team
        assert distributed_excluded == excluded, team


def test_as_of_rule_is_the_same_on_both_engines(acme: SmallAcme, spark: Any) -> None:
    lake: Any = acme.context.lake
    distributed = SparkSessionOfFacts(spark, lake, as_of=NOW)
    with acme.context.session(NOW) as embedded:
        for name in ("deployments", "changes", "incidents", "pipeline_runs"):
            ours = {row["fact_id"] for row in embedded.rows(name)}
            theirs = {row["fact_id"] for row in distributed.rows(name)}
            assert theirs == ours, name
            assert ours, name


def test_lake_needs_no_extra_jar(acme: SmallAcme, spark: Any) -> None:
    files = acme.context.lake.files("deployments")
    assert all(Path(file).suffix == ".parquet" for file in files)
    assert spark.read.parquet(*files).count() > 0

"""The hand-written SQL and the KPI expressions give the same numbers over a generated lake."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import duckdb
import pytest
from bench.agreement import assert_equal
from bench.panel_sql import KEYS, RECORDS, Panel, ask, prepare, reads
from bench.volume import EPOCH, VERSIONED, Volume

from fairlead.engine.bound import BoundFacts
from fairlead.engine.evaluate import KpiRun
from fairlead.kernel.window import Window
from fairlead.kpis.shelf import Scope, kpis
from fairlead.opmodel.model import Model
from fairlead.store.lake import Lake
from fairlead.store.session import DuckSession

WINDOW = Window(EPOCH + timedelta(days=20), EPOCH + timedelta(days=85))
AS_OF = EPOCH + timedelta(days=80)
RUNS = 4_000


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, Model]:
    volume = Volume(services=12, months=3, runs=RUNS, deployments=2_000, incidents=600)
    return volume.write(tmp_path_factory.mktemp("bench") / "lake"), volume.model()


@pytest.fixture(scope="module")
def session(filled: tuple[Lake, Model]) -> Iterator[DuckSession]:
    with DuckSession(filled[0]) as opened:
        yield opened


@pytest.mark.parametrize("kpi_id", list(RECORDS))
def test_each_kpi_equals_its_panel_by_every_grain(
    kpi_id: str, filled: tuple[Lake, Model], session: DuckSession
) -> None:
    lake, model = filled
    facts = BoundFacts(session, model)
    run = KpiRun(session, model, kpis()[kpi_id], Scope(WINDOW, AS_OF), facts=facts)
    with duckdb.connect() as database:
        prepare(database, lake, model, reads([kpi_id]), kept=True)
        for grain in KEYS:
            panel = Panel(kpi_id, grain, WINDOW, AS_OF)
            assert_equal(panel, ask(database, panel), run.measures([grain] if grain else [])[0])


def test_generated_lake_holds_earlier_versions_that_no_reader_sees(
    filled: tuple[Lake, Model], session: DuckSession
) -> None:
    stored = next(row["rows"] for row in filled[0].sizes() if row["fact"] == "pipeline_runs")
    assert RUNS < stored < RUNS * (1 + 3 * VERSIONED)
    rows = session.rows("pipeline_runs")
    assert len(rows) == RUNS
    assert all(row["finished_at"] is not None for row in rows)

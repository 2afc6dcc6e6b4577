"""KPI expressions through ibis against the same questions in hand-written DuckDB SQL.

K03 (change failure rate) and K11 (pipeline success rate) of 500 services in one quarter, over a
lake of two years with 1 M runs and 300 k deployments. Ours: a cold session, the KPI's records, and
the figures with their exclusions by service. The alternative: a cold connection and one query over
the same Parquet files that picks the current versions itself. Both answers must be equal in every
key, count and value; both run in turns after one call that loads modules and compiles the shapes
that a process keeps, and the least time of each counts.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import duckdb

from bench.agreement import assert_equal
from bench.figure import Figure, apart, peak_mebibytes, run_alone, sized, timed
from bench.panel_sql import Cell, Panel, ask, prepare, reads
from bench.volume import EPOCH, Volume, write_lake
from fairlead.engine.evaluate import KpiRun
from fairlead.kernel.measure import Measure
from fairlead.kernel.window import Window
from fairlead.kpis.shelf import Scope, kpis
from fairlead.opmodel.model import Model
from fairlead.store.lake import Lake
from fairlead.store.session import DuckSession

SERVICES, MONTHS, RUNS, DEPLOYMENTS = 500, 24, 1_000_000, 300_000
KPI_IDS = {"change_failure_rate": "K03", "pipeline_success_rate": "K11"}
TURNS = 5
TARGET_RATIO = 1.3


def sizes(scale: float) -> dict[str, int]:
    """The sizes of the lake."""
    return {
        "services": SERVICES,
        "months": MONTHS,
        "runs": sized(RUNS, scale),
        "deployments": sized(DEPLOYMENTS, scale),
        "incidents": 1,
    }


def ours(lake: Lake, model: Model, panel: Panel) -> Sequence[Measure]:
    """The measures of a panel in a cold session."""
    with DuckSession(lake) as session:
        scope = Scope(panel.window, panel.as_of)
        run = KpiRun(session, model, kpis()[panel.kpi_id], scope, split_by=())
        return run.measures([panel.grain])[0]


def by_hand(lake: Lake, model: Model, panel: Panel) -> Mapping[str, Cell]:
    """The cells of a panel by its SQL on a cold connection."""
    with duckdb.connect() as database:
        prepare(database, lake, model, reads([panel.kpi_id]), kept=False)
        return ask(database, panel)


def times(root: Path, scale: float, kpi_id: str) -> tuple[float, float, float]:
    """Seconds of ours and of the SQL, each the least of some turns, and our peak memory."""
    lake, model = Lake(root), Volume(**sizes(scale)).model()
    window = Window(EPOCH + timedelta(days=540), EPOCH + timedelta(days=630))
    panel = Panel(kpi_id, "service_id", window, EPOCH + timedelta(days=720))
    ours(lake, model, panel)
    mine, theirs = [], []
    for _ in range(TURNS):
        seconds, measures = timed(lambda: ours(lake, model, panel))
        mine.append(seconds)
        peak = peak_mebibytes()
        seconds, cells = timed(lambda: by_hand(lake, model, panel))
        theirs.append(seconds)
        assert_equal(panel, cells, measures)
    return min(mine), min(theirs), peak


def measure(scale: float = 1.0) -> list[Figure]:
    """One figure for each KPI."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        whole, half = Path(folder) / "whole", Path(folder) / "half"
        apart(write_lake, whole, sizes(scale))
        apart(write_lake, half, sizes(scale / 2))
        for kpi_id, requirement in KPI_IDS.items():
            seconds, by_sql, peak = apart(times, whole, scale, kpi_id)
            halved, _, _ = apart(times, half, scale / 2, kpi_id)
            found.append(
                Figure(
                    work=f"{requirement} by service through ibis, {sizes(scale)['runs']:,} runs",
                    seconds=seconds,
                    alternative="the same question in hand-written DuckDB SQL",
                    alternative_seconds=by_sql,
                    target=f"at most {TARGET_RATIO} times the alternative",
                    is_met=seconds <= TARGET_RATIO * by_sql,
                    growth=seconds / halved,
                    peak_mebibytes=peak,
                )
            )
    return found


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    return run_alone(measure)


if __name__ == "__main__":
    sys.exit(main())

"""The full scorecard of 300 services over 24 months: 3 M runs, 500 k deployments, 200 k incidents.

Ours: a cold session in a fresh process makes all 26 lines with companions, monthly trends,
baselines, intervals, data quality, and parts by team, tier and service. The alternative is what
dashboards do for the seven main lines alone: current rows are kept in tables (making those counts),
then one hand-written SQL query runs for each panel, that is per KPI and month for the trend, and
per KPI and grain for the window and its baseline. A sample of the panels is run and scaled; every
sampled answer must equal ours.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from bench.agreement import TOLERANCE, assert_equal
from bench.figure import Figure, apart, peak_mebibytes, run_alone, sized, timed
from bench.panel_sql import KEYS, RECORDS, Cell, Panel, ask, prepare, reads
from bench.volume import EPOCH, Volume, write_lake
from fairlead.engine.scorecard import Question, ScorecardReader
from fairlead.engine.trends import trend_window
from fairlead.kernel.measure import KpiCard, Measure, Scorecard
from fairlead.kernel.window import Window
from fairlead.opmodel.model import Model
from fairlead.store.lake import Lake
from fairlead.store.session import DuckSession

SERVICES, MONTHS, RUNS, DEPLOYMENTS, INCIDENTS = 300, 24, 3_000_000, 500_000, 200_000
WINDOW = Window(EPOCH, datetime(2027, 1, 1, tzinfo=UTC))
SHARE = 8
TARGET_SECONDS, TARGET_MEBIBYTES = 10.0, 4096.0
GRAIN_NAMES = {"service_id": "service", "team_id": "team", "tier": "tier"}


@dataclass(frozen=True)
class Outcome:
    """Seconds of ours and of the scaled alternative, our peak memory, lines with a value."""

    seconds: float
    alternative_seconds: float
    peak: float
    panel_count: int
    line_count: int


def sizes(scale: float) -> dict[str, int]:
    """The sizes of the lake."""
    return {
        "services": SERVICES,
        "months": MONTHS,
        "runs": sized(RUNS, scale),
        "deployments": sized(DEPLOYMENTS, scale),
        "incidents": sized(INCIDENTS, scale),
    }


def question() -> Question:
    """What `fairlead scorecard` asks for a window of two years."""
    return Question(window=WINDOW, as_of=WINDOW.end, step="month")


def ours(root: Path, model: Model) -> Scorecard:
    """The scorecard from a cold session."""
    with DuckSession(Lake(root)) as session:
        return ScorecardReader(session, model).scorecard(question())


def panels() -> list[Panel]:
    """What a dashboard shows of the same: trends of the whole, and each grain now and before."""
    months = trend_window(WINDOW, "month").periods("month")
    found = []
    for kpi_id in RECORDS:
        found += [Panel(kpi_id, "", month, WINDOW.end) for month in months]
        for grain in KEYS:
            found.append(Panel(kpi_id, grain, WINDOW, WINDOW.end))
            found.append(Panel(kpi_id, grain, WINDOW.previous(), WINDOW.end))
    return found


def alternative(root: Path, model: Model, card: Scorecard) -> float:
    """Seconds of all panels, from a sample; what our scorecard shows of it must be equal."""
    asked, spent = panels(), 0.0
    cards = {line.kpi_id: line for line in card.cards}
    sample = random.Random(3).sample(asked, len(asked) // SHARE)
    with duckdb.connect() as database:
        making, _ = timed(
            lambda: prepare(database, Lake(root), model, reads(list(RECORDS)), kept=True)
        )
        for panel in sample:
            seconds, cells = timed(lambda: ask(database, panel))  # noqa: B023 - called at once
            spent += seconds
            if panel.window == WINDOW:
                assert_equal(panel, cells, _shown(cards[panel.kpi_id], panel))
            elif not panel.grain:
                _assert_point(cells.get(""), cards[panel.kpi_id], panel.window)
    return making + spent * len(asked) / len(sample)


def _shown(card: KpiCard, panel: Panel) -> Sequence[Measure]:
    """The measures of a card that a panel speaks of."""
    if panel.grain:
        return card.parts[GRAIN_NAMES[panel.grain]]
    assert card.measure is not None, card.missing_reason
    return [card.measure]


def _assert_point(cell: Cell | None, card: KpiCard, month: Window) -> None:
    """The trend's point of a month shows what the panel shows; other windows have no point."""
    points = [point for point in card.trend.points if point.window == month] if card.trend else []
    for point in points:
        assert point.n == (cell.n if cell else 0), (card.kpi_id, month, point, cell)
        if cell and cell.value is not None:
            assert point.value is not None, (card.kpi_id, month)
            assert abs(point.value - cell.value) <= TOLERANCE * max(1.0, abs(cell.value))


def both(root: Path, scale: float) -> Outcome:
    """Ours, cold, then the alternative; in a process of its own."""
    model = Volume(**sizes(scale)).model()
    seconds, card = timed(lambda: ours(root, model))
    peak = peak_mebibytes()
    lines = [entry for line in card.cards for entry in (line, *line.companions)]
    return Outcome(
        seconds,
        alternative(root, model, card),
        peak,
        len(panels()),
        sum(line.measure is not None and line.measure.value is not None for line in lines),
    )


def ours_only(root: Path, scale: float) -> float:
    """Seconds of ours, cold."""
    model = Volume(**sizes(scale)).model()
    return timed(lambda: ours(root, model))[0]


def measure(scale: float = 1.0) -> list[Figure]:
    """One figure; each of the cold runs has a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        whole, half = Path(folder) / "whole", Path(folder) / "half"
        apart(write_lake, whole, sizes(scale))
        apart(write_lake, half, sizes(scale / 2))
        first = apart(both, whole, scale)
        seconds = min(first.seconds, apart(ours_only, whole, scale))
        halved = min(apart(ours_only, half, scale / 2) for _ in range(2))
    return [
        Figure(
            work=f"full scorecard of {SERVICES} services over {MONTHS} months, "
            f"{sizes(scale)['runs']:,} runs",
            seconds=seconds,
            alternative=f"one SQL query per panel for the seven main lines alone, "
            f"{first.panel_count} panels; one in {SHARE}, scaled",
            alternative_seconds=first.alternative_seconds,
            target=f"under {TARGET_SECONDS:.0f} s and 4 GiB",
            is_met=seconds < TARGET_SECONDS and first.peak < TARGET_MEBIBYTES,
            growth=seconds / halved,
            peak_mebibytes=first.peak,
            note=f"{first.line_count} lines and companions have a value",
        )
    ]


def main() -> int:
    """Measure and print; 1 when the target is missed."""
    return run_alone(measure)


if __name__ == "__main__":
    sys.exit(main())

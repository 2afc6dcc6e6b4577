"""K01, K02, K03, K11 and K12 of 500 services in each of 13 weeks, over 1 M runs.

Ours: a cold session in a fresh process, modules loaded, answers all five KPIs by service for all
weeks, without their dimensions; what several KPIs need is computed once. The alternative: the same
questions as dashboards hold them, one SQL query per KPI and week over the same Parquet files
without anything shared; a sample of the weeks is run and scaled. The sampled answers must equal
ours in every key, count and value.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb

from bench.agreement import assert_equal
from bench.figure import Figure, apart, peak_mebibytes, run_alone, sized, timed
from bench.panel_sql import Panel, ask, prepare, reads
from bench.volume import EPOCH, Volume, write_lake
from fairlead.engine.bound import BoundFacts
from fairlead.engine.evaluate import KpiRun
from fairlead.kernel.measure import Measure
from fairlead.kernel.window import Window
from fairlead.kpis.shelf import Scope, kpis
from fairlead.opmodel.model import Model
from fairlead.store.lake import Lake
from fairlead.store.session import DuckSession

SERVICES, MONTHS, RUNS, DEPLOYMENTS = 500, 3, 1_000_000, 200_000
WEEKS, SAMPLED_WEEKS = 13, 2
KPI_IDS = (
    "deployment_frequency",
    "lead_time_for_changes",
    "change_failure_rate",
    "pipeline_success_rate",
    "build_test_duration",
)
AS_OF = EPOCH + timedelta(weeks=WEEKS)
TARGET_SECONDS = 2.0
Answers = Mapping[str, Sequence[Sequence[Measure]]]


@dataclass(frozen=True)
class Outcome:
    """Seconds of ours and of the scaled alternative, and our peak memory."""

    seconds: float
    alternative_seconds: float
    peak: float


def sizes(scale: float) -> dict[str, int]:
    """The sizes of the lake."""
    return {
        "services": SERVICES,
        "months": MONTHS,
        "runs": sized(RUNS, scale),
        "deployments": sized(DEPLOYMENTS, scale),
        "incidents": 1,
    }


def weeks() -> list[Window]:
    """The weeks, one after the other."""
    starts = [EPOCH + timedelta(weeks=number) for number in range(WEEKS)]
    return [Window(start, start + timedelta(weeks=1)) for start in starts]


def ours(root: Path, model: Model) -> Answers:
    """By KPI and week the measures of every service, from one cold session."""
    with DuckSession(Lake(root)) as session:
        facts = BoundFacts(session, model)
        scope = Scope(Window(EPOCH, AS_OF), AS_OF)
        return {
            kpi_id: KpiRun(
                session, model, kpis()[kpi_id], scope, facts=facts, split_by=()
            ).measures(["service_id"], weeks())
            for kpi_id in KPI_IDS
        }


def alternative(root: Path, model: Model, answers: Answers) -> float:
    """Seconds of one query per KPI and week, from a sample of the weeks; answers are compared."""
    spent = 0.0
    for week in random.Random(5).sample(range(WEEKS), SAMPLED_WEEKS):
        for kpi_id in KPI_IDS:
            panel = Panel(kpi_id, "service_id", weeks()[week], AS_OF)
            with duckdb.connect() as database:
                prepare(database, Lake(root), model, reads([kpi_id]), kept=False)
                seconds, cells = timed(lambda: ask(database, panel))  # noqa: B023 - called at once
            spent += seconds
            assert_equal(panel, cells, answers[kpi_id][week])
    return spent * WEEKS / SAMPLED_WEEKS


def both(root: Path, scale: float) -> Outcome:
    """Ours, cold, then the alternative; in a process of its own."""
    model = Volume(**sizes(scale)).model()
    seconds, answers = timed(lambda: ours(root, model))
    peak = peak_mebibytes()
    return Outcome(seconds, alternative(root, model, answers), peak)


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
        seconds = min(first.seconds, *(apart(ours_only, whole, scale) for _ in range(2)))
        halved = min(apart(ours_only, half, scale / 2) for _ in range(3))
    return [
        Figure(
            work=f"K01, K02, K03, K11, K12 of {SERVICES} services in {WEEKS} weeks, "
            f"{sizes(scale)['runs']:,} runs, cold",
            seconds=seconds,
            alternative=f"one SQL query per KPI and week, nothing shared; {SAMPLED_WEEKS} of "
            f"{WEEKS} weeks, scaled",
            alternative_seconds=first.alternative_seconds,
            target=f"under {TARGET_SECONDS:.0f} s",
            is_met=seconds < TARGET_SECONDS,
            growth=seconds / halved,
            peak_mebibytes=first.peak,
        )
    ]


def main() -> int:
    """Measure and print; 1 when the target is missed."""
    return run_alone(measure)


if __name__ == "__main__":
    sys.exit(main())

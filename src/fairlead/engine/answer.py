"""Answer a question about one KPI: measures of a grain with true zeros and weekly figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fairlead.engine.coverage import Coverage
from fairlead.engine.evaluate import KpiRun
from fairlead.engine.peer_statistics import with_active_days, with_service_means
from fairlead.engine.rates import with_true_zeros, with_weekly_median
from fairlead.kernel.measure import Measure
from fairlead.kernel.window import Window


def answer(run: KpiRun, by: Sequence[str], window: Window | None = None) -> list[Measure]:
    """The measures of one window (that of the run by default), one per key of the columns `by`."""
    return answers_over(run, by, [window or run.scope.window], weekly=True)[0]


def answers_over(
    run: KpiRun, by: Sequence[str], windows: Sequence[Window], *, weekly: bool = False
) -> list[list[Measure]]:
    """The measures of each of several windows, with true zeros; `weekly` adds weekly medians
    to the first window's."""
    found = run.measures(by, windows, explained=1 if weekly else None) if windows else []
    if run.kpi.statistic == "mean_of_service_means":
        return with_service_means(run, by, windows, found)
    if not found:
        return found
    if run.kpi.form != "rate":
        return [_with_silence(run, measures) for measures in found]
    coverage = coverage_for(run)
    found = [with_true_zeros(run, measures, coverage) for measures in found]
    if run.kpi.statistic.endswith("active_days_per_week"):
        return [
            with_active_days(run, measures, by, coverage, window)
            for measures, window in zip(found, windows, strict=True)
        ]
    if weekly:
        found[0] = with_weekly_median(run, found[0], by, coverage, windows[0])
    return found


def _with_silence(run: KpiRun, measures: Sequence[Measure]) -> list[Measure]:
    """Measures without any record say `source_silent` when a source is told to have been so."""
    if all(measure.value is not None or measure.excluded for measure in measures):
        return list(measures)
    coverage = run.facts.coverage(run.kpi.reads[0])
    if not coverage.is_told:
        return list(measures)
    return [
        replace(measure, reason="source_silent")
        if measure.value is None and not measure.excluded and coverage.silent(measure.window)
        else measure
        for measure in measures
    ]


def coverage_for(run: KpiRun) -> Coverage:
    """The coverage of the fact type that makes a zero of this KPI true; none when it names none."""
    if not run.kpi.needs_coverage:
        return Coverage({})
    return run.facts.coverage(run.kpi.needs_coverage[0])

"""What a rate needs besides its count: true zeros, and the median of complete weeks.

A period without records is 0 only where its source was alive throughout; a week inside a silence
is left out with a warning (delivery.md 4.1, 4.8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fairlead.engine.coverage import Coverage
from fairlead.engine.evaluate import KpiRun
from fairlead.kernel.measure import Measure
from fairlead.kernel.window import Window
from fairlead.methods.intervals import poisson, quantile


def with_true_zeros(run: KpiRun, measures: Sequence[Measure], coverage: Coverage) -> list[Measure]:
    """Measures without a value become 0 where the source was alive, else say which was silent."""
    return [_zero_or_reason(run, measure, coverage) for measure in measures]


def _zero_or_reason(run: KpiRun, measure: Measure, coverage: Coverage) -> Measure:
    silent = coverage.silent(measure.window, measure.key.get("service_id"))
    if measure.value is not None:
        warnings = [f"source_silent: {source}" for source in silent]
        return replace(measure, warnings=[*measure.warnings, *warnings]) if warnings else measure
    if not coverage.by_source and not coverage.is_told:
        return measure
    if silent or not coverage.by_source:
        return replace(measure, reason="source_silent")
    low, high = poisson(0)
    scale = run.kpi.per_days / measure.window.days
    return replace(measure, value=0.0, reason=None, n=0, low=low * scale, high=high * scale)


def with_weekly_median(
    run: KpiRun,
    measures: Sequence[Measure],
    by: Sequence[str],
    coverage: Coverage,
    window: Window,
) -> list[Measure]:
    """Measures with `weekly_median`: the median count of complete local weeks that were covered."""
    weeks = window.periods("week")
    counts = run.counts(by, weeks) if weeks else {}
    found = []
    for measure in measures:
        key = tuple(measure.key.get(column) for column in by)
        values = [
            float(counts.get((index, *key), 0))
            for index, week in enumerate(weeks)
            if coverage.is_alive(week, measure.key.get("service_id"))
        ]
        details = {
            **measure.details,
            "weekly_median": quantile(values, 0.5),
            "complete_weeks_count": float(len(values)),
        }
        found.append(replace(measure, details=details))
    return found

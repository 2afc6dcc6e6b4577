"""Statistics that only other tools use: medians of active days a week, means of service means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fairlead.engine.coverage import Coverage
from fairlead.engine.evaluate import KpiRun
from fairlead.kernel.measure import Measure
from fairlead.kernel.window import Window
from fairlead.methods.intervals import quantile


def with_active_days(
    run: KpiRun, measures: Sequence[Measure], by: Sequence[str], coverage: Coverage, window: Window
) -> list[Measure]:
    """The median (or lower median) of days with a record in the complete, covered local weeks."""
    weeks = window.periods("week")
    days = run.active_days(by, weeks) if weeks else {}
    found = []
    for measure in measures:
        key = tuple(measure.key.get(column) for column in by)
        values = sorted(
            float(days.get((index, *key), 0))
            for index, week in enumerate(weeks)
            if not coverage.by_source or coverage.is_alive(week, measure.key.get("service_id"))
        )
        value = quantile(values, 0.5)
        if values and run.kpi.statistic.startswith("lower_"):
            value = values[(len(values) - 1) // 2]
        reason = None if value is not None else measure.reason or "no_complete_week"
        found.append(replace(measure, value=value, reason=reason, low=None, high=None))
    return found


def with_service_means(
    run: KpiRun, by: Sequence[str], windows: Sequence[Window], found: Sequence[Sequence[Measure]]
) -> list[list[Measure]]:
    """The unweighted mean of the means of the services of each key."""
    fine = run.measures(list(dict.fromkeys([*by, "service_id"])), windows)
    result = []
    for measures, parts in zip(found, fine, strict=True):
        means: dict[tuple[Any, ...], list[float]] = defaultdict(list)
        for part in parts:
            mean = part.details.get("mean")
            if mean is not None:
                means[tuple(part.key.get(column) for column in by)].append(mean)
        result.append([_mean_of(measure, means, by) for measure in measures])
    return result


def _mean_of(
    measure: Measure, means: dict[tuple[Any, ...], list[float]], by: Sequence[str]
) -> Measure:
    values = means[tuple(measure.key.get(column) for column in by)]
    value = sum(values) / len(values) if values else None
    return replace(measure, value=value, low=None, high=None, interval_reason="not_computed")

"""A measure against an earlier one: the previous window, or the baseline that its target names.

Where a KPI names `mix_by`, the improvement is taken at equal mix: 1 - sum(n_p * mean_now) /
sum(n_p * mean_base) over the parts present in both, n_p being the present counts (delivery 4.13).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from fairlead.engine.evaluate import KpiRun
from fairlead.engine.targets import target_for
from fairlead.kernel.measure import Measure
from fairlead.kernel.window import Window, parse_period
from fairlead.methods.comparison import DISTINGUISHABLE, two_counts, two_shares
from fairlead.opmodel.model import Model

TESTED_KEYS = 100


def base_window(
    model: Model, kpi_id: str, key: Mapping[str, str | None], window: Window, as_of: datetime
) -> Window:
    """The baseline that the target of a key names, else the window before the asked one."""
    target = target_for(model, kpi_id, key)
    if target and target.baseline_label:
        return parse_period(target.baseline_label, window.zone_name, as_of)
    return window.previous()


def with_baseline(
    run: KpiRun, measures: Sequence[Measure], earlier: Sequence[Measure], by: Sequence[str]
) -> list[Measure]:
    """Measures with the value of, and the improvement against, the same keys in `earlier`."""
    if not earlier:
        return list(measures)
    base = earlier[0].window
    before = {_key(m, by): m for m in earlier}
    mixes = _mix(run, by, measures[0].window, base) if run.kpi.mix_by and measures else {}
    found = []
    for measure in measures:
        key = _key(measure, by)
        old = before.get(key)
        if old is None or old.value is None:
            found.append(measure)
            continue
        improvement = mixes.get(key, _improvement(run, measure, old))
        compared = _compared(run, measure, old) if len(measures) <= TESTED_KEYS else {}
        details = {**measure.details, **compared}
        found.append(
            replace(
                measure,
                baseline_value=old.value,
                improvement_ratio=improvement,
                details=details,
            )
        )
    return found


def _key(measure: Measure, by: Sequence[str]) -> tuple[str | None, ...]:
    return tuple(measure.key.get(column) for column in by)


def _improvement(run: KpiRun, now: Measure, old: Measure) -> float | None:
    """The share by which the value moved in the good direction; None from a baseline of 0."""
    if now.value is None or not old.value:
        return None
    change = now.value / old.value - 1
    return -change if run.kpi.direction == "down" else change


def _compared(run: KpiRun, now: Measure, old: Measure) -> dict[str, float | None]:
    """The p value of the change where the form has an exact test, and whether it is told apart."""
    p: float | None = None
    if run.kpi.form == "ratio" and now.denominator and old.denominator:
        if (now.numerator or 0) <= now.denominator and (old.numerator or 0) <= old.denominator:
            p = two_shares(
                int(old.numerator or 0), int(old.denominator),
                int(now.numerator or 0), int(now.denominator),
            )  # fmt: skip
    elif run.kpi.form == "rate":
        p = two_counts(old.n, old.window.days, now.n, now.window.days)
    if p is None:
        return {}
    return {"change_p_value": p, "is_distinguishable": float(p < DISTINGUISHABLE)}


def _mix(
    run: KpiRun, by: Sequence[str], now: Window, base: Window
) -> dict[tuple[str | None, ...], float]:
    mix_by = run.kpi.mix_by
    assert mix_by is not None  # the caller asks only then
    parts = [*by, mix_by]
    found = run.means(parts, [now, base])
    sums: dict[tuple[str | None, ...], tuple[float, float]] = {}
    for (index, *key), (n, mean) in found.items():
        earlier = found.get((1, *key))
        if index == 0 and earlier is not None:
            spent, would = sums.get(tuple(key[:-1]), (0.0, 0.0))
            sums[tuple(key[:-1])] = (spent + n * mean, would + n * earlier[1])
    return {key: 1 - spent / would for key, (spent, would) in sums.items() if would}

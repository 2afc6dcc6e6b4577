"""From aggregated rows to measures: values, intervals, reasons for absent values, details."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from fairlead.engine.aggregate import QUANTILES
from fairlead.kernel.measure import Measure
from fairlead.kernel.window import Window
from fairlead.kpis.shelf import Kpi, Scope
from fairlead.methods.intervals import (
    MEAN_MINIMUM,
    Z95,
    kaplan_meier_median,
    mean_interval,
    median_interval,
    median_rank,
    poisson,
    wilson,
)

Key = tuple[Any, ...]
# From this size on normal ranks and a normal mean are as good as exact ranks and the bootstrap.
LARGE_SAMPLE, BOOTSTRAP_LIMIT = 1_000, 5_000


class Finisher:
    """Makes the measures of one KPI for several windows and one grain."""

    def __init__(
        self, kpi: Kpi, scope: Scope, windows: Sequence[Window], by: Sequence[str]
    ) -> None:
        self.kpi, self.scope, self.windows, self.by = kpi, scope, windows, tuple(by)

    def measures(
        self,
        rows: Sequence[Mapping[str, Any]],
        left_out: Sequence[Mapping[str, Any]],
        raw: Sequence[Mapping[str, Any]],
    ) -> list[list[Measure]]:
        """One list of measures per window, in order of keys; keys of excluded rows only too."""
        figures = {self._key(row): row for row in rows}
        excluded: dict[Key, dict[str, int]] = defaultdict(dict)
        for row in left_out:
            excluded[self._key(row)][row["excluded_reason"]] = row["rows"]
        values: dict[Key, list[float]] = defaultdict(list)
        ages: dict[Key, list[float]] = defaultdict(list)
        for row in raw:
            if row["excluded_reason"] is None and row["seconds"] is not None:
                values[self._key(row)].append(row["seconds"])
            elif row.get("censored_seconds") is not None:
                ages[self._key(row)].append(row["censored_seconds"])
        keys = set(figures) | set(excluded)
        found: list[list[Measure]] = []
        for index in range(len(self.windows)):
            mine = sorted((k for k in keys if k[0] == index), key=_sortable)
            if not self.by and not mine:
                mine = [(index,)]
            found.append(
                [
                    self._measure(k, figures.get(k), excluded.get(k, {}), values[k], ages[k])
                    for k in mine
                ]
            )
        return found

    def _key(self, row: Mapping[str, Any]) -> Key:
        return (row["period"], *(row[column] for column in self.by))

    def _measure(
        self,
        key: Key,
        row: Mapping[str, Any] | None,
        excluded: Mapping[str, int],
        values: list[float],
        ages: list[float],
    ) -> Measure:
        window = self.windows[key[0]]
        named = dict(zip(self.by, key[1:], strict=True))
        shared: dict[str, Any] = {
            "kpi_id": self.kpi.id,
            "key": named,
            "window": window,
            "as_of": self.scope.as_of,
            "excluded": dict(excluded),
        }
        if self.kpi.form == "ratio":
            return Measure(**shared, **self._share(row or {}, excluded))
        if self.kpi.form == "duration":
            seed = f"{self.kpi.id}|{named}|{window.start.isoformat()}..{window.end.isoformat()}"
            return Measure(**shared, **self._duration(row or {}, excluded, values, ages, seed))
        return Measure(**shared, **self._rate(row or {}, excluded, window))

    def _reason(self, excluded: Mapping[str, int]) -> str:
        """Why there is no value: everything was left out for one reason, or nothing was there."""
        if len(excluded) == 1:
            return f"all_{next(iter(excluded))}"
        return "all_excluded" if excluded else self.kpi.empty_reason

    def _share(self, row: Mapping[str, Any], excluded: Mapping[str, int]) -> dict[str, Any]:
        numerator, denominator = row.get("numerator"), row.get("denominator") or 0.0
        if not denominator:
            return {"value": None, "reason": self._reason(excluded), "n": 0, "denominator": 0.0,
                    "numerator": numerator or 0.0, "interval_reason": "too_few"}  # fmt: skip
        numerator = numerator or 0.0
        bounds = wilson(numerator, denominator) if numerator <= denominator else None
        details: dict[str, float | None] = {}
        for name in ("numerator_low", "numerator_high"):
            if row.get(name) is not None:
                details[f"value_{name.removeprefix('numerator_')}"] = row[name] / denominator
        return {
            "value": numerator / denominator,
            "numerator": numerator,
            "denominator": denominator,
            "n": int(row["n"]),
            "low": bounds[0] if bounds else None,
            "high": bounds[1] if bounds else None,
            "interval_reason": None if bounds else "not_a_share",
            "details": details,
        }

    def _duration(
        self,
        row: Mapping[str, Any],
        excluded: Mapping[str, int],
        values: list[float],
        ages: list[float],
        seed: str,
    ) -> dict[str, Any]:
        n = int(row.get("n") or 0)
        details: dict[str, float | None] = {}
        if ages or self.kpi.shared:
            details["open_count"] = float(excluded.get("open", 0))
            details["km_median_seconds"] = kaplan_meier_median(values, ages)
        if not n:
            return {"value": None, "reason": self._reason(excluded), "n": 0, "details": details,
                    "interval_reason": "too_few"}  # fmt: skip
        details["mean"] = row["mean"]
        details |= dict(zip(QUANTILES, row["quantiles"], strict=True))
        if len(values) == n:
            details["lower_median"] = sorted(values)[(n - 1) // 2]
        elif row.get("lower_median") is not None:
            details["lower_median"] = row["lower_median"]
        statistic = self._statistic()
        low, high, why = self._duration_interval(statistic, row, values, seed)
        return {
            "value": details[statistic],
            "numerator": row["numerator"],
            "denominator": float(n),
            "n": n,
            "low": low,
            "high": high,
            "interval_reason": why,
            "details": details,
        }

    def _statistic(self) -> str:
        chosen = self.scope.settings.get("statistic", self.kpi.statistic)
        if chosen == "mean_of_service_means":
            return "mean"
        return str(chosen)

    def _duration_interval(
        self, statistic: str, row: Mapping[str, Any], values: list[float], seed: str
    ) -> tuple[float | None, float | None, str | None]:
        n, bounds = int(row["n"]), None
        if statistic in ("median", "lower_median"):
            if len(values) == n:
                bounds = median_interval(values) if median_rank(n) else None
            elif n >= LARGE_SAMPLE:
                bounds = row["median_low"], row["median_high"]
        elif statistic == "mean" and n >= MEAN_MINIMUM:
            if len(values) == n <= BOOTSTRAP_LIMIT:
                bounds = mean_interval(sorted(values), seed)
            else:
                reach = Z95 * row["spread"] / n**0.5
                bounds = row["mean"] - reach, row["mean"] + reach
        if bounds is None:
            return None, None, "too_few" if n < MEAN_MINIMUM else "not_computed"
        return bounds[0], bounds[1], None

    def _rate(
        self, row: Mapping[str, Any], excluded: Mapping[str, int], window: Window
    ) -> dict[str, Any]:
        n = int(row.get("n") or 0)
        days, per = window.days, self.kpi.per_days
        details: dict[str, float | None] = {}
        if row.get("active_days_count") is not None:
            details["active_days_count"] = float(row["active_days_count"])
        if row.get("seconds_between_median") is not None:
            details["seconds_between_median"] = row["seconds_between_median"]
        if not n:
            return {"value": None, "reason": self._reason(excluded), "n": 0, "numerator": 0.0,
                    "denominator": days, "details": details}  # fmt: skip
        low, high = poisson(n)
        value = float(n) if self.kpi.statistic == "count" else n / days * per
        return {
            "value": value,
            "numerator": float(n),
            "denominator": days,
            "n": n,
            "low": low / days * per,
            "high": high / days * per,
            "details": details,
        }


def _sortable(key: Key) -> tuple[tuple[bool, str], ...]:
    return tuple((part is None, str(part)) for part in key)

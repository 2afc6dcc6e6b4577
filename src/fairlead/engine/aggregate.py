"""From the records of a KPI to the figures of each grain key, as ibis expressions.

One aggregation per form serves every KPI, so a number is always the sum of the records that are
listed behind it. Quantiles are exact, by rank and linear interpolation, alike on every engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from fairlead.kpis.shelf import Kpi
from fairlead.methods.intervals import Z95

QUANTILES = {"median": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95}
COLLECT_LIMIT = 5_000


def windowed(records: ir.Table, periods: ir.Table) -> ir.Table:
    """Records with the `period` (index) that holds their `event_at`; those in none are dropped.

    What is still open (`censored_seconds`) belongs to every period that ends after it began.

    `periods` has `period`, `period_start`, `period_end` (half open); windows may overlap.
    """
    if "censored_seconds" not in records.columns:
        return _within(records, periods)
    still_open = records.filter(records.censored_seconds.notnull())
    begun = still_open.inner_join(periods, [still_open.event_at < periods.period_end])
    closed = _within(records.filter(records.censored_seconds.isnull()), periods)
    return closed.union(begun.drop("period_start", "period_end"))


def _within(records: ir.Table, periods: ir.Table) -> ir.Table:
    return records.inner_join(
        periods,
        [records.event_at >= periods.period_start, records.event_at < periods.period_end],
    ).drop("period_start", "period_end")


def with_catalog(records: ir.Table, services: ir.Table) -> ir.Table:
    """Records with `team_id` and `tier` as the catalog had them at `event_at`."""
    renamed = services.select(
        catalog_service_id=services.service_id,
        catalog_team_id=services.team_id,
        catalog_tier=services.tier,
        valid_from_at=services.valid_from_at,
        valid_to_at=services.valid_to_at,
    )
    joined = records.left_join(
        renamed,
        [
            records.service_id == renamed.catalog_service_id,
            records.event_at >= renamed.valid_from_at,
            records.event_at < renamed.valid_to_at,
        ],
    )
    return joined.mutate(team_id=joined.catalog_team_id, tier=joined.catalog_tier).drop(
        "catalog_service_id", "catalog_team_id", "catalog_tier", "valid_from_at", "valid_to_at"
    )


def once_per_key(records: ir.Table, keys: Sequence[str]) -> ir.Table:
    """One row per record and key: what is shared by several services counts once above them."""
    window = ibis.window(group_by=[*keys, "record_id"], order_by=["service_id"])
    ranked = records.mutate(copy_rank=ibis.row_number().over(window))
    return ranked.filter(ranked.copy_rank == 0).drop("copy_rank")


def figures(kpi: Kpi, records: ir.Table, keys: Sequence[str]) -> ir.Table:
    """The figures of each key by the KPI's form; without `keys` one row over everything."""
    counted = records.filter(records.excluded_reason.isnull())
    if kpi.form == "ratio":
        return _shares(counted, keys)
    if kpi.form == "duration":
        return _durations(counted, keys)
    return _counts(counted, keys)


def exclusions(records: ir.Table, keys: Sequence[str]) -> ir.Table:
    """How many records each key leaves out, by reason."""
    left_out = records.filter(records.excluded_reason.notnull())
    return left_out.group_by([*keys, "excluded_reason"]).aggregate(rows=left_out.count())


def counts(records: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Counted records of each key."""
    counted = records.filter(records.excluded_reason.isnull())
    return counted.group_by(list(keys)).aggregate(n=counted.count())


def means(records: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Count and mean of the counted durations of each key."""
    timed = records.filter(records.excluded_reason.isnull(), records.seconds.notnull())
    return timed.group_by(list(keys)).aggregate(n=timed.count(), mean=timed.seconds.mean())


def active_days(records: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Local days with a counted record, by key."""
    counted = records.filter(records.excluded_reason.isnull())
    return counted.group_by(list(keys)).aggregate(n=counted.local_day.nunique())


def _aggregate(table: ir.Table, keys: Sequence[str], figures_: dict[str, Any]) -> ir.Table:
    return table.group_by(list(keys)).aggregate(**figures_) if keys else table.aggregate(**figures_)


def _shares(counted: ir.Table, keys: Sequence[str]) -> ir.Table:
    found: dict[str, Any] = {
        "numerator": counted.numerator.sum().cast("float64"),
        "denominator": counted.denominator.sum().cast("float64"),
        "n": counted.denominator.sum().cast("int64"),
    }
    for bound in ("numerator_low", "numerator_high"):
        if bound in counted.columns:
            found[bound] = counted[bound].sum().cast("float64")
    return _aggregate(counted, keys, found)


def _counts(counted: ir.Table, keys: Sequence[str]) -> ir.Table:
    found: dict[str, Any] = {"n": counted.count()}
    if "local_day" in counted.columns:
        found["active_days_count"] = counted.local_day.nunique()
    figures_ = _aggregate(counted, keys, found)
    if "seconds_since_previous" not in counted.columns:
        return figures_
    gaps = counted.filter(counted.seconds_since_previous.notnull())
    middle = _quantiles(
        gaps, keys, gaps.seconds_since_previous, {"seconds_between_median": 0.5}, with_sums=False
    )
    return _beside(figures_, middle, keys)


def _durations(counted: ir.Table, keys: Sequence[str]) -> ir.Table:
    timed = counted.filter(counted.seconds.notnull())
    return _quantiles(timed, keys, timed.seconds, QUANTILES, with_sums=True)


def _quantiles(
    table: ir.Table,
    keys: Sequence[str],
    value: ir.FloatingValue,
    shares: dict[str, float],
    *,
    with_sums: bool,
) -> ir.Table:
    """Exact type-7 quantiles: the two neighbouring ranks, weighted by their distance."""
    everyone = ibis.window(group_by=list(keys)) if keys else ibis.window()
    ordered = (
        ibis.window(group_by=list(keys), order_by=["ranked_value"])
        if keys
        else ibis.window(order_by=["ranked_value"])
    )
    table = table.mutate(ranked_value=value.cast("float64"))
    table = table.mutate(
        value_rank=ibis.row_number().over(ordered).cast("float64"),
        value_count=table.count().over(everyone).cast("float64"),
    )
    found: dict[str, Any] = {}
    for name, share in shares.items():
        place = (table.value_count - 1) * share
        below = place.floor()
        weight = place - below
        at_below = (table.value_rank == below).ifelse(table.ranked_value * (1 - weight), 0.0)
        at_above = (table.value_rank == below + 1).ifelse(table.ranked_value * weight, 0.0)
        found[name] = (at_below + at_above).sum()
    if with_sums:
        lower = (table.value_rank == ((table.value_count - 1) / 2).floor()).ifelse(
            table.ranked_value, 0.0
        )
        found |= {
            "lower_median": lower.sum(),
            "n": table.count(),
            "numerator": table.ranked_value.sum(),
            "mean": table.ranked_value.mean(),
            "spread": table.ranked_value.std(how="sample"),
            **_median_bounds(table),
        }
    return _aggregate(table, keys, found)


def _median_bounds(table: ir.Table) -> dict[str, Any]:
    """The order statistics that hold the median with 95 %, by the normal ranks of large samples."""
    rank = ((table.value_count - Z95 * table.value_count.sqrt()) / 2).floor()
    low = (table.value_rank == rank - 1).ifelse(table.ranked_value, 0.0).sum()
    high = (table.value_rank == table.value_count - rank).ifelse(table.ranked_value, 0.0).sum()
    return {"median_low": low, "median_high": high}


def _beside(left: ir.Table, right: ir.Table, keys: Sequence[str]) -> ir.Table:
    """The columns of two aggregates of the same keys; null keys match null keys."""
    if not keys:
        return left.cross_join(right)
    renamed = right.rename({f"right_{key}": key for key in keys})
    joined = left.left_join(
        renamed,
        [
            left[key].cast("string").fill_null("\x00")
            == renamed[f"right_{key}"].cast("string").fill_null("\x00")
            for key in keys
        ],
    )
    return joined.drop(*(f"right_{key}" for key in keys))


def raw_values(records: ir.Table, keys: Sequence[str]) -> ir.Table:
    """The single durations of each key (closed ones and ages of open ones), for exact intervals."""
    columns = [*keys, "seconds", "excluded_reason"]
    if "censored_seconds" in records.columns:
        columns.append("censored_seconds")
        keep = records.excluded_reason.isnull() | records.censored_seconds.notnull()
        return records.filter(keep).select(*columns)
    return records.filter(records.excluded_reason.isnull()).select(*columns)

"""From the records of a KPI to the figures of each grain key, as ibis expressions.

One aggregation per form serves every KPI, so a number is always the sum of the records that are
listed behind it. What adds up is summed once by slice of time and catalog key (`sums`); what does
not (quantiles, distinct days) is asked per window and key. Quantiles are exact with linear
interpolation (type 7), alike on both engines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from fairlead.methods.intervals import Z95

QUANTILES = {"median": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95}
SUMMED = ("numerator", "denominator", "numerator_low", "numerator_high", "seconds")


def windowed(records: ir.Table, members: ir.Table) -> ir.Table:
    """Sliced records with the `period` of each window that they count in; windows may overlap."""
    joined = _with_openness(records).inner_join(members, ["slice", "is_open"])
    return joined.drop("slice", "is_open")


def _with_openness(records: ir.Table) -> ir.Table:
    """Records with `is_open`, and with their slice as the members of windows write it."""
    is_open = ibis.literal(False)
    if "censored_seconds" in records.columns:
        is_open = records.censored_seconds.notnull()
    return records.mutate(is_open=is_open, slice=records.slice.cast("int64"))


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


def sums(records: ir.Table, keys: Sequence[str]) -> ir.Table:
    """What adds up, of sliced records, by slice, openness, exclusion and `keys`.

    Sums are over every row, whatever its exclusion. `n` is the sum of the denominators; of records
    without one the number of durations, and without those the number of rows.
    """
    rows = _with_openness(records)
    found: dict[str, Any] = {"rows": rows.count()}
    for name in SUMMED:
        if name in rows.columns:
            found[name] = rows[name].sum().cast("float64")
    if "denominator" in rows.columns:
        found["n"] = rows.denominator.sum().cast("int64")
    else:
        found["n"] = rows.seconds.count() if "seconds" in rows.columns else rows.count()
    return rows.group_by(["slice", "is_open", "excluded_reason", *keys]).aggregate(**found)


def active_days(records: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Local days with a counted record, by key."""
    counted = records.filter(records.excluded_reason.isnull())
    return counted.group_by(list(keys)).aggregate(n=counted.local_day.nunique())


def rates(records: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Active days, and the median of the seconds between counted records, by key."""
    counted = records.filter(records.excluded_reason.isnull())
    found: dict[str, Any] = {"active_days_count": counted.local_day.nunique()}
    if "seconds_since_previous" in counted.columns:
        found["seconds_between_median"] = counted.seconds_since_previous.quantile(0.5)
    return counted.group_by(list(keys)).aggregate(**found)


def durations(records: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Count, sum, mean, sample deviation and `quantiles` (in the order of `QUANTILES`) by key."""
    timed = _timed(records)
    return timed.group_by(list(keys)).aggregate(
        n=timed.count(),
        numerator=timed.seconds.sum(),
        mean=timed.seconds.mean(),
        spread=timed.seconds.std(how="sample"),
        quantiles=timed.seconds.quantile(list(QUANTILES.values())),
    )


def ranks(records: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Single ranks around the median by key: `lower_median`, and `median_low` and `median_high`.

    The latter two hold the median with 95 %, by the normal ranks of large samples.
    """
    timed = _timed(records)
    ordered = ibis.window(group_by=list(keys), order_by=["seconds"])
    everyone = ibis.window(group_by=list(keys))
    timed = timed.mutate(
        value_rank=ibis.row_number().over(ordered).cast("float64"),
        value_count=timed.count().over(everyone).cast("float64"),
    )
    rank = ((timed.value_count - Z95 * timed.value_count.sqrt()) / 2).floor()
    wanted = {
        "lower_median": ((timed.value_count - 1) / 2).floor(),
        "median_low": rank - 1,
        "median_high": timed.value_count - rank,
    }
    return timed.group_by(list(keys)).aggregate(
        **{name: timed.seconds.max(where=timed.value_rank == at) for name, at in wanted.items()}
    )


def _timed(records: ir.Table) -> ir.Table:
    return records.filter(records.excluded_reason.isnull(), records.seconds.notnull())


def raw_values(records: ir.Table, keys: Sequence[str]) -> ir.Table:
    """The single durations of each key (closed ones and ages of open ones), for exact intervals."""
    columns = [*keys, "seconds", "excluded_reason"]
    if "censored_seconds" in records.columns:
        columns.append("censored_seconds")
        keep = records.excluded_reason.isnull() | records.censored_seconds.notnull()
        return records.filter(keep).select(*columns)
    return records.filter(records.excluded_reason.isnull()).select(*columns)

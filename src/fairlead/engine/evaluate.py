"""Evaluate a KPI: its records, windowed and grouped, become measures with all that explains them.

`KpiRun` holds the records of one KPI in one session. Every question about it (any grain, any
windows, the records themselves) is answered from those same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from itertools import count
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fairlead.engine.aggregate import (
    active_days,
    counts,
    exclusions,
    figures,
    means,
    once_per_key,
    raw_values,
    windowed,
    with_catalog,
)
from fairlead.engine.bound import BoundFacts, Session
from fairlead.engine.finish import Finisher
from fairlead.kernel.diagnostic import fail
from fairlead.kernel.measure import Measure
from fairlead.kernel.window import Window
from fairlead.kpis.shelf import Kpi, Scope
from fairlead.opmodel.model import Model

GRAINS = {"service": "service_id", "team": "team_id", "tier": "tier"}
FIGURE_COLUMNS = (
    *GRAINS.values(), "event_at", "excluded_reason", "numerator", "denominator", "numerator_low",
    "numerator_high", "seconds", "censored_seconds", "seconds_since_previous", "local_day",
)  # fmt: skip
_RUNS = count(1)
RAW_LIMIT = 20_000
PERIODS_SCHEMA = pa.schema(
    [
        ("period", pa.int64()),
        ("period_start", pa.timestamp("us", tz="UTC")),
        ("period_end", pa.timestamp("us", tz="UTC")),
    ]
)


@dataclass(frozen=True)
class Filter:
    """Which records a question is about: equality of a grain column or dimension."""

    equals: Mapping[str, str] = field(default_factory=dict)

    def apply(self, records: ir.Table) -> ir.Table:
        for column, value in self.equals.items():
            records = records.filter(records[column] == value)
        return records


Rows = list[dict[str, Any]]
SHARE_SUMS = ("numerator", "denominator", "n", "numerator_low", "numerator_high")


def roll_up(rows: Rows, keys: Sequence[str], sums: Sequence[str]) -> Rows:
    """Rows of a finer grain summed to the columns `keys`."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[column] for column in keys)
        total = found.setdefault(key, dict(zip(keys, key, strict=True)))
        for name in sums:
            if row.get(name) is not None:
                total[name] = total.get(name, 0) + row[name]
    return list(found.values())


class KpiRun:
    """One KPI over one span of time in one session."""

    def __init__(
        self,
        session: Session,
        model: Model,
        kpi: Kpi,
        scope: Scope,
        *,
        facts: BoundFacts | None = None,
        only: Filter | None = None,
        split_by: Sequence[str] | None = None,
    ) -> None:
        self.session, self.model, self.kpi, self.scope = session, model, kpi, scope
        self.facts = facts or BoundFacts(session, model)
        self.only = only or Filter()
        self.split_by = kpi.dimensions if split_by is None else tuple(split_by)
        self._sums: dict[tuple[Window, ...], tuple[Rows, Rows]] = {}

    @cached_property
    def expression(self) -> ir.Table:
        """The records of the whole span with catalog columns, as an expression."""
        records = self.kpi.records(self.facts, self.scope)
        window = self.scope.window
        start, end = _literal(window.start), _literal(self._end())
        records = records.filter((records.event_at >= start) & (records.event_at < end))
        if "service_id" not in records.columns:
            records = records.mutate(service_id=ibis.null("string"))
        if self.kpi.form == "rate":
            records = records.mutate(local_day=local_day(records.event_at, window))
        return self.only.apply(with_catalog(records, self.facts.services))

    @cached_property
    def _is_copied(self) -> bool:
        """Whether a record stands once for each value of a column that figures may be split by."""
        splits = {*GRAINS.values(), *self.split_by}
        return self.kpi.shared and bool(splits & set(self.kpi.copied_by))

    @cached_property
    def _records(self) -> ir.Table:
        """The records with the columns that figures need, computed once."""

        def build() -> ir.Table:
            kept = [*FIGURE_COLUMNS, *self.split_by, self.kpi.mix_by]
            if self._is_copied:
                kept.append("record_id")
            table = self.expression
            if self.kpi.shared and not self._is_copied:
                table = once_per_key(table, [])
            return table.select(*(name for name in dict.fromkeys(kept) if name in table.columns))

        name = f"records_{self.kpi.id}_{self.kpi.definition}_{next(_RUNS)}"
        return self.session.materialised(name, build)

    def _end(self) -> datetime:
        window, as_of = self.scope.window, self.scope.as_of
        if as_of is None:
            return window.end
        return min(window.end, max(as_of, window.start))

    def measures(
        self, by: Sequence[str] = (), windows: Sequence[Window] | None = None
    ) -> list[list[Measure]]:
        """For each window the measures of every key of the grain columns `by`."""
        asked = list(windows) if windows is not None else [self.scope.window]
        missing = [column for column in by if column not in self._records.columns]
        if missing:
            raise fail(
                "FL4105",
                f"`{self.kpi.id}` cannot be split by `{missing[0]}`",
                notes=[f"allowed: {', '.join(self.grains())}"],
            )
        finisher = Finisher(self.kpi, self.scope, asked, by)
        keys = ["period", *by]
        if self.kpi.form == "ratio" and not self.kpi.shared and set(by) <= set(GRAINS.values()):
            rows, left_out = self._additive(asked)
            return finisher.measures(
                roll_up(rows, keys, SHARE_SUMS),
                roll_up(left_out, [*keys, "excluded_reason"], ("rows",)),
                [],
            )
        rows = self._ask("figures", keys, asked, partial(figures, self.kpi))
        left_out = self._ask("exclusions", keys, asked, exclusions)
        raw = self._ask("raw", keys, asked, raw_values) if self._needs_raw(rows) else []
        return finisher.measures(rows, left_out, raw)

    def _ask(
        self,
        name: str,
        keys: Sequence[str],
        windows: Sequence[Window],
        aggregate: Callable[[ir.Table, Sequence[str]], ir.Table],
    ) -> Rows:
        """Rows of an aggregation over windowed records; each shape is compiled once per process."""
        is_copied = self._is_copied

        def build(records: ir.Table, periods: ir.Table) -> ir.Table:
            table = windowed(records, periods)
            return aggregate(once_per_key(table, keys) if is_copied else table, keys)

        shape = (name, self.kpi.form, tuple(keys), is_copied)
        table = self.session.run_shape(shape, build, self._records, self._periods(windows))
        return table.to_pylist()  # type: ignore[no-any-return]

    def _additive(self, windows: Sequence[Window]) -> tuple[Rows, Rows]:
        """Figures and exclusions by service, team and tier: what every coarser grain sums up."""
        key = tuple(windows)
        if key not in self._sums:
            keys = ["period", *GRAINS.values()]
            self._sums[key] = (
                self._ask("figures", keys, windows, partial(figures, self.kpi)),
                self._ask("exclusions", keys, windows, exclusions),
            )
        return self._sums[key]

    def means(
        self, by: Sequence[str], windows: Sequence[Window]
    ) -> dict[tuple[Any, ...], tuple[int, float]]:
        """Count and mean of the durations by (window index, key...), without anything else."""
        keys = ["period", *by]
        rows = self._ask("means", keys, windows, means)
        return {tuple(row[k] for k in keys): (row["n"], row["mean"]) for row in rows}

    def counts(self, by: Sequence[str], windows: Sequence[Window]) -> dict[tuple[Any, ...], int]:
        """Counted records by (window index, key...), without anything else."""
        keys = ["period", *by]
        rows = self._ask("counts", keys, windows, counts)
        return {tuple(row[k] for k in keys): row["n"] for row in rows}

    def active_days(
        self, by: Sequence[str], windows: Sequence[Window]
    ) -> dict[tuple[Any, ...], int]:
        """Local days with a counted record by (window index, key...)."""
        keys = ["period", *by]
        rows = self._ask("active_days", keys, windows, active_days)
        return {tuple(row[k] for k in keys): row["n"] for row in rows}

    def _needs_raw(self, rows: Sequence[Mapping[str, Any]]) -> bool:
        return self.kpi.form == "duration" and sum(row["n"] for row in rows) <= RAW_LIMIT

    def _periods(self, windows: Sequence[Window]) -> ir.Table:
        table = pa.table(
            {
                "period": list(range(len(windows))),
                "period_start": [w.start for w in windows],
                "period_end": [w.end for w in windows],
            },
            schema=PERIODS_SCHEMA,
        )
        name = f"periods_{abs(hash(tuple(windows))):x}"
        self.session.register(name, table)
        return self.session.table(name)

    def grains(self) -> list[str]:
        """The columns by which this KPI can be split."""
        return [*GRAINS.values(), *self.split_by]

    def latest(self, window: Window, limit: int) -> tuple[list[dict[str, Any]], int]:
        """The latest records of a window, newest first, and how many there are in all."""
        records = self.expression
        if self.kpi.shared:
            records = once_per_key(records, [])
        start, end = _literal(window.start), _literal(window.end)
        records = records.filter((records.event_at >= start) & (records.event_at < end))
        total = self.session.run(records.aggregate(n=records.count())).to_pylist()[0]["n"]
        newest = records.order_by([ibis.desc("event_at"), "record_id"]).limit(limit)
        return self.session.run(newest).to_pylist(), int(total)

    def listed(self, limit: int | None = None) -> pa.Table:
        """The very records behind the number, in order of their instant."""
        records = self.expression
        if self.kpi.shared:
            records = once_per_key(records, [])
        records = records.order_by(["event_at", "record_id"])
        return self.session.run(records.limit(limit) if limit is not None else records)


def _literal(instant: datetime) -> ir.TimestampScalar:
    return ibis.literal(instant.astimezone(UTC).replace(tzinfo=None), type="timestamp")


def local_day(instant: ir.TimestampValue, window: Window) -> ir.DateValue:
    """The calendar day of an instant in the window's zone, by the zone's offsets as literals."""
    changes = zone_offsets(window)
    shifted = instant + ibis.interval(seconds=changes[0][1])
    for since, offset in changes[1:]:
        shifted = (instant >= _literal(since)).ifelse(
            instant + ibis.interval(seconds=offset), shifted
        )
    return shifted.date()


def zone_offsets(window: Window) -> list[tuple[datetime, int]]:
    """The (instant, UTC offset in seconds) pairs that hold in a window, the first at its start.

    Changes are found to the second by bisection between days of unlike offset (S1).
    """
    zone = window.zone

    def offset(at: datetime) -> int:
        found = at.astimezone(zone).utcoffset()
        return int(found.total_seconds()) if found is not None else 0

    pairs = [(window.start, offset(window.start))]
    at = window.start
    while at < window.end:
        following = min(at + timedelta(days=1), window.end)
        if offset(following) != offset(at):
            low, high = at, following
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) / 2
                if offset(middle) == offset(at):
                    low = middle
                else:
                    high = middle
            pairs.append((high.replace(microsecond=0), offset(following)))
        at = following
    return pairs

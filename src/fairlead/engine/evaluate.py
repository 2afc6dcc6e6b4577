"""Evaluate a KPI: its records, windowed and grouped, become measures with all that explains them.

`KpiRun` holds the records of one KPI in one session. Every question about it (any grain, any
windows, the records themselves) is answered from those same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fairlead.engine.aggregate import (
    exclusions,
    figures,
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
    ) -> None:
        self.session, self.model, self.kpi, self.scope = session, model, kpi, scope
        self.facts = facts or BoundFacts(session, model)
        self.only = only or Filter()
        self._records: ir.Table | None = None
        self._sums: dict[tuple[Window, ...], tuple[Rows, Rows]] = {}

    def records(self) -> ir.Table:
        """The records of the whole span with catalog columns, computed once."""
        if self._records is None:
            name = f"records_{self.kpi.id}_{self.kpi.definition}_{id(self):x}"
            self._records = self.session.materialised(name, self._build)
        return self._records

    def _build(self) -> ir.Table:
        records = self.kpi.records(self.facts, self.scope)
        window = self.scope.window
        start, end = _literal(window.start), _literal(self._end())
        records = records.filter((records.event_at >= start) & (records.event_at < end))
        if "service_id" not in records.columns:
            records = records.mutate(service_id=ibis.null("string"))
        if self.kpi.form == "rate":
            records = records.mutate(local_day=local_day(records.event_at, window))
        records = with_catalog(records, self.facts.services, False)
        return self.only.apply(records)

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
        missing = [column for column in by if column not in self.records().columns]
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
        records = self._windowed(asked)
        if self.kpi.shared and "service_id" not in by:
            records = once_per_key(records, keys)
        run = self.session.run
        rows = run(figures(self.kpi, records, keys)).to_pylist()
        left_out = run(exclusions(records, keys)).to_pylist()
        raw = run(raw_values(records, keys)).to_pylist() if self._needs_raw(rows) else []
        return finisher.measures(rows, left_out, raw)

    def _additive(self, windows: Sequence[Window]) -> tuple[Rows, Rows]:
        """Figures and exclusions by service, team and tier: what every coarser grain sums up."""
        key = tuple(windows)
        if key not in self._sums:
            records, keys = self._windowed(windows), ["period", *GRAINS.values()]
            self._sums[key] = (
                self.session.run(figures(self.kpi, records, keys)).to_pylist(),
                self.session.run(exclusions(records, keys)).to_pylist(),
            )
        return self._sums[key]

    def counts(self, by: Sequence[str], windows: Sequence[Window]) -> dict[tuple[Any, ...], int]:
        """Counted records by (window index, key...), without anything else."""
        return self._weekly(by, windows, lambda counted: counted.count())

    def active_days(
        self, by: Sequence[str], windows: Sequence[Window]
    ) -> dict[tuple[Any, ...], int]:
        """Local days with a counted record by (window index, key...)."""
        return self._weekly(by, windows, lambda counted: counted.local_day.nunique())

    def _weekly(
        self,
        by: Sequence[str],
        windows: Sequence[Window],
        figure: Callable[[ir.Table], ir.IntegerScalar],
    ) -> dict[tuple[Any, ...], int]:
        keys = ["period", *by]
        records = self._windowed(windows)
        if self.kpi.shared and "service_id" not in by:
            records = once_per_key(records, keys)
        counted = records.filter(records.excluded_reason.isnull())
        rows = self.session.run(counted.group_by(keys).aggregate(n=figure(counted))).to_pylist()
        return {tuple(row[k] for k in keys): row["n"] for row in rows}

    def _needs_raw(self, rows: Sequence[Mapping[str, Any]]) -> bool:
        return self.kpi.form == "duration" and sum(row["n"] for row in rows) <= 20_000

    def _windowed(self, windows: Sequence[Window]) -> ir.Table:
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
        return windowed(self.records(), self.session.table(name))

    def grains(self) -> list[str]:
        """The columns by which this KPI can be split."""
        return [*GRAINS.values(), *self.kpi.dimensions]

    def listed(self, limit: int | None = None) -> pa.Table:
        """The very records behind the number, in order of their instant."""
        records = self.records()
        if self.kpi.shared:
            records = once_per_key(records, ["service_id"])
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
    from datetime import timedelta

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

"""Evaluate a KPI: its records, windowed and grouped, become measures with all that explains them.

`KpiRun` holds the records of one KPI in one session. Every question about it (any grain, any
windows, the records themselves) is answered from those same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fairlead.engine.aggregate import (
    active_days,
    durations,
    once_per_key,
    ranks,
    rates,
    raw_values,
    sums,
    windowed,
)
from fairlead.engine.bound import BoundFacts
from fairlead.engine.compiled import kept_statement
from fairlead.engine.cube import Cube, Rows, count_by_key
from fairlead.engine.finish import Finisher
from fairlead.engine.session import Session
from fairlead.engine.slices import Slices
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
# Of copied records, the column that tells the first copy of each key.
FIRST_COPY = {
    (): "is_first",
    ("service_id",): "is_first_of_service",
    ("team_id",): "is_first_of_team",
    ("tier",): "is_first_of_tier",
}
RAW_LIMIT = 20_000
_RUNS = count(1)


@dataclass(frozen=True)
class Filter:
    """Which records a question is about: equality of a grain column or dimension."""

    equals: Mapping[str, str] = field(default_factory=dict)

    def apply(self, records: ir.Table) -> ir.Table:
        for column, value in self.equals.items():
            records = records.filter(records[column] == value)
        return records


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
        self.facts = facts or BoundFacts(session, model, keeps=False)
        self.only = only or Filter()
        self.split_by = kpi.dimensions if split_by is None else tuple(split_by)
        self._number = next(_RUNS)
        self._cubes: list[Cube] = []
        self._cuts: dict[Slices, ir.Table] = {}

    @cached_property
    def expression(self) -> ir.Table:
        """The records of the whole span with catalog columns and all dimensions."""
        return self._expression(self.scope)

    def _expression(self, scope: Scope) -> ir.Table:
        records = self.kpi.records(self.facts, scope)
        window = scope.window
        start, end = _literal(window.start), _literal(self._end())
        records = records.filter((records.event_at >= start) & (records.event_at < end))
        if "service_id" not in records.columns:
            records = records.mutate(service_id=ibis.null("string"))
        if self.kpi.form == "rate":
            records = records.mutate(local_day=local_day(records.event_at, window))
        if "team_id" not in records.columns:
            records = self.facts.placed(records)
        return self.only.apply(records)

    @cached_property
    def _records(self) -> ir.Table:
        """The records with the columns that figures need; kept where several questions read them.

        A ratio is asked once, so its records are not kept; its sums are.
        """
        kept = [*FIGURE_COLUMNS, *self.split_by, self.kpi.mix_by]
        if self.kpi.shared:
            kept.append("record_id")

        read = (*self.split_by, *self.only.equals)

        def build() -> ir.Table:
            table = self._expression(replace(self.scope, dimensions=read))
            return table.select(*(name for name in dict.fromkeys(kept) if name in table.columns))

        name = f"records_{self.kpi.id}_{self.kpi.definition}_{self._number}"
        statement = self._statement(build, read)
        if self.kpi.form == "ratio" and not self.kpi.shared:
            return self.session.view(name, statement)
        records = self.session.materialised(name, lambda: statement)
        if not self._has_copies(records):
            return records
        if set(self.kpi.copied_by) & {*GRAINS.values(), *self.split_by}:
            return self.session.materialised(f"{name}_ranked", lambda: _with_first_copies(records))
        return self.session.materialised(f"{name}_once", lambda: once_per_key(records, []))

    def _statement(self, build: Callable[[], ir.Table], read: tuple[str, ...]) -> str:
        """The compiled records; of a single question it is kept for the next time it is asked."""
        if self.facts.keeps or self.kpi.definition != "fairlead":
            return self.session.compiled(build())
        scope = self.scope
        settings = tuple(sorted((name, repr(value)) for name, value in scope.settings.items()))
        key = (
            *(self.session.name, self.kpi.records, self.kpi.id, read, self.split_by, settings),
            *(scope.window, scope.as_of, tuple(self.only.equals.items())),
            self.facts.form_of(*self.kpi.reads, "services"),
        )
        return kept_statement(key, lambda: self.session.compiled(build()))

    def _has_copies(self, records: ir.Table) -> bool:
        """Whether a record stands more than once, such as an incident of two services."""
        if not self.kpi.shared:
            return False
        totals = records.aggregate(rows=records.count(), ids=records.record_id.nunique())
        found = self.session.run(totals).to_pylist()[0]
        return bool(found["rows"] > found["ids"])

    def _once(self, records: ir.Table, by: Sequence[str]) -> ir.Table:
        """Records with one copy for each key of `by`."""
        if "is_first" not in records.columns:
            return records
        first = FIRST_COPY.get(tuple(by))
        if first is not None:
            return records.filter(records[first])
        return once_per_key(records, by)

    def _end(self) -> datetime:
        window, as_of = self.scope.window, self.scope.as_of
        if as_of is None:
            return window.end
        return min(window.end, max(as_of, window.start))

    def measures(
        self,
        by: Sequence[str] = (),
        windows: Sequence[Window] | None = None,
        explained: int | None = None,
    ) -> list[list[Measure]]:
        """For each window the measures of every key of the grain columns `by`.

        The details of a rate are told of the first `explained` windows; of all of them by default.
        """
        asked = list(windows) if windows is not None else [self.scope.window]
        missing = [column for column in by if column not in self._records.columns]
        if missing:
            raise fail(
                "FL4105",
                f"`{self.kpi.id}` cannot be split by `{missing[0]}`",
                notes=[f"allowed: {', '.join(self.grains())}"],
            )
        finisher = Finisher(self.kpi, self.scope, asked, by)
        rows, left_out = self._sums(by, asked)
        raw: Rows = []
        if self.kpi.form == "duration":
            is_small = sum(row["n"] for row in rows) <= RAW_LIMIT
            if is_small:
                raw = self._ask("raw", by, asked, raw_values)
            rows = self._ask("durations", by, asked, durations)
            if not is_small and self.statistic in ("median", "lower_median"):
                rows = _beside(rows, self._ask("ranks", by, asked, ranks), by)
        elif self.kpi.form == "rate":
            first = asked[: len(asked) if explained is None else explained]
            rows = _beside(rows, self._ask("rates", by, first, rates), by)
        return finisher.measures(rows, left_out, raw)

    @property
    def statistic(self) -> str:
        """The statistic that is the value: that of the settings, else the KPI's own."""
        return str(self.scope.settings.get("statistic", self.kpi.statistic))

    def _ask(
        self,
        name: str,
        by: Sequence[str],
        windows: Sequence[Window],
        aggregate: Callable[[ir.Table, Sequence[str]], ir.Table],
    ) -> Rows:
        """Rows of an aggregation over windowed records; each shape is compiled once per process."""
        if not windows:
            return []

        def build(records: ir.Table, members: ir.Table) -> ir.Table:
            return aggregate(windowed(self._once(records, by), members), ["period", *by])

        slices = next((s for s in self._cuts if s.serve(windows)), Slices.of(windows))
        table = self.session.run_shape(
            (name, tuple(by)), build, self._cut(slices), self._members(slices, windows)
        )
        return table.to_pylist()  # type: ignore[no-any-return]

    def _cut(self, slices: Slices) -> ir.Table:
        """The records with their slice."""
        if slices not in self._cuts:
            self._cuts[slices] = self.session.sliced(self._records, slices.boundaries)
        return self._cuts[slices]

    def _members(self, slices: Slices, windows: Sequence[Window]) -> ir.Table:
        name = f"members_{abs(hash((slices, tuple(windows)))):x}"
        self.session.register(name, slices.members(windows))
        return self.session.table(name)

    def _sums(self, by: Sequence[str], windows: Sequence[Window]) -> tuple[Rows, Rows]:
        """Sums of what counts and rows of what is excluded, from one cube for all grains."""
        has_copies = "is_first" in self._records.columns
        only = FIRST_COPY.get(tuple(by)) if has_copies else None
        if has_copies and only is None:
            cube = self._made_cube(windows, tuple(by), by)
            return cube.rolled(by, windows)
        found = next((cube for cube in self._cubes if cube.serves(windows, by)), None)
        if found is None:
            keys = [*GRAINS.values(), *by, *(FIRST_COPY.values() if has_copies else ())]
            found = self._made_cube(windows, tuple(dict.fromkeys(keys)), None)
            self._cubes.append(found)
        return found.rolled(by, windows, only)

    def _made_cube(
        self, windows: Sequence[Window], keys: tuple[str, ...], once_by: Sequence[str] | None
    ) -> Cube:
        """The sums by `keys`, of one copy for each key of `once_by` where that is given."""

        def build(records: ir.Table, _: ir.Table) -> ir.Table:
            return sums(records if once_by is None else self._once(records, once_by), keys)

        slices = Slices.of(windows)
        cut = self._cut(slices)
        shape = ("sums", keys, once_by if once_by is None else tuple(once_by))
        return Cube(slices, keys, self.session.run_shape(shape, build, cut, cut))

    def means(
        self, by: Sequence[str], windows: Sequence[Window]
    ) -> dict[tuple[Any, ...], tuple[int, float]]:
        """Count and mean of the durations by (window index, key...), without anything else."""
        rows, _ = self._sums(by, windows)
        return {
            (row["period"], *(row[k] for k in by)): (row["n"], row["seconds"] / row["n"])
            for row in rows
            if row["n"]
        }

    def counts(self, by: Sequence[str], windows: Sequence[Window]) -> dict[tuple[Any, ...], int]:
        """Counted records by (window index, key...), without anything else."""
        return count_by_key(self._sums(by, windows)[0], by)

    def active_days(
        self, by: Sequence[str], windows: Sequence[Window]
    ) -> dict[tuple[Any, ...], int]:
        """Local days with a counted record by (window index, key...)."""
        return count_by_key(self._ask("active_days", by, windows, active_days), by)

    def grains(self) -> list[str]:
        """The columns by which this KPI can be split."""
        return [*GRAINS.values(), *self.split_by]

    def latest(
        self, window: Window, limit: int, offset: int = 0
    ) -> tuple[list[dict[str, Any]], int]:
        """The latest records of a window, newest first, and how many there are in all."""
        records = self.expression
        if self.kpi.shared:
            records = once_per_key(records, [])
        start, end = _literal(window.start), _literal(window.end)
        records = records.filter((records.event_at >= start) & (records.event_at < end))
        total = self.session.run(records.aggregate(n=records.count())).to_pylist()[0]["n"]
        newest = records.order_by([ibis.desc("event_at"), "record_id"]).limit(limit, offset=offset)
        return self.session.run(newest).to_pylist(), int(total)

    def listed(self, limit: int | None = None) -> pa.Table:
        """The very records behind the number, in order of their instant."""
        records = self.expression
        if self.kpi.shared:
            records = once_per_key(records, [])
        records = records.order_by(["event_at", "record_id"])
        return self.session.run(records.limit(limit) if limit is not None else records)


def _with_first_copies(records: ir.Table) -> ir.Table:
    """Copied records with whether each is the first copy of its record, overall and by grain."""

    def is_first(by: Sequence[str]) -> ir.BooleanValue:
        copies = ibis.window(group_by=[*by, "record_id"], order_by=["service_id"])
        return ibis.row_number().over(copies) == 0

    return records.mutate(**{name: is_first(by) for by, name in FIRST_COPY.items()})


def _beside(rows: Rows, more: Rows, by: Sequence[str]) -> Rows:
    """Rows with the columns of `more` of the same period and key."""
    keys = ("period", *by)
    found = {tuple(row[k] for k in keys): row for row in more}
    return [{**row, **found.get(tuple(row[k] for k in keys), {})} for row in rows]


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

"""What a KPI is: one expression that gives the records of its number, and how they add up.

A KPI file holds one function `records(facts, scope)` and one `KPI = Kpi(...)`. The function gives
one row per unit that the number is about (a deployment group, a change, a run, an incident). The
engine windows those rows by `event_at`, groups them by any grain, aggregates them by the KPI's
form, and shows the very same rows as the records behind the number.

Columns of the records, by form (all but the marked ones are required):

    record_id text | service_id text, or repo_id text | event_at instant | excluded_reason text
    ratio:    numerator int64 | denominator int64
    duration: seconds float64 | optional censored_seconds float64 (age of one still open)
    rate:     (one row counts one)

`excluded_reason` is null for a row that counts. Excluded rows stay in the result: they are counted
by reason and listed, and add nothing to the number. Further columns are dimensions (named in
`Kpi.dimensions`) or shown in the drill-down only. An expression uses only what ibis compiles
alike on DuckDB and Spark: no zone casts, no as-of join, no split, no quantile of ibis's own.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal, Protocol

import ibis
import ibis.expr.types as ir

from fairlead.kernel.diagnostic import fail
from fairlead.kernel.ids import near_match
from fairlead.kernel.window import Window

Form = Literal["ratio", "duration", "rate"]
Unit = Literal["ratio", "seconds", "per_week", "per_day", "per_30_days", "count"]
Statistic = Literal[
    "share",
    "median",
    "lower_median",
    "mean",
    "p90",
    "mean_of_service_means",
    "per_exposure",
    "count",
    "median_active_days_per_week",
    "lower_median_active_days_per_week",
]


class Facts(Protocol):
    """The facts as of one instant: `facts.deployments` is a table of current rows.

    `facts.services`: service_id | valid_from_at | valid_to_at | team_id | tier | repo_id |
    observation_seconds.
    """

    def __getattr__(self, name: str) -> ir.Table: ...


@dataclass(frozen=True)
class Scope:
    """What a number is asked for; `settings` override the KPI's own. None means all for `as_of`
    (nothing is pending) and for the `dimensions` that are read; a costly one may be left out."""

    window: Window
    as_of: datetime | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    dimensions: tuple[str, ...] | None = None

    def wants(self, dimension: str) -> bool:
        """Whether the column of that dimension is read."""
        return self.dimensions is None or dimension in self.dimensions


@dataclass(frozen=True)
class Kpi:
    """One KPI definition; `definition` names the peer whose rules it follows, or `fairlead`.

    A record of a `shared` KPI has a copy for each value of `copied_by`; unsplit it counts once.
    """

    id: str
    name: str
    form: Form
    unit: Unit
    direction: Literal["up", "down", "band"]
    statistic: Statistic
    version: int
    records: Callable[[Facts, Scope], ir.Table]
    reads: tuple[str, ...]
    companion_of: str | None = None
    basis: Literal["exact", "proxy"] = "exact"
    definition: str = "fairlead"
    dimensions: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    per_days: float = 7.0
    shared: bool = False
    copied_by: tuple[str, ...] = ("service_id",)
    mix_by: str | None = None
    empty_reason: str = "no_records"
    needs_coverage: tuple[str, ...] = ()
    quality: tuple[str, ...] = ()

    def setting(self, scope: Scope, name: str) -> Any:
        """The setting of the scope, else the KPI's own default; KeyError when it has none."""
        return scope.settings.get(name, self.settings[name])


@cache
def kpis() -> dict[str, Kpi]:
    """Every KPI by id, found by folder."""
    package = __name__.rpartition(".")[0]
    path = importlib.import_module(package).__path__
    found: dict[str, Kpi] = {}
    for module in sorted(pkgutil.iter_modules(path), key=lambda item: item.name):
        if module.ispkg or module.name == "shelf":
            continue
        declared = getattr(importlib.import_module(f"{package}.{module.name}"), "KPI", None)
        if isinstance(declared, Kpi):
            found[declared.id] = declared
    return found


def seconds_between(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.FloatingValue:
    """Seconds from start to end as float64, exact to the microsecond; null where either is null."""
    return end.delta(start, unit="microsecond").cast("float64") / 1e6


def instant(value: datetime) -> ir.TimestampScalar:
    """A UTC instant as a literal that every engine reads without a zone of its session."""
    return ibis.literal(value.astimezone(UTC).replace(tzinfo=None), type="timestamp")


def definition_of(kpi_id: str, definition: str = "fairlead") -> Kpi:
    """The KPI of that id by our rules or a peer's; FL4101 or FL4103 with what there is."""
    known = kpis()
    if kpi_id not in known:
        like = near_match(kpi_id, known)
        hint = f"did you mean `{like}`?" if like else None
        notes = [f"known: {', '.join(known)}"]
        raise fail("FL4101", f"there is no KPI `{kpi_id}`", notes=notes, help=hint)
    if definition == "fairlead":
        return known[kpi_id]
    from fairlead.kpis.peers import peer_definition

    return peer_definition(kpi_id, definition)

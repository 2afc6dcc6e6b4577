"""Asks the conformance cases of a KPI whether they notice a mutant.

Running a case from end to end takes a while, so the mutant's records are compared first: where a
case's records are the very ones of the KPI, its answer is too. Only a case with other records is
run to the end, and its expected table decides. The records are compiled once for all cases of
equal settings, with stand-ins for the instants of the window.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fairlead.engine.bound import BoundFacts
from fairlead.engine.conformance.cases import Case, case_instant, facts_of, read_cases, window_of
from fairlead.engine.conformance.kpi_cases import run_kpi_case
from fairlead.engine.conformance.table import table_columns
from fairlead.engine.evaluate import FIGURE_COLUMNS
from fairlead.facts import fact_type
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.kernel.window import Window
from fairlead.kpis.shelf import Facts, Kpi, Scope, instant, kpis
from fairlead.opmodel.model import Model
from fairlead.store.session import DuckSession, given_table
from tests.mutation.mutants import Mutant, loaded
from tests.mutation.statements import cut_down, probes, statement

CASES = Path(__file__).resolve().parents[2] / "conformance" / "kpis"
START, END, CUT = (datetime(year, 1, 2, 3, 4, 5, tzinfo=UTC) for year in (1901, 1902, 1903))


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: noticed by a case (`by`) or by none; nothing that can be asked
    (stillborn); or a change of what no figure, dimension or case reads (unread)."""

    mutant: Mutant
    state: Literal["killed", "survived", "stillborn", "unread"]
    by: str = ""


class Asked:
    """A case, opened when it is first needed."""

    def __init__(self, case: Case, kpi: Kpi) -> None:
        self.case, self.kpi = case, kpi
        self.window = window_of(case)
        as_of = case.content.get("as_of")
        self.as_of = case_instant(case, as_of) if as_of else None
        self.settings = dict(case.content.get("settings") or {})
        self.rows: list[str] = []

    @property
    def group(self) -> str:
        """Equal for cases whose records are the same expression but for the instants."""
        own = self.case.name if "service_refs" in str(self.case.content.get("facts")) else ""
        return f"{self.as_of is None} {sorted(self.settings.items())} {own}"

    @property
    def stand_in(self) -> Scope:
        """The scope of the case with stand-ins for its instants."""
        as_of = None if self.as_of is None else CUT
        return Scope(window=Window(START, END, "UTC"), as_of=as_of, settings=self.settings)

    @cached_property
    def session(self) -> DuckSession:
        given = {name: given_table(fact_type(name), r) for name, r in facts_of(self.case).items()}
        session = DuckSession(tables=given)
        session.connection.execute("SET threads=1")
        facts = BoundFacts(session, Model())
        for name in self.kpi.reads:
            getattr(facts, name)
        return session

    def statement(self, kpi: Kpi) -> str:
        """The records of a KPI as a statement that fits every case of the group."""
        return statement(kpi, self.session, self.stand_in)

    def found(self, sql: str) -> pa.Table:
        """The records that a statement with stand-ins gives for this case."""
        pairs = [(START, self.window.start), (END, self.window.end), (CUT, self.as_of)]
        for stand_in, real in pairs:
            if real is not None:
                sql = sql.replace(_literal(stand_in), _literal(real))
        return self.session.connection.sql(sql).to_arrow_table()

    @cached_property
    def passes(self) -> bool:
        """Whether the case agrees with the KPI as it is; only such a case can notice anything."""
        return not problems_of(self.case)


@contextmanager
def in_force(kpi: Kpi) -> Iterator[None]:
    """The KPI that its id means for a while."""
    shelf, kept = kpis(), kpis()[kpi.id]
    shelf[kpi.id] = kpi
    try:
        yield
    finally:
        shelf[kpi.id] = kept


class Judge:
    """The cases of one KPI, in groups that share an expression."""

    def __init__(self, kpi_id: str, cases: list[Case]) -> None:
        self.kpi = kpis()[kpi_id]
        self.columns = self._columns(cases)
        self.kills: Counter[str] = Counter()
        self.groups: dict[str, list[Asked]] = {}
        for case in cases:
            asked = Asked(case, self.kpi)
            self.groups.setdefault(asked.group, []).append(asked)

    def _columns(self, cases: list[Case]) -> set[str]:
        """What figures and cases can see of a record."""
        seen = {*FIGURE_COLUMNS, "record_id", *self.kpi.dimensions, self.kpi.mix_by}
        for case in cases:
            for key in ("expect", "records"):
                seen |= set(table_columns(case.content.get(key) or ""))
        return {name for name in seen if name}

    @cached_property
    def _plain(self) -> dict[str, str]:
        """The KPI's own statement for each group; none where the settings are refused."""
        found = {}
        for key, group in self.groups.items():
            try:
                found[key] = group[0].statement(self.kpi)
            except DiagnosticError:
                continue
            for asked in group:
                asked.rows = self._seen(asked.found(found[key]))
        return found

    def _seen(self, records: pa.Table) -> list[str]:
        names = sorted(self.columns & set(records.column_names))
        return [str(names), *sorted(map(repr, records.select(names).to_pylist()))]

    def verdict(self, mutant: Mutant, *, is_known: bool = False) -> Verdict:
        """Whether a case notices the mutant, the likeliest cases first.

        Of one that is known to be equivalent it is not asked whether anybody reads the change.
        """
        groups, plain = self._ordered(), self._plain
        with loaded(self.kpi.id, mutant) as kpi:
            for key, group in groups:
                try:
                    sql = "" if mutant.is_declared else group[0].statement(kpi)
                except DiagnosticError:
                    sql = ""
                except Exception as error:
                    return Verdict(mutant, "stillborn", repr(error)[:120])
                if sql and sql == plain.get(key):
                    continue
                for asked in group:
                    if self._notices(asked, kpi, sql):
                        self.kills[asked.case.name] += 1
                        return Verdict(mutant, "killed", asked.case.name)
            is_read = is_known or mutant.is_declared or self._is_read(kpi)
        return Verdict(mutant, "survived" if is_read else "unread")

    def _is_read(self, kpi: Kpi) -> bool:
        """Whether the change is in something that figures, dimensions or cases look at."""
        return any(self._read(kpi, scope) != own for scope, own in self._own_reading)

    @cached_property
    def _own_reading(self) -> list[tuple[Scope, str]]:
        scopes = probes(self.kpi, self._first.stand_in)
        return [(scope, self._read(self.kpi, scope)) for scope in scopes]

    def _read(self, kpi: Kpi, scope: Scope) -> str:
        session = self._first.session
        columns = {name: table.columns for name, table in session._ready.items()}
        return cut_down(statement(kpi, session, scope, self.columns), columns)

    @property
    def _first(self) -> Asked:
        return next(iter(self.groups.values()))[0]

    def _notices(self, asked: Asked, kpi: Kpi, sql: str) -> bool:
        """Whether a case that passes disagrees with the mutant."""
        if sql:
            try:
                records = asked.found(sql)
            except duckdb.Error:
                return asked.passes
            if self._seen(records) == asked.rows:
                return False
            kpi = replace(kpi, records=given_records(records))
        with in_force(kpi):
            problems = problems_of(asked.case)
        return bool(problems) and asked.passes

    def _ordered(self) -> list[tuple[str, list[Asked]]]:
        for group in self.groups.values():
            group.sort(key=lambda asked: -self.kills[asked.case.name])
        return sorted(
            self.groups.items(),
            key=lambda item: (-sum(self.kills[a.case.name] for a in item[1]), -len(item[1])),
        )

    def close(self) -> None:
        """Close every session."""
        for group in self.groups.values():
            for asked in group:
                asked.session.close()


def given_records(records: pa.Table) -> Callable[[Facts, Scope], ir.Table]:
    """An expression of records that are already there."""

    def find(facts: Facts, scope: Scope) -> ir.Table:
        session = facts._session
        session.register("mutant_records", records)
        return session.table("mutant_records")

    return find


def cases_of(kpi_id: str, folder: Path = CASES) -> list[Case]:
    """The cases of a KPI by our own definition, of all its files."""
    return [
        case
        for file in sorted(folder.glob("*.yaml"))
        if file.stem.startswith(kpi_id)
        for case in read_cases(file)
        if case.content.get("kpi") == kpi_id
        and case.content.get("definition", "fairlead") == "fairlead"
    ]


def problems_of(case: Case) -> list[str]:
    """The problems of a case from end to end; an error is one."""

    def open_session(*given: Any, **named: Any) -> DuckSession:
        session = DuckSession(**({"tables": given[0]} if given else {}), **named)
        session.connection.execute("SET threads=1")
        return session

    try:
        return run_kpi_case(case, open_session)
    except Exception as error:
        return [repr(error)]


@cache
def _literal(value: datetime) -> str:
    """How the engine writes an instant in a statement."""
    statement = str(ibis.to_sql(instant(value), dialect="duckdb"))
    return statement.split(" AS ")[0].removeprefix("SELECT").strip()

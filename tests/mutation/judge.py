"""Asks the conformance cases of a KPI whether they notice a mutant.

Running a case from end to end takes a while, so the mutant's records are compared first: where a
case's records are the very ones of the KPI, its answer is too. Only a case with other records is
run to the end, and its expected table decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import ibis.expr.types as ir

from fairlead.engine.bound import BoundFacts
from fairlead.engine.conformance.cases import Case, case_instant, read_cases, window_of
from fairlead.engine.conformance.kpi_cases import run_kpi_case
from fairlead.engine.conformance.table import table_columns
from fairlead.engine.evaluate import FIGURE_COLUMNS, KpiRun
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.kpis.shelf import Kpi, Scope, kpis
from fairlead.opmodel.model import Model
from fairlead.store.session import DuckSession
from tests.mutation.mutants import Mutant, loaded

CASES = Path(__file__).resolve().parents[2] / "conformance" / "kpis"
Rows = list[str]


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: noticed by a case, by none, or nothing that could be asked."""

    mutant: Mutant
    state: Literal["killed", "survived", "stillborn"]
    by: str = ""


class PlainFacts:
    """The facts of a session, with every shared expression written out in place."""

    def __init__(self, session: DuckSession) -> None:
        self._bound = BoundFacts(session, Model())

    def __getattr__(self, name: str) -> ir.Table:
        return getattr(self._bound, name)


@dataclass
class Asked:
    """A case that passes, its session with the facts in it, and the records of the KPI."""

    case: Case
    scope: Scope
    session: DuckSession
    rows: Rows = field(default_factory=list)


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
    """The cases of one KPI that pass, in groups of equal window, as-of instant and settings."""

    def __init__(self, kpi_id: str, cases: list[Case]) -> None:
        self.kpi = kpis()[kpi_id]
        self.columns = self._columns(cases)
        self.failing: list[str] = []
        self.kills: Counter[str] = Counter()
        self.groups: dict[str, list[Asked]] = {}
        for case in cases:
            self._prepare(case)
        for group in self.groups.values():
            sql, _ = self._sql(self.kpi, group[0])
            for asked in group:
                asked.rows = _rows(asked, sql)

    def _columns(self, cases: list[Case]) -> list[str]:
        """What figures and cases can see of a record."""
        seen = [*FIGURE_COLUMNS, "record_id", *self.kpi.dimensions, self.kpi.mix_by or "record_id"]
        for case in cases:
            for key in ("expect", "records"):
                seen += table_columns(case.content.get(key) or "")
        return list(dict.fromkeys(seen))

    def _prepare(self, case: Case) -> None:
        opened: list[DuckSession] = []
        problems = _run(case, opened)
        if problems:
            self.failing.append(f"{case.name}: {problems[0]}")
            return
        opened[0].connection.execute("SET threads=1")
        scope = _scope(case)
        key = f"{scope.window} {scope.as_of} {sorted(scope.settings.items())}"
        if "service_refs" in str(case.content.get("facts")):
            key += case.name
        self.groups.setdefault(key, []).append(Asked(case, scope, opened[0]))

    def _sql(self, kpi: Kpi, asked: Asked) -> tuple[str, tuple[str, ...]]:
        """The records of a KPI as SQL that fits every session of the group, and its columns."""
        run = KpiRun(asked.session, Model(), kpi, asked.scope, facts=PlainFacts(asked.session))
        table = run.expression
        names = tuple(name for name in self.columns if name in table.columns)
        return str(asked.session.backend.compile(table.select(*names))), names

    def verdict(self, mutant: Mutant) -> Verdict:
        """Whether a case notices the mutant, the likeliest cases first."""
        with loaded(self.kpi.id, mutant) as kpi, in_force(kpi):
            if mutant.id.split(":")[1] == "KPI":
                return self._whole(mutant, [a for group in self.groups.values() for a in group])
            for group in self._ordered():
                try:
                    sql, _ = self._sql(kpi, group[0])
                except DiagnosticError:
                    found = self._whole(mutant, group)
                except Exception as error:
                    return Verdict(mutant, "stillborn", repr(error)[:120])
                else:
                    found = self._whole(mutant, [a for a in group if _differs(a, sql)])
                if found.state == "killed":
                    return found
        return Verdict(mutant, "survived")

    def _ordered(self) -> list[list[Asked]]:
        for group in self.groups.values():
            group.sort(key=lambda asked: -self.kills[asked.case.name])
        return sorted(
            self.groups.values(),
            key=lambda group: (-sum(self.kills[a.case.name] for a in group), -len(group)),
        )

    def _whole(self, mutant: Mutant, suspects: list[Asked]) -> Verdict:
        for asked in suspects:
            if _run(asked.case, []):
                self.kills[asked.case.name] += 1
                return Verdict(mutant, "killed", asked.case.name)
        return Verdict(mutant, "survived")

    def close(self) -> None:
        """Close every session."""
        for group in self.groups.values():
            for asked in group:
                asked.session.close()


def judge_of(kpi_id: str, folder: Path = CASES) -> Judge:
    """The judge of a KPI with the cases of all its files."""
    cases = [
        case
        for file in sorted(folder.glob(f"{kpi_id}*.yaml"))
        for case in read_cases(file)
        if case.content.get("kpi") == kpi_id
        and case.content.get("definition", "fairlead") == "fairlead"
    ]
    return Judge(kpi_id, cases)


def _scope(case: Case) -> Scope:
    as_of = case.content.get("as_of")
    return Scope(
        window=window_of(case),
        as_of=case_instant(case, as_of) if as_of else None,
        settings=dict(case.content.get("settings") or {}),
    )


def _run(case: Case, opened: list[DuckSession]) -> list[str]:
    """The problems of a case from end to end; an error is one."""

    def open_session(*given: Any, **named: Any) -> DuckSession:
        session = DuckSession(**({"tables": given[0]} if given else {}), **named)
        opened.append(session)
        return session

    try:
        return run_kpi_case(case, open_session)
    except Exception as error:
        return [repr(error)]


def _rows(asked: Asked, sql: str) -> Rows:
    return sorted(map(repr, asked.session.connection.execute(sql).fetchall()))


def _differs(asked: Asked, sql: str) -> bool:
    try:
        return _rows(asked, sql) != asked.rows
    except Exception:
        return True

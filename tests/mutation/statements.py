"""The records of a KPI as one SQL statement, cut down to the columns that somebody reads.

Two definitions whose statements are equal once unread columns are gone give equal results,
whatever the facts: a change of what nobody reads is no wrong definition.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

import ibis.expr.types as ir
import sqlglot
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.simplify import simplify

from fairlead.engine.bound import BoundFacts
from fairlead.kpis.expressions.counted_deployments import MECHANISMS
from fairlead.kpis.expressions.run_outcomes import BRANCHES, PIPELINES
from fairlead.kpis.expressions.shipped_changes import AUTHORS
from fairlead.kpis.shelf import Kpi, Scope
from fairlead.opmodel.model import Model
from fairlead.store.session import DuckSession

CHOICES: Mapping[str, tuple[object, ...]] = {
    "authors": AUTHORS,
    "branches": BRANCHES,
    "mechanisms": MECHANISMS,
    "pipelines": PIPELINES,
    "strict": (False, True),
}
GENERATED = re.compile(r"ibis_table_unnest_(column_)?[a-z0-9]{26}")


class PlainFacts:
    """The facts of a session, with every shared expression written out in place."""

    def __init__(self, session: DuckSession) -> None:
        self._bound = BoundFacts(session, Model())

    def __getattr__(self, name: str) -> ir.Table:
        return getattr(self._bound, name)


def statement(
    kpi: Kpi, session: DuckSession, scope: Scope, only: Collection[str] | None = None
) -> str:
    """The records of a KPI in SQL, with all columns or with those of `only` that there are."""
    table = kpi.records(PlainFacts(session), scope)
    if only is not None:
        table = table.select([name for name in table.columns if name in only])
    return GENERATED.sub("unnested", str(session.backend.compile(table)))


def cut_down(sql: str, columns: Mapping[str, Collection[str]]) -> str:
    """A statement without the columns that it computes and does not give, constants folded."""
    schema = {table: dict.fromkeys(names, "TEXT") for table, names in columns.items()}
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    tree = qualify(tree, schema=schema, dialect="duckdb", validate_qualify_columns=False)
    tree = simplify(tree, constant_propagation=False)
    tree = pushdown_projections(tree, schema=schema, dialect="duckdb")
    return str(tree.sql(dialect="duckdb"))


def probes(kpi: Kpi, scope: Scope) -> Iterator[Scope]:
    """Scopes of every setting that changes what the records are, with and without an as-of."""
    for as_of in (None, scope.window.end):
        yield Scope(scope.window, as_of)
        for name in kpi.settings:
            for value in CHOICES.get(name, ())[1:]:
                yield Scope(scope.window, as_of, {name: value})

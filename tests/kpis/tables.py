"""Fact tables for tests of KPI expressions: a table per fact type, on DuckDB or without rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fairlead.facts import fact_types
from fairlead.kernel.window import Window
from fairlead.kpis.shelf import Scope

IBIS_TYPES = {
    "text": "string",
    "json": "string",
    "instant": "timestamp(6)",
    "date": "date",
    "integer": "int64",
    "float": "float64",
    "amount": "decimal(28, 12)",
    "bool": "boolean",
    "list": "array<string>",
}
ARROW_TYPES = {
    "text": pa.string(),
    "json": pa.string(),
    "instant": pa.timestamp("us"),
    "date": pa.date32(),
    "integer": pa.int64(),
    "float": pa.float64(),
    "amount": pa.decimal128(28, 12),
    "bool": pa.bool_(),
    "list": pa.list_(pa.string()),
}


def at(text: str) -> datetime:
    """`2026-01-05T10:00` as a UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def scope(
    start: str = "2026-01-01T00:00",
    end: str = "2026-02-01T00:00",
    as_of: str | None = None,
    **settings: Any,
) -> Scope:
    return Scope(Window(at(start), at(end)), at(as_of) if as_of else None, settings)


class UnboundFacts:
    """Every fact type as a table that no engine holds."""

    def __getattr__(self, name: str) -> ir.Table:
        columns = fact_types()[name].all_columns
        schema = {column: IBIS_TYPES[kind] for column, kind in columns.items()}
        return ibis.table(schema, name=name)


class DuckFacts:
    """Facts given as rows of texts and values; columns that a row does not name are null."""

    def __init__(self, **tables: Sequence[Mapping[str, Any]]) -> None:
        self.connection = ibis.duckdb.from_connection(duckdb.connect(":memory:"))
        for name in fact_types():
            self.connection.con.register(name, arrow_table(name, tables.get(name, ())))

    def __getattr__(self, name: str) -> ir.Table:
        return self.connection.table(name)

    def rows(self, expression: ir.Table) -> list[dict[str, Any]]:
        return self.connection.to_pyarrow(expression).to_pylist()


def arrow_table(name: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    columns = fact_types()[name].all_columns
    unknown = {column for row in rows for column in row} - set(columns)
    assert not unknown, f"{name} has no columns {unknown}"
    return pa.table(
        {
            column: pa.array(
                [_value(row.get(column), kind) for row in rows], type=ARROW_TYPES[kind]
            )
            for column, kind in columns.items()
        }
    )


def _value(value: Any, kind: str) -> Any:
    if kind == "instant" and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value


def by_id(facts: DuckFacts, expression: ir.Table) -> dict[str, dict[str, Any]]:
    """Rows by `record_id`, which must be unique."""
    rows = facts.rows(expression)
    found = {row["record_id"]: row for row in rows}
    assert len(found) == len(rows), "record ids are not unique"
    return found


def counted(rows: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Ids of the rows that count."""
    return {key for key, row in rows.items() if row["excluded_reason"] is None}

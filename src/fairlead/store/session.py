"""One reading of the lake as of one instant, through the embedded engine.

A session pins the list of files of each fact type when it is first asked for, so everything that
one report shows comes from one state of the lake. `session.facts.deployments` is an ibis table of
current rows; instants are timestamps without zone that hold UTC.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Hashable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fairlead.facts import FactType, fact_type, fact_types
from fairlead.facts.fact_type import ColumnType, order_of
from fairlead.store.columns import ARROW_TYPES
from fairlead.store.current import latest, recorded_by
from fairlead.store.fact_tables import FactTables
from fairlead.store.lake import Lake
from fairlead.store.shapes import Build, Shape, sql_of_shape
from fairlead.store.slicing import slice_sql
from fairlead.store.versions import Versions, remembered

SQL_TYPES: dict[ColumnType, str] = {
    "text": "VARCHAR",
    "instant": "TIMESTAMP",
    "date": "DATE",
    "integer": "BIGINT",
    "float": "DOUBLE",
    "amount": "DECIMAL(28,12)",
    "bool": "BOOLEAN",
    "list": "VARCHAR[]",
    "json": "VARCHAR",
}
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class DuckSession:
    """The embedded engine over the files of a lake, or over tables given in memory."""

    name = "duckdb"

    def __init__(
        self,
        lake: Lake | None = None,
        *,
        as_of: datetime | None = None,
        tables: Mapping[str, pa.Table] | None = None,
        memory_limit: str = "3GB",
    ) -> None:
        self.lake, self.as_of = lake, as_of
        self.backend = ibis.duckdb.connect()
        self.connection = self.backend.con
        spill = tempfile.gettempdir().replace("'", "''")
        self.connection.execute(
            f"SET TimeZone='UTC'; SET memory_limit='{memory_limit}'; SET temp_directory='{spill}'; "
            "SET enable_progress_bar=false"
        )
        self._given = dict(tables or {})
        self._ready: dict[str, ir.Table] = {}
        self.facts = FactTables(self)

    def close(self) -> None:
        self.backend.disconnect()

    def __enter__(self) -> DuckSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def table(self, name: str) -> ir.Table:
        """The current rows of a fact type, or a table that was given under that name."""
        if name not in self._ready:
            if name in fact_types():
                self._prepare(fact_type(name))
            elif name in self._given:
                self.connection.register(name, naive_utc(self._given[name]))
            else:
                raise AttributeError(f"there is no fact type `{name}`")
            self._ready[name] = self.backend.table(name)
        return self._ready[name]

    def register(self, name: str, table: pa.Table) -> None:
        """Offer a table (the catalog, offsets of a zone) under a name."""
        self._given[name] = table
        self._ready.pop(name, None)

    def _prepare(self, kind: FactType) -> None:
        """A view of the current rows: single versions as they lie, and the picked one of others."""
        known = recorded_by(self._raw_view(kind), self._as_of_sql())
        key = None
        if self.lake is not None and kind.name not in self._given:
            key = (kind.name, tuple(self.lake.files(kind.name)), self.as_of)
        versions = remembered(key, lambda: self._versions(kind, known))
        run, columns = self.connection.execute, ", ".join(kind.all_columns)
        if not versions.doubled.num_rows:
            run(f"CREATE VIEW {kind.name} AS {known}")
            return
        self.connection.register(f"doubled_{kind.name}", versions.doubled)
        self.connection.register(f"picked_{kind.name}", versions.picked)
        single = self._of_keys(known, f"NOT IN (SELECT key_hash FROM doubled_{kind.name})")
        run(
            f"CREATE VIEW {kind.name} AS SELECT {columns} FROM ({single}) s "
            f"UNION ALL SELECT {columns} FROM picked_{kind.name}"
        )

    def _of_keys(self, known: str, condition: str) -> str:
        return f"{known} {'AND' if self.as_of else 'WHERE'} key_hash {condition}"

    def _versions(self, kind: FactType, known: str) -> Versions:
        """Keys with several versions, a correction or a retraction, and their current rows."""
        doubled = f"SELECT key_hash FROM ({known}) d GROUP BY key_hash HAVING count(*) > 1"
        corrections = f"SELECT count(supersedes_fact_id) FROM ({known}) c"
        if self.connection.execute(corrections).fetchall()[0][0]:
            doubled += (
                f" UNION SELECT key_hash FROM ({known}) d WHERE fact_id IN "
                f"(SELECT supersedes_fact_id FROM ({known}) s WHERE supersedes_fact_id IS NOT NULL)"
            )
        doubled += f" UNION SELECT key_hash FROM ({known}) r WHERE is_retracted"
        columns = ", ".join(kind.all_columns)
        found = self.connection.sql(doubled).to_arrow_table()
        name = f"several_{kind.name}"
        self.connection.register(name, found)
        several = self._of_keys(known, f"IN (SELECT key_hash FROM {name})")
        picked = latest(kind, several).replace("LEFT ANTI JOIN", "ANTI JOIN")
        limit = "" if found.num_rows else " LIMIT 0"
        rows = self.connection.sql(f"SELECT {columns} FROM ({picked}) p{limit}").to_arrow_table()
        self.connection.unregister(name)
        return Versions(found, rows)

    def _as_of_sql(self) -> str | None:
        return None if self.as_of is None else _literal(self.as_of)

    def _raw_view(self, kind: FactType) -> str:
        name = f"raw_{kind.name}"
        if kind.name in self._given:
            self.connection.register(f"given_{kind.name}", naive_utc(self._given[kind.name]))
            self.connection.execute(f"CREATE VIEW {name} AS SELECT * FROM given_{kind.name}")
            return name
        files = self.lake.files(kind.name) if self.lake else []
        stored = self.lake.stored_columns(kind.name) if self.lake else set()
        columns = ", ".join(
            _column_sql(column, column_type, column in stored)
            for column, column_type in kind.all_columns.items()
        )
        source = f"read_parquet({files!r}, union_by_name=true)" if files else "(SELECT 1) e"
        where = "" if files else " WHERE false"
        self.connection.execute(f"CREATE VIEW {name} AS SELECT {columns} FROM {source}{where}")
        return name

    def compiled(self, expression: ir.Table) -> str:
        """An expression as a statement of this engine."""
        return str(self.backend.compile(expression))

    def materialised(self, name: str, build: Build) -> ir.Table:
        """Run what `build()` gives, an expression or a statement, and keep its rows in a table."""
        key = f"shared_{name}"
        if key not in self._ready:
            self.connection.execute(f"CREATE TEMP TABLE {key} AS {self._text(build())}")
            self._ready[key] = self.backend.table(key)
        return self._ready[key]

    def view(self, name: str, statement: str) -> ir.Table:
        """The rows of a statement, computed anew each time that they are read."""
        if name not in self._ready:
            self.connection.execute(f"CREATE TEMP VIEW {name} AS {statement}")
            self._ready[name] = self.backend.table(name)
        return self._ready[name]

    def _text(self, built: ir.Table | str) -> str:
        return built if isinstance(built, str) else self.compiled(built)

    def sliced(self, records: ir.Table, boundaries: Sequence[datetime]) -> ir.Table:
        """Records with `slice`, how many of the sorted boundaries lie at or before `event_at`."""
        origin = records.get_name()
        name = f"{origin}_cut_{len(self._ready)}"
        cut = slice_sql("event_at", boundaries, _literal)
        self.connection.execute(
            f"CREATE TEMP VIEW {name} AS SELECT *, {cut} AS slice FROM {origin}"
        )
        self._ready[name] = ibis.table({**records.schema(), "slice": "int32"}, name=name)
        return self._ready[name]

    def run(self, expression: ir.Table) -> pa.Table:
        """The rows of an expression as Arrow."""
        return self.backend.to_pyarrow(expression)

    def run_shape(
        self, shape: Hashable, build: Shape, records: ir.Table, periods: ir.Table
    ) -> pa.Table:
        """The rows of `build(records, periods)`, compiled once per shape."""
        sql = sql_of_shape(self.name, self.backend.compile, shape, build, records, periods)
        return self.connection.sql(sql).to_arrow_table()

    def rows(
        self, name: str, *, where: Mapping[str, Collection[str]] | None = None
    ) -> list[dict[str, Any]]:
        """Current rows of a fact type as dicts, instants in UTC; `where` holds allowed values."""
        table = self.table(name)
        for column, allowed in (where or {}).items():
            table = table.filter(table[column].isin(list(allowed)))
        return self.select(table)

    def rows_of_files(self, name: str, files: Sequence[str]) -> list[dict[str, Any]]:
        """What some files of a fact type speak of: its current rows, and rows that now are gone."""
        if not files:
            return []
        kind = fact_type(name)
        self.table(name)
        columns = ", ".join(kind.all_columns)
        keys = f"SELECT key_hash FROM read_parquet({list(files)!r})"
        current = f"SELECT {columns} FROM {name} WHERE key_hash IN ({keys})"
        gone = (
            f"SELECT {columns} FROM raw_{name} WHERE key_hash IN ({keys}) "
            f"AND key_hash NOT IN (SELECT key_hash FROM {name} WHERE key_hash IS NOT NULL)"
        )
        query = f"{current} UNION ALL {gone}"
        return with_utc(self.connection.sql(query).to_arrow_table())

    def select(self, expression: ir.Table) -> list[dict[str, Any]]:
        """The rows of an expression as dicts with instants in UTC."""
        return with_utc(self.run(expression))


def _literal(instant: datetime) -> str:
    return f"TIMESTAMP '{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"


def _column_sql(column: str, kind: ColumnType, is_stored: bool) -> str:
    if not is_stored:
        return f"NULL::{SQL_TYPES[kind]} AS {column}"
    if kind == "instant":
        return f"make_timestamp(epoch_us({column})) AS {column}"
    return column


def naive_utc(table: pa.Table) -> pa.Table:
    """The table with zoned instants as timestamps without zone that hold UTC."""
    for index, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz is not None:
            column = table[field.name].cast(pa.timestamp("us", tz="UTC")).cast(pa.timestamp("us"))
            table = table.set_column(index, field.name, column)
    return table


def with_utc(table: pa.Table) -> list[dict[str, Any]]:
    """Rows as dicts; timestamps without zone become instants in UTC."""
    instants = [f.name for f in table.schema if pa.types.is_timestamp(f.type) and f.type.tz is None]
    for name in instants:
        index = table.schema.get_field_index(name)
        zoned = table[name].cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))
        table = table.set_column(index, name, zoned)
    return _plain_zone(table.to_pylist(), instants)


def _plain_zone(rows: list[dict[str, Any]], instants: Sequence[str]) -> list[dict[str, Any]]:
    for row in rows:
        for name in instants:
            value = row[name]
            if value is not None:
                row[name] = value.replace(tzinfo=UTC)
    return rows


def given_table(kind: FactType, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows of a case as a table of the fact type; what a row does not give is null.

    Common columns are filled so that plain rows are each the only version of their key.
    """
    arrays = {}
    for name, column_type in kind.all_columns.items():
        values = [row.get(name) for row in rows]
        if name == "fact_id":
            values = [value or f"given-{i}" for i, value in enumerate(values)]
        elif name == "source" and "source" in kind.key:
            values = [value or "case" for value in values]
        elif name == "recorded_at":
            values = [value or BEGINNING for value in values]
        elif name == "source_order":
            values = [_given_order(row, i) for i, row in enumerate(rows)]
        elif name == "key_hash":
            values = [_row_key(kind, row, i) for i, row in enumerate(rows)]
        elif name == "content_sha256":
            values = [value or f"{i:09d}" for i, value in enumerate(values)]
        arrays[name] = pa.array(values, type=ARROW_TYPES[column_type])
    return pa.table(arrays)


def _given_order(row: Mapping[str, Any], index: int) -> int:
    """The order of a row of a case: as given, else by when it was recorded, else as it stands."""
    if row.get("source_order") is not None:
        return int(row["source_order"])
    recorded_at = row.get("recorded_at")
    return order_of(recorded_at) if recorded_at else index


def _row_key(kind: FactType, row: Mapping[str, Any], index: int) -> int:
    """Rows with a whole key and `recorded_at` may be versions; all others stand for themselves."""
    if row.get("recorded_at") is None:
        return -index - 1
    key = tuple(row.get(name) for name in kind.key)
    return hash(key) & ((1 << 62) - 1)

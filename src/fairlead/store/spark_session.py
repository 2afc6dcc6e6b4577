"""One reading of a lake, or of given tables, through Spark: same facts, same expressions.

Spark reads the list of active Parquet files that the lake names, so it needs no extra jar. The
session's time zone is UTC; instants are timestamps without zone, as on the embedded engine.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Hashable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from fairlead.facts import FactType, fact_type, fact_types
from fairlead.facts.fact_type import ColumnType
from fairlead.kernel.diagnostic import fail
from fairlead.store.current import latest, recorded_by
from fairlead.store.fact_tables import FactTables
from fairlead.store.lake import Lake
from fairlead.store.session import BEGINNING, naive_utc, with_utc
from fairlead.store.shapes import Build, Shape, sql_of_shape
from fairlead.store.slicing import slice_sql

SQL_TYPES: dict[ColumnType, str] = {
    "text": "STRING",
    "instant": "TIMESTAMP_NTZ",
    "date": "DATE",
    "integer": "BIGINT",
    "float": "DOUBLE",
    "amount": "DECIMAL(28,12)",
    "bool": "BOOLEAN",
    "list": "ARRAY<STRING>",
    "json": "STRING",
}


def connect(
    master: str, *, app_name: str = "fairlead", conf: Mapping[str, str] | None = None
) -> Any:
    """A Spark session at a master (`spark://host:port`); FL9003 without the package."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise fail(
            "FL9003", "the package `pyspark` is not installed", help="pip install 'fairlead[spark]'"
        ) from None
    builder = SparkSession.builder.master(master).appName(app_name)
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.ansi.enabled": "true",
        **(conf or {}),
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


class SparkSessionOfFacts:
    """The Spark engine over the files of a lake, or over tables given in memory.

    Given tables travel as Parquet in `exchange`, a folder that driver and workers share; without
    one it is a temporary folder of this machine. `close` (or leaving `with`) drops what the session
    cached on the cluster.
    """

    name = "spark"

    def __init__(
        self,
        spark: Any,
        lake: Lake | None = None,
        *,
        as_of: datetime | None = None,
        tables: Mapping[str, pa.Table] | None = None,
        exchange: Path | None = None,
    ) -> None:
        self.spark, self.lake, self.as_of = spark, lake, as_of
        self.backend = ibis.pyspark.connect(spark)
        self._given = dict(tables or {})
        self._ready: dict[str, ir.Table] = {}
        self._temporary = (
            None if exchange else tempfile.TemporaryDirectory(prefix="fairlead-spark-")
        )
        self._exchange = exchange or Path(self._temporary.name if self._temporary else "")
        self.facts = FactTables(self)
        self._cached: list[Any] = []
        self._views: set[str] = set()
        self._count = 0

    def close(self) -> None:
        for frame in self._cached:
            frame.unpersist()
        for view in self._views:
            self.spark.catalog.dropTempView(view)
        if self._temporary:
            self._temporary.cleanup()

    def __enter__(self) -> SparkSessionOfFacts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def table(self, name: str) -> ir.Table:
        """The current rows of a fact type, or a table that was given under that name."""
        if name not in self._ready:
            if name in fact_types():
                self._prepare(fact_type(name))
            elif name in self._given:
                self._offer(name, self._given[name])
            else:
                raise AttributeError(f"there is no fact type `{name}`")
            self._ready[name] = self.backend.table(name)
        return self._ready[name]

    def register(self, name: str, table: pa.Table) -> None:
        """Offer a table (the catalog, windows) under a name."""
        self._given[name] = table
        self._ready.pop(name, None)

    def _offer(self, name: str, table: pa.Table) -> None:
        self._count += 1
        path = self._exchange / f"{name}-{self._count}.parquet"
        pq.write_table(naive_utc(table), path)
        self._view(name, self.spark.read.parquet(str(path)))

    def _view(self, name: str, frame: Any) -> None:
        frame.createOrReplaceTempView(name)
        self._views.add(name)

    def _prepare(self, kind: FactType) -> None:
        given = self._given.get(kind.name)
        if given is not None and set(given["recorded_at"].to_pylist()) <= {BEGINNING}:
            self._offer(kind.name, given)
            return
        raw = f"raw_{kind.name}"
        self._raw_view(kind, raw)
        as_of = None if self.as_of is None else _literal(self.as_of)
        picked = latest(kind, recorded_by(raw, as_of))
        columns = ", ".join(kind.all_columns)
        query = self.spark.sql(f"SELECT {columns} FROM ({picked}) picked")
        self._view(kind.name, query)

    def _raw_view(self, kind: FactType, raw: str) -> None:
        if kind.name in self._given:
            self._offer(raw, self._given[kind.name])
            return
        files = self.lake.files(kind.name) if self.lake else []
        stored = self.lake.stored_columns(kind.name) if self.lake else set()
        if files:
            frame = self.spark.read.option("mergeSchema", "true").parquet(*files)
            self._view(f"{raw}_files", frame)
        columns = ", ".join(
            _column_sql(column, column_type, column in stored)
            for column, column_type in kind.all_columns.items()
        )
        source = f"{raw}_files" if files else "(SELECT 1) WHERE false"
        self._view(raw, self.spark.sql(f"SELECT {columns} FROM {source}"))

    def compiled(self, expression: ir.Table) -> str:
        """An expression as a statement of this engine."""
        return str(self.backend.compile(expression))

    def materialised(self, name: str, build: Build) -> ir.Table:
        """Run what `build()` gives, an expression or a statement, once; a cached view."""
        built = None if f"shared_{name}".lower() in self._ready else build()
        text = built if built is None or isinstance(built, str) else self.compiled(built)
        return self.view(f"shared_{name}".lower(), text or "")

    def view(self, name: str, statement: str) -> ir.Table:
        """The rows of a statement; cached, since reading them costs a job."""
        key = name.lower()
        if key not in self._ready:
            frame = self.spark.sql(statement).cache()
            self._cached.append(frame)
            self._view(key, frame)
            self._ready[key] = self.backend.table(key)
        return self._ready[key]

    def sliced(self, records: ir.Table, boundaries: Sequence[datetime]) -> ir.Table:
        """Records with `slice`, how many of the sorted boundaries lie at or before `event_at`."""
        origin = records.get_name()
        name = f"{origin}_cut_{len(self._ready)}"
        cut = slice_sql("event_at", boundaries, _literal)
        self._view(name, self.spark.sql(f"SELECT *, {cut} AS slice FROM {origin}"))
        self._ready[name] = ibis.table({**records.schema(), "slice": "int32"}, name=name)
        return self._ready[name]

    def run(self, expression: ir.Table) -> pa.Table:
        """The rows of an expression as Arrow."""
        return naive_utc(self.backend.to_pyarrow(expression))

    def run_shape(
        self, shape: Hashable, build: Shape, records: ir.Table, periods: ir.Table
    ) -> pa.Table:
        """The rows of `build(records, periods)`, compiled once per shape."""
        sql = sql_of_shape(self.name, self.backend.compile, shape, build, records, periods)
        return naive_utc(self.spark.sql(sql).toArrow())

    def rows(
        self, name: str, *, where: Mapping[str, Collection[str]] | None = None
    ) -> list[dict[str, Any]]:
        """Current rows of a fact type as dicts with instants in UTC."""
        table = self.table(name)
        for column, allowed in (where or {}).items():
            table = table.filter(table[column].isin(list(allowed)))
        return with_utc(self.run(table))


def _literal(instant: datetime) -> str:
    return f"TIMESTAMP_NTZ '{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"


def _column_sql(column: str, kind: ColumnType, is_stored: bool) -> str:
    if not is_stored:
        return f"CAST(NULL AS {SQL_TYPES[kind]}) AS {column}"
    if kind == "instant":
        return f"CAST({column} AS TIMESTAMP_NTZ) AS {column}"
    return column

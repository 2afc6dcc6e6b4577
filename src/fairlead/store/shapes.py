"""Compiles an aggregation once for all tables of equal columns.

Compiling costs more than running it over a small table. A shape
is built over two stand-in tables; its SQL is kept per engine, shape and columns, and the names of
the real tables are put in their place. Same expression, same SQL, other table.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import ibis
import ibis.expr.types as ir

RECORDS, PERIODS = "fairlead_stand_in_records", "fairlead_stand_in_periods"
_SQL: dict[Hashable, str] = {}

Build = Callable[[], "ir.Table | str"]
Shape = Callable[[ir.Table, ir.Table], ir.Table]


def sql_of_shape(
    engine: str,
    compile_: Callable[[ir.Table], Any],
    shape: Hashable,
    build: Shape,
    records: ir.Table,
    periods: ir.Table,
) -> str:
    """The SQL of `build(records, periods)` for one engine."""
    key = (engine, shape, tuple(records.schema().items()))
    if key not in _SQL:
        stand_ins = (
            ibis.table(records.schema(), name=RECORDS),
            ibis.table(periods.schema(), name=PERIODS),
        )
        _SQL[key] = str(compile_(build(*stand_ins)))
    sql = _SQL[key].replace(RECORDS, records.get_name())
    return sql.replace(PERIODS, periods.get_name())

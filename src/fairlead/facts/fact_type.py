"""What a fact type is: named columns with types, a natural key, a state and a retention.

Types follow the column's suffix (facts.md section 1): `_at` instant UTC in microseconds, `_on`
date, `_seconds` and `_count` int64, `_ratio` float64, `_amount` decimal(28,12), `_ids` `_refs`
`_shas` `_digests` list of text, `is_` `has_` bool, all else text; others are named explicitly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

ColumnType = Literal[
    "text", "instant", "date", "integer", "float", "amount", "bool", "list", "json"
]
State = Literal["final", "mutable", "derived"]

_SUFFIXES: tuple[tuple[str, ColumnType], ...] = (
    ("_at", "instant"),
    ("_on", "date"),
    ("_seconds", "integer"),
    ("_count", "integer"),
    ("_ratio", "float"),
    ("_amount", "amount"),
    ("_ids", "list"),
    ("_refs", "list"),
    ("_shas", "list"),
    ("_digests", "list"),
    ("_json", "json"),
)

COMMON_COLUMNS: dict[str, ColumnType] = {
    "fact_id": "text",
    "source": "text",
    "source_ref": "text",
    "recorded_at": "instant",
    "supersedes_fact_id": "text",
    "raw_ref": "text",
    "source_order": "integer",
    "key_hash": "integer",
    "content_sha256": "text",
    "is_retracted": "bool",
}


def type_of(column: str) -> ColumnType:
    """The type that a column's name implies."""
    if column.startswith(("is_", "has_")):
        return "bool"
    return next((kind for suffix, kind in _SUFFIXES if column.endswith(suffix)), "text")


@dataclass(frozen=True)
class FactType:
    """One kind of fact. `columns` holds the key first, then the rest, without common columns."""

    name: str
    key: tuple[str, ...]
    state: State
    columns: Mapping[str, ColumnType]
    event_at: str
    retention_days: int
    allowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def all_columns(self) -> dict[str, ColumnType]:
        """Common columns, then its own; a key column may itself be common (`source`)."""
        return {**COMMON_COLUMNS, **{k: v for k, v in self.columns.items() if k != "source"}}


def declare(
    name: str,
    *,
    key: str,
    columns: str,
    event_at: str,
    state: State,
    retention_days: int = 3650,
    types: Mapping[str, ColumnType] | None = None,
    allowed: Mapping[str, str] | None = None,
) -> FactType:
    """Declare a fact type; `key` and `columns` are names separated by spaces.

    `types` names the types that the suffix does not imply; `allowed` the values of an enum column.
    """
    keys = tuple(key.split())
    names = list(dict.fromkeys([*keys, *columns.split()]))
    given = types or {}
    return FactType(
        name=name,
        key=keys,
        state=state,
        columns={column: given.get(column, type_of(column)) for column in names},
        event_at=event_at,
        retention_days=retention_days,
        allowed={column: tuple(values.split()) for column, values in (allowed or {}).items()},
    )


@dataclass(frozen=True, slots=True)
class Fact:
    """One version of one fact on its way to the lake.

    `order` is the source's own order of versions of one key (an instant in microseconds since
    1970, or a sequence number): of two versions the greater order is the later one, whenever
    either arrives. `values` holds columns of the type by name; absent ones are null.
    """

    type: str
    values: Mapping[str, Any]
    order: int
    source_ref: str | None = None
    supersedes_fact_id: str | None = None
    is_retracted: bool = False


def order_of(instant: datetime) -> int:
    """An instant as a source order: microseconds since 1970, exact."""
    whole = int(instant.replace(microsecond=0).timestamp())
    return whole * 1_000_000 + instant.microsecond

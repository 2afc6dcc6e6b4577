"""Facts as Arrow columns: schemas of fact types, strict casts, digests of keys and contents."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow as pa

from fairlead.facts import Fact, FactType
from fairlead.facts.fact_type import ColumnType
from fairlead.kernel.diagnostic import fail
from fairlead.kernel.ids import uuid7

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    "text": pa.string(),
    "instant": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
    "integer": pa.int64(),
    "float": pa.float64(),
    "amount": pa.decimal128(28, 12),
    "bool": pa.bool_(),
    "list": pa.list_(pa.string()),
    "json": pa.string(),
}
_ENCODER = msgspec.json.Encoder(decimal_format="string")


def arrow_schema(fact_type: FactType) -> pa.Schema:
    """The Arrow schema of a fact type, common columns first; `source` is among them."""
    return pa.schema([(name, ARROW_TYPES[kind]) for name, kind in fact_type.all_columns.items()])


@dataclass(frozen=True)
class Batch:
    """Facts of one type as Arrow columns, ready to be appended."""

    fact_type: FactType
    table: pa.Table


def to_batch(
    fact_type: FactType,
    facts: Iterable[Fact],
    *,
    source: str,
    recorded_at: datetime,
    raw_ref: str | None = None,
) -> Batch:
    """Facts as one Arrow table; equal versions of one key in the batch are kept once.

    Raises FL3102 (a value of another type), FL3110 (outside the allowed set) naming the column.
    """
    seen: set[str] = set()
    rows: list[dict[str, Any]] = []
    names = [name for name in fact_type.columns if name != "source"]
    structured = [name for name in names if fact_type.columns[name] == "json"]
    for fact in facts:
        values = fact.values
        if structured:
            values = {**values, **{name: _json(values.get(name)) for name in structured}}
        fact_source = values.get("source", source)
        key = [fact_source if name == "source" else values.get(name) for name in fact_type.key]
        content = [fact_source, fact.order, fact.supersedes_fact_id, fact.is_retracted]
        content.append([values.get(name) for name in names])
        digest = hashlib.sha256(_ENCODER.encode(content)).hexdigest()
        if digest in seen:
            continue
        seen.add(digest)
        if None in key:
            missing = fact_type.key[key.index(None)]
            raise fail("FL3102", f"`{fact_type.name}.{missing}` is null, and it is part of the key")
        row = {name: values.get(name) for name in names}
        row |= {
            "fact_id": uuid7(recorded_at),
            "source": fact_source,
            "source_ref": fact.source_ref,
            "recorded_at": recorded_at,
            "supersedes_fact_id": fact.supersedes_fact_id,
            "raw_ref": raw_ref,
            "source_order": fact.order,
            "key_hash": key_hash(key),
            "content_sha256": digest,
            "is_retracted": fact.is_retracted,
        }
        rows.append(row)
    _check_allowed(fact_type, rows)
    return Batch(fact_type, _table(fact_type, rows))


def _json(value: Any) -> str | None:
    """A structure as compact JSON with sorted keys; text is taken as JSON already."""
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value, order="sorted").decode()


def key_hash(key: Sequence[Any]) -> int:
    """The first 8 bytes of the SHA-256 of a natural key, as a signed integer."""
    digest = hashlib.sha256(_ENCODER.encode(list(key))).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _check_allowed(fact_type: FactType, rows: Sequence[dict[str, Any]]) -> None:
    for column, allowed in fact_type.allowed.items():
        known = {*allowed, None}
        for row in rows:
            if row[column] not in known:
                raise fail(
                    "FL3110",
                    f"`{row[column]}` is no `{fact_type.name}.{column}`",
                    notes=[f"allowed: {', '.join(allowed)}"],
                )


def _table(fact_type: FactType, rows: Sequence[dict[str, Any]]) -> pa.Table:
    arrays, fields = [], []
    for name, kind in fact_type.all_columns.items():
        arrays.append(_array(fact_type.name, name, kind, [row[name] for row in rows]))
        fields.append(pa.field(name, ARROW_TYPES[kind]))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _array(fact: str, name: str, kind: ColumnType, values: list[Any]) -> pa.Array:
    if kind == "instant":
        values = [_utc(fact, name, value) for value in values]
    elif kind == "integer" and any(type(value) is not int for value in values if value is not None):
        values = [_whole(fact, name, value) for value in values]
    try:
        return pa.array(values, type=ARROW_TYPES[kind], from_pandas=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        wrong = next((v for v in values if not _fits(v, kind)), values[0] if values else None)
        raise fail(
            "FL3102", f"`{wrong!r}` does not fit `{fact}.{name}` ({kind}): {error}"
        ) from None


def _fits(value: Any, kind: ColumnType) -> bool:
    try:
        pa.array([value], type=ARROW_TYPES[kind])
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return False
    return True


def _utc(fact: str, name: str, value: Any) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise fail("FL3104", f"`{value!r}` in `{fact}.{name}` is no instant with a zone")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def _whole(fact: str, name: str, value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise fail("FL3102", f"`{value!r}` in `{fact}.{name}` is no whole number")
    return int(value)

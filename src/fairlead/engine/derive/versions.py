"""Compares derived rows before and after, and gives the versions that must be appended.

A row that changed gets a new version, a row that vanished a retraction, an equal row nothing; so a
derivation that changes nothing writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from fairlead.engine.derive.reader import Row
from fairlead.facts import Fact, FactType, fact_type
from fairlead.facts.fact_type import order_of


def changed_versions(
    before_rows: Iterable[Row],
    after_rows: Iterable[Row],
    type_name: str,
    *,
    recorded_at: datetime | None = None,
) -> list[Fact]:
    """New versions of the rows that differ, in the order of their keys.

    The order of a version is `recorded_at` where given; in any case it exceeds the `source_order`
    of the version that it replaces.
    """
    kind = fact_type(type_name)
    before = {_key(row, kind): row for row in before_rows}
    after = {_key(row, kind): row for row in after_rows}
    facts: list[Fact] = []
    for key in sorted({*before, *after}, key=str):
        previous, present = before.get(key), after.get(key)
        if present is None:
            facts.append(_version(previous or {}, kind, previous, recorded_at, is_retracted=True))
        elif previous is None or _content(previous, kind) != _content(present, kind):
            facts.append(_version(present, kind, previous, recorded_at, is_retracted=False))
    return facts


def _key(row: Row, kind: FactType) -> tuple[Any, ...]:
    return tuple(_plain(row.get(column)) for column in kind.key)


def _content(row: Row, kind: FactType) -> list[Any]:
    return [_plain(row.get(column)) for column in kind.columns]


def _plain(value: Any) -> Any:
    """A value as the lake would give it back: an empty list is null, instants are in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, list | tuple):
        return tuple(value) or None
    return value


def _version(
    row: Row,
    kind: FactType,
    previous: Row | None,
    recorded_at: datetime | None,
    *,
    is_retracted: bool,
) -> Fact:
    values = {column: row.get(column) for column in kind.columns}
    order = order_of(recorded_at) if recorded_at is not None else 0
    if previous is not None:
        order = max(order, (previous.get("source_order") or 0) + 1)
    return Fact(kind.name, values, order, is_retracted=is_retracted)

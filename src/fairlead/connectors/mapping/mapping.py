"""Map one record by the declared mapping of its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from fairlead.connectors.contract import Mapped, MappingContext, MappingError, Payload
from fairlead.connectors.mapping.check import check_mapping
from fairlead.connectors.mapping.declaration import (
    ColumnRule,
    RecordRule,
    compiled,
    found_by,
    read_records,
)
from fairlead.connectors.mapping.values import read_instant, read_value
from fairlead.connectors.nesting import inside, listed
from fairlead.connectors.reading import not_future
from fairlead.facts import Fact, fact_type
from fairlead.facts.fact_type import order_of
from fairlead.kernel.diagnostic import DiagnosticError

_checked: dict[int, tuple[Mapping[str, Any], list[RecordRule]]] = {}


def split(document: Any, _event: str = "") -> Sequence[Payload]:
    """A list becomes its items; any other document is one record."""
    return [Payload(item) for item in listed(document)]


def map_payload(payload: Payload, context: MappingContext) -> Mapped:
    """The facts of every record whose `where` holds; a wrong mapping raises its diagnostics."""
    facts = [
        fact
        for rule in _records(context.settings)
        for place, item in _items(rule, payload.body)
        if rule.where is None or compiled(rule.where).search(item)
        for fact in [_fact(rule, item, place, context)]
    ]
    return Mapped(facts, None if facts else "no record of the mapping applies")


def _records(settings: Mapping[str, Any]) -> list[RecordRule]:
    """Checked once per settings object, since a file has millions of rows."""
    held = _checked.get(id(settings))
    if held is not None and held[0] is settings:
        return held[1]
    if findings := check_mapping(settings):
        raise DiagnosticError(*findings)
    records = read_records(settings)
    _checked.clear()
    _checked[id(settings)] = (settings, records)
    return records


def _items(rule: RecordRule, body: Any) -> Iterator[tuple[str, Any]]:
    if rule.each is None:
        yield "$", body
        return
    found = compiled(rule.each).search(body)
    if found is not None and not isinstance(found, list):
        raise MappingError("FL3102", f"$.{rule.each}", "`each` finds no list here")
    for index, item in enumerate(found or []):
        yield f"$.{rule.each}[{index}]", item


def _fact(rule: RecordRule, item: Any, place: str, context: MappingContext) -> Fact:
    kind = fact_type(rule.fact)
    with inside(place):
        values = {
            name: read_value(column, name, kind, item) for name, column in rule.columns.items()
        }
        for name in kind.key:
            if name != "source" and values[name] is None:
                raise MappingError("FL3102", rule.columns[name].place, f"key `{name}` is missing")
        event_at = values.get(kind.event_at)
        if isinstance(event_at, datetime):
            not_future(event_at, context.received_at, rule.columns[kind.event_at].place)
        key = "/".join(str(values[name]) for name in kind.key if name != "source")
        return Fact(rule.fact, values, _order(rule.order, item, event_at, rule), key)


def _order(declared: ColumnRule | None, item: Any, event_at: Any, rule: RecordRule) -> int:
    """A declared format makes an instant of it; else whole numbers are taken as they stand."""
    if declared is None:
        if not isinstance(event_at, datetime):
            place = rule.columns[fact_type(rule.fact).event_at].place
            raise MappingError("FL3102", place, "missing, and it orders the versions")
        return order_of(event_at)
    raw = found_by(declared, item)
    if raw in (None, ""):
        raise MappingError("FL3102", declared.place, "missing, and it orders the versions")
    if declared.format is None and str(raw).lstrip("-").isdigit():
        return int(raw)
    return order_of(read_instant(raw, declared))

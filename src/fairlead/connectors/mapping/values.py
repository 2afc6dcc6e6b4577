"""Read one raw value as the column's type: instants by format and zone, numbers, lists, words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from fairlead.connectors.contract import MappingError
from fairlead.connectors.mapping.declaration import ColumnRule, found_by
from fairlead.connectors.reading import to_instant
from fairlead.facts import FactType

TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0")
LARGEST = (1 << 63) - 1


def read_value(rule: ColumnRule, column: str, fact_type: FactType, record: Any) -> Any:
    """The value of one column, or None where the record has none."""
    raw = found_by(rule, record)
    if rule.map is not None and raw is not None and str(raw) in rule.map:
        raw = rule.map[str(raw)]
    elif rule.has_default and (raw in (None, "") or rule.map is not None):
        raw = rule.default
    elif rule.map is not None and raw not in (None, ""):
        raise _not_among(raw, rule.place, tuple(rule.map))
    if raw in (None, ""):
        return None
    value = READERS[fact_type.columns[column]](raw, rule)
    allowed = fact_type.allowed.get(column)
    if allowed and value not in allowed:
        raise _not_among(value, rule.place, allowed)
    return value


def _not_among(value: Any, place: str, allowed: tuple[str, ...]) -> MappingError:
    words = ", ".join(f"`{word}`" for word in allowed)
    return MappingError("FL3110", place, f"`{value}` is not among {words}")


def _text(raw: Any, rule: ColumnRule) -> str:
    if isinstance(raw, Mapping | list):
        raise MappingError("FL3102", rule.place, "text expected, found a nested value")
    return str(raw)


def read_instant(raw: Any, rule: ColumnRule) -> datetime:
    """An instant in the declared format; without one, any form that carries its zone."""
    if rule.format in ("epoch_s", "epoch_ms"):
        return _epoch(raw, rule, 1 if rule.format == "epoch_s" else 1000)
    if rule.format is None or rule.format == "iso":
        if rule.zone is None or not isinstance(raw, str):
            return to_instant(raw, rule.place)
        return _in_zone(_parsed(raw, rule, datetime.fromisoformat), raw, rule)
    pattern = rule.format
    return _in_zone(_parsed(raw, rule, lambda word: datetime.strptime(word, pattern)), raw, rule)  # noqa: DTZ007 - `_in_zone` gives it its zone


def _epoch(raw: Any, rule: ColumnRule, units: int) -> datetime:
    try:
        micros = int(Decimal(str(raw)) * 1_000_000 / units)
        found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    except (InvalidOperation, ValueError, OverflowError):
        raise MappingError("FL3104", rule.place, f"`{raw}` is no `{rule.format}`") from None
    return to_instant(found.isoformat(), rule.place)


def _parsed(raw: Any, rule: ColumnRule, parse: Callable[[str], datetime]) -> datetime:
    try:
        return parse(str(raw))
    except ValueError:
        raise MappingError(
            "FL3104", rule.place, f"`{raw}` does not match `{rule.format or 'iso'}`"
        ) from None


def _in_zone(found: datetime, raw: Any, rule: ColumnRule) -> datetime:
    if found.tzinfo is None:
        if rule.zone is None:
            raise MappingError("FL3104", rule.place, f"`{raw}` has no time zone")
        local = found.replace(tzinfo=ZoneInfo(rule.zone))
        if local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) != found:
            raise MappingError(
                "FL3104", rule.place, f"`{raw}` does not exist in `{rule.zone}`: clocks skip it"
            )
        found = local
    return to_instant(found.astimezone(UTC).isoformat(), rule.place)


def _date(raw: Any, rule: ColumnRule) -> date:
    if rule.format and rule.format not in ("iso", "epoch_s", "epoch_ms"):
        pattern = rule.format
        return _parsed(raw, rule, lambda word: datetime.strptime(word, pattern)).date()  # noqa: DTZ007 - a date has no zone
    return _parsed(raw, rule, datetime.fromisoformat).date()


def _integer(raw: Any, rule: ColumnRule) -> int:
    number = _decimal(raw, rule)
    if number != number.to_integral_value():
        raise MappingError("FL3102", rule.place, f"`{raw}` is no whole number")
    if abs(number) > LARGEST:
        raise MappingError("FL3109", rule.place, f"`{raw}` does not fit 64 bits")
    return int(number)


def _decimal(raw: Any, rule: ColumnRule) -> Decimal:
    try:
        number = Decimal(str(raw).strip())
    except InvalidOperation:
        raise MappingError("FL3102", rule.place, f"`{raw}` is no number") from None
    if isinstance(raw, bool) or not number.is_finite():
        raise MappingError("FL3109", rule.place, f"`{raw}` is no finite number")
    return number


def _float(raw: Any, rule: ColumnRule) -> float:
    return float(_decimal(raw, rule))


def _bool(raw: Any, rule: ColumnRule) -> bool:
    word = str(raw).strip().lower()
    if word not in (*TRUE, *FALSE):
        raise _not_among(raw, rule.place, (*TRUE, *FALSE))
    return word in TRUE


def _list(raw: Any, rule: ColumnRule) -> list[str]:
    if isinstance(raw, list):
        return [str(item) for item in raw]
    parts = str(raw).split(rule.separator) if rule.separator else [str(raw)]
    return [part.strip() for part in parts if part.strip()]


def _json(raw: Any, rule: ColumnRule) -> Any:
    if not isinstance(raw, str):
        return raw
    try:
        return json.loads(raw)
    except ValueError:
        raise MappingError("FL3102", rule.place, "no JSON text") from None


READERS: Mapping[str, Callable[[Any, ColumnRule], Any]] = {
    "text": _text,
    "instant": read_instant,
    "date": _date,
    "integer": _integer,
    "float": _float,
    "amount": _decimal,
    "bool": _bool,
    "list": _list,
    "json": _json,
}

"""Find all that is wrong with a mapping before its first record is read: FL3111 with places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fairlead.connectors.mapping.declaration import (
    COLUMN_KEYS,
    PLAIN_FORMATS,
    RECORD_KEYS,
    is_path,
)
from fairlead.facts import FactType, fact_types
from fairlead.kernel.diagnostic import Diagnostic, Place
from fairlead.kernel.ids import near_match


def check_mapping(settings: Mapping[str, Any]) -> list[Diagnostic]:
    """Every finding, in the order of the file; an empty list means that the mapping can be used."""
    records = settings.get("records")
    if not isinstance(records, list) or not records:
        return [_wrong("records", "a mapping needs a list `records` with one record or more")]
    return [found for i, item in enumerate(records) for found in _record(item, f"records[{i}]")]


def _wrong(
    path: str, message: str, *, notes: Iterable[str] = (), help_text: str | None = None
) -> Diagnostic:
    return Diagnostic("FL3111", message, Place(payload_path=path), tuple(notes), help_text)


def _unknown(path: str, what: str, word: str, allowed: Iterable[str]) -> Diagnostic:
    known = sorted(allowed)
    like = near_match(str(word), known)
    return _wrong(
        path,
        f"unknown {what} `{word}`",
        notes=[f"allowed: {', '.join(known)}"],
        help_text=f"did you mean `{like}`?" if like else None,
    )


def _record(record: Any, path: str) -> Iterator[Diagnostic]:
    if not isinstance(record, Mapping):
        yield _wrong(path, "a record is a mapping of `fact` and `columns`")
        return
    for key in record:
        if key not in RECORD_KEYS:
            yield _unknown(f"{path}.{key}", "key", key, RECORD_KEYS)
    for key in ("where", "each"):
        if key in record and not is_path(str(record[key])):
            yield _wrong(f"{path}.{key}", f"`{record[key]}` is no JMESPath")
    fact, columns = record.get("fact"), record.get("columns")
    if fact not in fact_types():
        yield _unknown(f"{path}.fact", "fact type", str(fact), fact_types())
        return
    if not isinstance(columns, Mapping) or not columns:
        yield _wrong(f"{path}.columns", f"a record of `{fact}` needs `columns`")
        return
    kind = fact_types()[str(fact)]
    for name, rule in columns.items():
        yield from _column(str(name), rule, kind, f"{path}.columns.{name}")
    yield from _key_and_order(record, columns, kind, path)


def _key_and_order(
    record: Mapping[str, Any], columns: Mapping[str, Any], kind: FactType, path: str
) -> Iterator[Diagnostic]:
    for name in kind.key:
        if name != "source" and name not in columns:
            key = ", ".join(f"`{part}`" for part in kind.key if part != "source")
            yield _wrong(
                f"{path}.columns",
                f"key column `{name}` of `{kind.name}` is missing",
                notes=[f"the key is {key}"],
            )
    if "order" in record:
        yield from _rule(record["order"], "instant", f"{path}.order")
    elif kind.event_at not in columns:
        yield _wrong(
            path,
            f"`{kind.name}` has neither `order` nor the column `{kind.event_at}`",
            notes=["of two versions of one key the greater order is the later one"],
        )


def _column(name: str, rule: Any, kind: FactType, path: str) -> Iterator[Diagnostic]:
    if name == "source":
        yield _wrong(path, "`source` is the id of the configured source and cannot be mapped")
        return
    if name not in kind.columns:
        yield _unknown(path, f"column of `{kind.name}`", name, kind.columns)
        return
    yield from _rule(rule, kind.columns[name], path)
    allowed = kind.allowed.get(name)
    if not allowed or not isinstance(rule, Mapping):
        return
    mapped = rule.get("map")
    stated = (
        {f"{path}.map.{k}": v for k, v in mapped.items()} if isinstance(mapped, Mapping) else {}
    )
    stated |= {f"{path}.{key}": rule[key] for key in ("const", "default") if key in rule}
    for place, value in stated.items():
        if value is not None and value not in allowed:
            yield _unknown(place, f"value of `{name}`", str(value), allowed)


def _rule(rule: Any, column_type: str, path: str) -> Iterator[Diagnostic]:
    if isinstance(rule, str):
        rule = {"path": rule}
    if not isinstance(rule, Mapping):
        yield _wrong(path, "a column is a path, or a mapping with `path`, `column` or `const`")
        return
    for key in rule:
        if key not in COLUMN_KEYS:
            yield _unknown(f"{path}.{key}", "key", str(key), COLUMN_KEYS)
    sources = [key for key in ("path", "column", "const") if key in rule]
    if len(sources) != 1:
        found = ", ".join(f"`{key}`" for key in sources) or "none"
        yield _wrong(path, f"exactly one of `path`, `column`, `const` is needed, found {found}")
    if "path" in rule and not is_path(str(rule["path"])):
        yield _wrong(
            f"{path}.path",
            f"`{rule['path']}` is no JMESPath",
            help_text=f"for a CSV column write `column: {rule['path']}`",
        )
    if "map" in rule and not isinstance(rule["map"], Mapping):
        yield _wrong(f"{path}.map", "`map` is a mapping from the record's words to ours")
    yield from _times(rule, column_type, path)


def _times(rule: Mapping[str, Any], column_type: str, path: str) -> Iterator[Diagnostic]:
    """Formats and zones belong to instants and dates; a local time needs its zone."""
    pattern, zone = rule.get("format"), rule.get("zone")
    if (pattern or zone) and column_type not in ("instant", "date"):
        yield _wrong(
            path, f"`format` and `zone` are for instants, and this column is {column_type}"
        )
        return
    if pattern is not None and pattern not in PLAIN_FORMATS and "%" not in str(pattern):
        yield _wrong(
            f"{path}.format",
            f"`{pattern}` is no format",
            notes=[f"allowed: {', '.join(PLAIN_FORMATS)}, or a pattern such as %d.%m.%Y %H:%M"],
        )
    is_local = pattern is not None and "%" in str(pattern) and "%z" not in str(pattern)
    if is_local and zone is None and column_type == "instant":
        yield _wrong(
            path, f"`{pattern}` has no zone", help_text="add `zone:`, such as Europe/Berlin"
        )
    if zone is not None and not _is_zone(str(zone)):
        yield _wrong(f"{path}.zone", f"unknown time zone `{zone}`")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True

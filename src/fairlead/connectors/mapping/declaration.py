"""A mapping as it is declared: records, their columns, and how each value is found and read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

RECORD_KEYS = ("fact", "columns", "where", "each", "order")
COLUMN_KEYS = (*("path", "column", "const", "format", "zone", "map", "default", "separator"),)
PLAIN_FORMATS = ("iso", "epoch_s", "epoch_ms")


@dataclass(frozen=True)
class ColumnRule:
    """Where one value stands (`path`, `column` or `const`) and how it is read."""

    path: str | None = None
    column: str | None = None
    const: Any = None
    has_const: bool = False
    format: str | None = None
    zone: str | None = None
    map: Mapping[str, Any] | None = None
    default: Any = None
    has_default: bool = False
    separator: str | None = None

    @property
    def place(self) -> str:
        """The path of the value in the payload, for a refusal."""
        return f"$.{self.path or self.column}" if not self.has_const else "$"


@dataclass(frozen=True)
class RecordRule:
    """One fact type that the payload yields."""

    fact: str
    columns: Mapping[str, ColumnRule]
    where: str | None = None
    each: str | None = None
    order: ColumnRule | None = None


def read_rule(declared: Any) -> ColumnRule:
    """A text is short for its path; a mapping is read key by key. Checked by `check_mapping`."""
    if not isinstance(declared, Mapping):
        return ColumnRule(path=str(declared))
    return ColumnRule(
        path=declared.get("path"),
        column=declared.get("column"),
        const=declared.get("const"),
        has_const="const" in declared,
        format=declared.get("format"),
        zone=declared.get("zone"),
        map={str(k): v for k, v in declared["map"].items()} if "map" in declared else None,
        default=declared.get("default"),
        has_default="default" in declared,
        separator=declared.get("separator"),
    )


def read_records(settings: Mapping[str, Any]) -> list[RecordRule]:
    """The records of a mapping that `check_mapping` found nothing wrong with."""
    return [
        RecordRule(
            fact=record["fact"],
            columns={name: read_rule(rule) for name, rule in record["columns"].items()},
            where=record.get("where"),
            each=record.get("each"),
            order=read_rule(record["order"]) if "order" in record else None,
        )
        for record in settings["records"]
    ]


@lru_cache(maxsize=1024)
def compiled(path: str) -> Any:
    """The compiled JMESPath; JMESPathError when it is none."""
    return jmespath.compile(path)


def is_path(path: str) -> bool:
    """Whether the text is a JMESPath."""
    try:
        compiled(path)
    except JMESPathError:
        return False
    return True


def found_by(rule: ColumnRule, record: Any) -> Any:
    """The raw value; a key that is spelled exactly like the path wins over the path."""
    if rule.has_const:
        return rule.const
    name = rule.column if rule.column is not None else rule.path
    if isinstance(record, Mapping) and name in record:
        return record[name]
    return compiled(rule.path).search(record) if rule.path is not None else None

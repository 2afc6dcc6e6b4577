"""Read connector cases and run them: one payload in, facts or a refusal out.

Besides the keys of conformance/README.md a case may say `split: true` (the payload is a document
that the connector's `split` turns into payloads, `event` being what its file is named after),
`settings`, `delivery_ref` and `expect_flags`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from fairlead.connectors import load_connector
from fairlead.connectors.contract import (
    Connector,
    Mapped,
    MappingContext,
    MappingError,
    Payload,
)
from fairlead.engine.conformance.table import cells_equal, coerce, parse_table
from fairlead.facts import Fact, fact_type

KEYS = {
    "connector", "source", "why", "payload", "payload_file", "event", "received_at", "settings",
    "delivery_ref", "split", "expect", "expect_not_needed", "expect_error", "expect_flags",
}  # fmt: skip


class DisagreementError(Exception):
    """What a case expects and what the connector gave do not agree; or the case is wrong."""


def agree(holds: object, message: str) -> None:
    """Raise the message as a `DisagreementError` unless something holds."""
    if not holds:
        raise DisagreementError(message)


# Columns of the fact itself that a table may name beside those of its type.
OWN = {"is_retracted": "bool", "source_ref": "text"}


def case_files(root: Path) -> list[Path]:
    """Every connector case below a folder of conformance cases."""
    return sorted((root / "connectors").glob("*/*.yaml"))


def read_case(path: Path) -> dict[str, Any]:
    """A case as a mapping; `DisagreementError` names what is wrong with it."""
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    unknown = set(case) - KEYS
    agree(not unknown, f"unknown keys: {sorted(unknown)}")
    for key in ("connector", "source", "why", "received_at"):
        agree(case.get(key), f"the case has no `{key}`")
    assert case["connector"] == path.parent.name
    outcomes = {"expect", "expect_not_needed", "expect_error"} & set(case)
    agree(len(outcomes) == 1, "a case expects facts, not_needed or an error")
    return dict(case)


def payloads_of(case: Mapping[str, Any], folder: Path, connector: Connector) -> Sequence[Payload]:
    """The payloads of a case: one, or those that `split` makes of its document."""
    if "payload_file" in case:
        body = json.loads((folder / case["payload_file"]).read_text(encoding="utf-8"))
    else:
        body = case["payload"]
    if case.get("split"):
        if connector.split is None:
            raise DisagreementError(f"{connector.id} splits nothing")
        return connector.split(body, str(case.get("event") or ""))
    return [Payload(body, case.get("event"), case.get("delivery_ref"))]


def map_case(case: Mapping[str, Any], folder: Path) -> list[Mapped]:
    """What the connector makes of the payloads of a case."""
    connector = load_connector(case["connector"])
    context = context_of(case, connector)
    return [connector.map_payload(one, context) for one in payloads_of(case, folder, connector)]


def context_of(case: Mapping[str, Any], connector: Connector) -> MappingContext:
    """What the mapping of a case may know: its source bears the connector's id."""
    settings = case.get("settings") or {}
    return MappingContext(connector.id, _instant(case["received_at"]), settings)


def run_connector_case(file: Path) -> list[str]:
    """The disagreement of a case, in words; none when it passes."""
    try:
        _check_case(read_case(file), file.parent)
    except DisagreementError as found:
        return [str(found)]
    return []


def _check_case(case: Mapping[str, Any], folder: Path) -> None:
    try:
        mapped = map_case(case, folder)
    except MappingError as error:
        wanted = case.get("expect_error") or {}
        agree((error.code, error.path) == (wanted.get("code"), wanted.get("path")), str(error))
        agree(wanted.get("message", "") in error.message, f"the message is: {error.message}")
        return
    agree("expect_error" not in case, "it was mapped, and an error was expected")
    flags = sorted(flag for one in mapped for flag in one.flags)
    agree(flags == sorted(case.get("expect_flags", flags)), f"the flags are {flags}")
    reasons = [one.not_needed for one in mapped]
    facts = [fact for one in mapped for fact in one.facts]
    if "expect_not_needed" in case:
        agree(reasons == [case["expect_not_needed"]] * len(mapped), f"not needed: {reasons}")
        agree(not facts, f"{len(facts)} facts, and none was expected")
        return
    agree(not any(reasons), f"not needed: {reasons}")
    check_facts(case["expect"], facts)


def check_facts(expected: Mapping[str, str], facts: Sequence[Fact]) -> None:
    """Every expected row is there, and no other, for every fact type."""
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        check_fact(fact)
        found.setdefault(fact.type, []).append(fact)
    agree(set(found) == set(expected), f"fact types {sorted(found)}, not {sorted(expected)}")
    for name, table in expected.items():
        _check_table(name, table, found[name])


def check_fact(fact: Fact) -> None:
    """A fact has the columns of its type, a whole key and allowed values only."""
    kind = fact_type(fact.type)
    unknown = set(fact.values) - set(kind.columns)
    agree(not unknown, f"{fact.type} has no columns {sorted(unknown)}")
    for column in kind.key:
        agree(column == "source" or fact.values.get(column) is not None, f"key `{column}` is null")
    for column, allowed in kind.allowed.items():
        value = fact.values.get(column)
        agree(value is None or value in allowed, f"`{column}` is `{value}`, allowed {allowed}")
    for column, value in fact.values.items():
        if isinstance(value, datetime):
            agree(value.utcoffset() is not None, f"`{column}` has no zone")


def _check_table(name: str, table: str, facts: Sequence[Fact]) -> None:
    rows = parse_table(table, name)
    columns = {**fact_type(name).columns, **OWN}
    for row in rows:
        for column, cell in row.items():
            coerce(cell, columns[column])  # type: ignore[arg-type]
    left = [_values(fact) for fact in facts]
    for row in rows:
        match = next((values for values in left if _is_equal(row, values)), None)
        if match is None:
            raise DisagreementError(f"{name}: no fact for {row}; found {_shown(rows, left)}")
        left.remove(match)
    agree(not left, f"{name}: facts beyond the table: {_shown(rows, left)}")


def _values(fact: Fact) -> dict[str, Any]:
    own = {"is_retracted": fact.is_retracted, "source_ref": fact.source_ref}
    return {**own, **fact.values}


def _is_equal(row: Mapping[str, str | None], values: Mapping[str, Any]) -> bool:
    return all(cells_equal(cell, values.get(column)) for column, cell in row.items())


def _shown(rows: Sequence[Mapping[str, Any]], left: Sequence[Mapping[str, Any]]) -> list[Any]:
    columns = list(rows[0]) if rows else []
    return [{column: str(item.get(column)) for column in columns} for item in left]


def _instant(value: Any) -> datetime:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)

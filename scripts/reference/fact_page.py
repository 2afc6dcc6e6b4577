"""`facts.md`: every fact type with its labels and columns."""

from __future__ import annotations

import importlib

from fairlead.facts import fact_types
from fairlead.facts.fact_type import COMMON_COLUMNS, FactType
from fairlead.kernel.labels import labels_of

from .markdown import cell, code, codes, labels, opening, table


def page() -> list[str]:
    """The whole page."""
    lines = opening(
        "Facts",
        f"{len(fact_types())} fact types. A fact is never changed: a later version of the same key "
        "is appended, and the greatest by source order and then content digest is the current one.",
    )
    lines += ["## Common columns", "", "Every fact type has these.", ""]
    lines += table(["column", "type"], [[code(n), kind] for n, kind in COMMON_COLUMNS.items()])
    for fact in fact_types().values():
        lines += _section(fact)
    return lines


def _section(fact: FactType) -> list[str]:
    module = importlib.import_module(f"fairlead.facts.{fact.name}")
    summary, found = labels_of(module.__doc__ or "")
    lines = [f"## {fact.name}", "", summary, ""]
    lines += labels({label: cell(text) for label, text in found.items()})
    lines += [
        f"State {code(fact.state)}; its instant is {code(fact.event_at)}; kept "
        f"{fact.retention_days} days.",
        "",
    ]
    lines += table(
        ["column", "type", "allowed"],
        [
            [code(name) + (" (key)" if name in fact.key else ""), kind, _allowed(fact, name)]
            for name, kind in fact.columns.items()
        ],
    )
    return lines


def _allowed(fact: FactType, column: str) -> str:
    return codes(fact.allowed.get(column, ()))

"""A table for people: named columns, rows of ready text, and a caption that says what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column; numbers stand to the right."""

    name: str
    is_number: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of text under columns; `note` says what was left out, if anything.

    In the cells of a marked table, `x` between backticks is code.
    """

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    note: str | None = None
    is_marked: bool = False


def columns(*names: str) -> tuple[Column, ...]:
    """Columns by name; a leading `#` marks one of numbers."""
    return tuple(Column(name.removeprefix("#"), name.startswith("#")) for name in names)

"""How a derivation reads facts: current rows of one type, optionally of some column values only.

A row is a mapping of column names to values (instants aware and in UTC, lists as lists); columns
that a source did not give are absent or None. `RowReader` serves rows that are in memory already.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Row = dict[str, Any]
Where = Mapping[str, Collection[str]]


class FactReader(Protocol):
    """Current rows, as of the instant that the reader was made for."""

    def rows(self, fact_type: str, *, where: Where | None = None) -> list[Row]: ...


@dataclass(frozen=True)
class RowReader:
    """Rows in memory by fact type: for folds of cases, tests and small inputs."""

    by_type: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    _index: dict[tuple[str, str], dict[Any, list[int]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def rows(self, fact_type: str, *, where: Where | None = None) -> list[Row]:
        """The rows of a type whose columns hold one of the wanted values, in the given order."""
        table = self.by_type.get(fact_type, ())
        if not where:
            return list(table)
        found: set[int] | None = None
        for column, values in where.items():
            places = self._places(fact_type, column)
            matching = {place for value in set(values) for place in places.get(value, ())}
            found = matching if found is None else found & matching
        return [table[place] for place in sorted(found or ())]

    def _places(self, fact_type: str, column: str) -> dict[Any, list[int]]:
        """The positions of the rows by a column's value; made once per column."""
        key = (fact_type, column)
        if key not in self._index:
            places: dict[Any, list[int]] = {}
            for place, row in enumerate(self.by_type.get(fact_type, ())):
                places.setdefault(row.get(column), []).append(place)
            self._index[key] = places
        return self._index[key]

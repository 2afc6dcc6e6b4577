"""Sums of records by slice of time and key, rolled up to any windows and any coarser key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from fairlead.engine.slices import Slices
from fairlead.kernel.window import Window

Rows = list[dict[str, Any]]
PLACE = ("slice", "is_open")


@dataclass(frozen=True)
class Cube:
    """What `aggregate.sums` gave for the slices, with a column for each of `keys`."""

    slices: Slices
    keys: tuple[str, ...]
    table: pa.Table

    @property
    def sums(self) -> list[str]:
        """The columns that add up."""
        known = {*PLACE, "excluded_reason", *self.keys}
        return [name for name in self.table.column_names if name not in known]

    def serves(self, windows: Sequence[Window], keys: Sequence[str]) -> bool:
        """Whether figures of these windows and keys can be summed from here."""
        return set(keys) <= set(self.keys) and self.slices.serve(windows)

    def rolled(
        self, by: Sequence[str], windows: Sequence[Window], only: str | None = None
    ) -> tuple[Rows, Rows]:
        """Figures of what counts, and rows of what is excluded, by period and `by`.

        `only` names a key column of truth values; rows where it is not true are left out.
        """
        table = self.table if only is None else self.table.filter(self.table[only])
        coarse = _summed(table, [*PLACE, "excluded_reason", *by], self.sums)
        members = self.slices.members(windows)
        placed = coarse.join(members, list(PLACE), join_type="inner")
        rows = _summed(placed, ["period", "excluded_reason", *by], self.sums).to_pylist()
        counted = [row for row in rows if row["excluded_reason"] is None]
        return counted, [row for row in rows if row["excluded_reason"] is not None]


def _summed(table: pa.Table, keys: Sequence[str], sums: Sequence[str]) -> pa.Table:
    found = table.group_by(list(keys)).aggregate([(name, "sum") for name in sums])
    return found.rename_columns([name.removesuffix("_sum") for name in found.column_names])


def count_by_key(rows: Sequence[Mapping[str, Any]], by: Sequence[str]) -> dict[Any, int]:
    """`n` of rows by (period, key...)."""
    return {(row["period"], *(row[column] for column in by)): row["n"] for row in rows}

"""Tables of conformance cases: pipes between cells, the first line names the columns."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from fairlead.facts.fact_type import ColumnType
from fairlead.kernel.diagnostic import Place, fail

Row = dict[str, str | None]


def parse_table(text: str, place: str = "") -> list[Row]:
    """The rows of a table as raw cells; an empty cell or `null` is None.

    `place` (`file:line` of the first table line) is named in FL4104 when a row has another number
    of cells than the header, or a column stands twice.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return []
    header = _cells(lines[0])
    if len(set(header)) != len(header):
        raise fail("FL4104", f"a column stands twice: {' | '.join(header)}", place=_at(place, 0))
    rows: list[Row] = []
    for number, line in enumerate(lines[1:], start=1):
        cells = _cells(line)
        if len(cells) != len(header):
            raise fail(
                "FL4104",
                f"{len(cells)} cells where the header has {len(header)}: `{line.strip()}`",
                place=_at(place, number),
            )
        rows.append({name: _null(cell) for name, cell in zip(header, cells, strict=True)})
    return rows


def table_columns(text: str) -> list[str]:
    """The column names of a table; empty for an empty text."""
    lines = [line for line in text.splitlines() if line.strip()]
    return _cells(lines[0]) if lines else []


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _null(cell: str) -> str | None:
    return None if cell in ("", "null") else cell


def _at(place: str, offset: int) -> Place | None:
    if not place:
        return None
    file, _, line = place.rpartition(":")
    return Place(file=file, line=int(line) + offset) if line.isdigit() else Place(file=place)


def coerce(cell: str | None, column_type: ColumnType) -> Any:
    """A raw cell as a value of a column type; FL4104 when it cannot be one."""
    if cell is None:
        return None
    try:
        return _COERCE[column_type](cell)
    except (ValueError, KeyError, InvalidOperation):
        raise fail("FL4104", f"`{cell}` is no {column_type}") from None


def _instant(cell: str) -> datetime:
    found = datetime.fromisoformat(cell)
    if found.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return found.astimezone(UTC)


def _list(cell: str) -> list[str]:
    inner = cell.strip().removeprefix("[").removesuffix("]")
    return [item.strip().strip("'\"") for item in inner.split(",") if item.strip()]


_COERCE: dict[str, Any] = {
    "text": str,
    "instant": _instant,
    "date": date.fromisoformat,
    "integer": int,
    "float": float,
    "amount": Decimal,
    "bool": lambda cell: {"true": True, "false": False}[cell.lower()],
    "list": _list,
    "json": str,
}


def cells_equal(expected: str | None, found: Any, digits: int | None = None) -> bool:
    """Whether a found value agrees with a raw expected cell.

    Numbers agree to 1e-9 of their size, or to `digits` decimals; instants as instants; lists as
    ordered lists; everything else as text.
    """
    if expected is None or found is None:
        return expected is None and found is None
    if isinstance(found, bool):
        return expected.lower() == str(found).lower()
    if isinstance(found, int | float | Decimal):
        return _numbers_equal(expected, float(found), digits)
    if isinstance(found, datetime):
        try:
            return _instant(expected) == (found if found.tzinfo else found.replace(tzinfo=UTC))
        except ValueError:
            return False
    if isinstance(found, list | tuple):
        return _list(expected) == [str(item) for item in found]
    return expected == str(found)


def _numbers_equal(expected: str, found: float, digits: int | None) -> bool:
    try:
        wanted = float(expected)
    except ValueError:
        return False
    if digits is not None:
        return round(wanted - found, digits) == 0 or abs(wanted - found) <= 0.5 * 10**-digits
    return abs(wanted - found) <= 1e-9 * max(1.0, abs(wanted))

"""The latest records behind a number as a table of readable cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from fairlead.kernel.measure import KpiCard
from fairlead.kernel.wording import duration, minute, words
from fairlead.reports.tables import Column, Table

MOST_COLUMNS = 9
MOST_ROWS = 20
FIRST = ("event_at", "service_id", "repo_id", "record_id", "numerator", "denominator", "seconds",
         "excluded_reason", "outcome", "severity")  # fmt: skip
_HEADS = {"event_at": "when", "record_id": "record", "excluded_reason": "left out because"}
_ENDS = ("_id", "_at", "_seconds")


def records_table(card: KpiCard, zone: ZoneInfo) -> Table | None:
    """The latest records; None when there are none. Columns without any value are left out."""
    shown = list(card.records)[:MOST_ROWS]
    total = max(card.records_count, len(card.records))
    note = None if len(shown) == total else f"the latest {len(shown)} of {total:,} records"
    return rows_table(f"Records behind {card.name}", shown, zone, note)


def rows_table(
    caption: str, shown: Sequence[Mapping[str, object]], zone: ZoneInfo, note: str | None
) -> Table | None:
    """Records as a table; None when there are none. Columns without any value are left out."""
    names = _columns(shown)
    if not names:
        return None
    return Table(
        caption,
        [Column(_head(name), _is_number(shown, name)) for name in names],
        [[cell(name, row.get(name), zone) for name in names] for row in shown],
        note,
    )


def _columns(rows: Sequence[Mapping[str, object]]) -> list[str]:
    known = list(dict.fromkeys(name for row in rows for name in row))
    filled = [n for n in known if any(_is_filled(row.get(n)) for row in rows)]
    ordered = [n for n in FIRST if n in filled] + [n for n in filled if n not in FIRST]
    return ordered[:MOST_COLUMNS]


def _is_filled(value: object) -> bool:
    return value is not None and value != "" and value != []


def _head(name: str) -> str:
    if name in _HEADS:
        return _HEADS[name]
    for end in _ENDS:
        if name.endswith(end) and name != end:
            return words(name.removesuffix(end))
    return "took" if name == "seconds" else words(name)


def _is_number(rows: Sequence[Mapping[str, object]], name: str) -> bool:
    values = [row[name] for row in rows if row.get(name) is not None]
    return bool(values) and all(
        isinstance(v, int | float) and not isinstance(v, bool) for v in values
    )


def cell(name: str, value: object, zone: ZoneInfo) -> str:
    """One value as text by its kind and the ending of its column."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and name.endswith("_at"):
        value = _instant(value)
    if isinstance(value, datetime):
        return minute(value if value.tzinfo else value.replace(tzinfo=UTC), zone)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        if name == "seconds" or name.endswith("_seconds"):
            return duration(float(value))
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3g}"
    if isinstance(value, list | tuple | set):
        return ", ".join(str(item) for item in value)
    return words(str(value)) if name == "excluded_reason" else str(value)


def _instant(text: str) -> datetime | str:
    """The instant that an answer from a file holds as text."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text

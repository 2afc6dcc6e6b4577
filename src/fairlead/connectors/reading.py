"""Read fields of a payload with their path, so that every refusal names its place.

Instants: ISO 8601 with a zone, `2026-01-05 10:00:00 UTC`, `2026-01-05 10:00:00 +0200`, epoch
seconds, milliseconds, microseconds or nanoseconds told apart by magnitude.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fairlead.connectors.contract import MappingError

FUTURE_LIMIT = timedelta(seconds=300)
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_SPACED = re.compile(
    r"^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}(?:\.\d+)?) ?(UTC|Z|[+-]\d{2}:?\d{2})$"
)


def look_up(body: Any, path: str) -> Any:
    """The value at a dotted path (`run.head.sha`), or None where any part is absent."""
    found = body
    for part in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found


def require(body: Any, path: str, kind: type | tuple[type, ...] = object) -> Any:
    """The value at a path; FL3102 when it is absent, null or of another type."""
    found = look_up(body, path)
    if found is None:
        raise MappingError("FL3102", f"$.{path}", "missing, and the mapping needs it")
    if not isinstance(found, kind) or (isinstance(found, bool) and kind is int):
        wanted = kind.__name__ if isinstance(kind, type) else "/".join(k.__name__ for k in kind)
        raise MappingError("FL3102", f"$.{path}", f"`{found!r}` is not of type {wanted}")
    return found


def text(body: Any, path: str) -> str | None:
    """The value at a path as text; null and empty text are None; FL3102 for a nested value."""
    found = look_up(body, path)
    if found is None or found == "":
        return None
    if isinstance(found, Mapping | list):
        raise MappingError("FL3102", f"$.{path}", "text expected, found a nested value")
    return str(found)


def identifier(body: Any, path: str) -> str:
    """A required id as text; FL3102 when it is absent or nested."""
    require(body, path, (str, int))
    return str(look_up(body, path))


def instant(body: Any, path: str) -> datetime | None:
    """The instant at a path in UTC, or None where absent; FL3104 when it cannot be read."""
    found = look_up(body, path)
    if found is None or found == "":
        return None
    return to_instant(found, f"$.{path}")


def required_instant(body: Any, path: str) -> datetime:
    """The instant at a path in UTC; FL3102 when absent, FL3104 when it cannot be read."""
    found = instant(body, path)
    if found is None:
        raise MappingError("FL3102", f"$.{path}", "missing, and the mapping needs it")
    return found


def to_instant(value: Any, path: str) -> datetime:
    """Read one instant in any of the forms of this module; FL3104 names what is wrong."""
    try:
        if isinstance(value, bool):
            raise ValueError
        if isinstance(value, int | float):
            return _from_number(value)
        return _from_text(str(value))
    except (ValueError, OverflowError, OSError):
        raise MappingError(
            "FL3104", path, f"`{value}` is no instant with a zone between 1970 and 2200"
        ) from None


def _from_number(value: float) -> datetime:
    if not math.isfinite(value):
        raise ValueError
    size = abs(value)
    divisor = 1 if size < 1e11 else 1_000 if size < 1e14 else 1_000_000 if size < 1e17 else 10**9
    if isinstance(value, int):
        micros = value * 1_000_000 // divisor
        return _bounded(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros))
    return _bounded(datetime.fromtimestamp(value / divisor, UTC))


def _from_text(value: str) -> datetime:
    if match := _SPACED.match(value):
        zone = "+00:00" if match[3] in ("UTC", "Z") else match[3]
        value = f"{match[1]}T{match[2][:15]}{zone}"
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError
    return _bounded(found.astimezone(UTC))


def _bounded(found: datetime) -> datetime:
    if not _EARLIEST <= found <= _LATEST:
        raise ValueError
    return found


def not_future(found: datetime | None, received_at: datetime, path: str) -> datetime | None:
    """The instant itself; FL3103 when it lies more than 300 s after receipt (facts.md 1)."""
    if found is not None and found - received_at > FUTURE_LIMIT:
        raise MappingError("FL3103", path, f"`{found.isoformat()}` lies in the future")
    return found


def in_order(start: datetime | None, end: datetime | None, path: str) -> None:
    """FL3105 when the end lies before the start."""
    if start is not None and end is not None and end < start:
        raise MappingError("FL3105", path, f"ends {end.isoformat()}, before {start.isoformat()}")


def seconds_between(start: datetime | None, end: datetime | None) -> int | None:
    """Whole seconds from start to end; None where either is absent or the span is negative."""
    if start is None or end is None or end < start:
        return None
    return int((end - start).total_seconds())

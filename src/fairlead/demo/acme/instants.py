"""Write an instant in the forms that the tools use."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from fairlead.demo.acme.company import ZONE_NAME

_ZONE = ZoneInfo(ZONE_NAME)


@lru_cache(maxsize=4096)
def _day(number: int) -> str:
    return datetime.fromtimestamp(number * 86_400, UTC).date().isoformat()


def iso(instant: int) -> str:
    """`2026-03-02T09:15:00Z`"""
    day, second = divmod(instant, 86_400)
    hour, second = divmod(second, 3600)
    return f"{_day(day)}T{hour:02d}:{second // 60:02d}:{second % 60:02d}Z"


def spaced(instant: int) -> str:
    """`2026-03-02 09:15:00 UTC`, as GitLab's hooks write it."""
    return f"{iso(instant)[:10]} {iso(instant)[11:19]} UTC"


def with_offset(instant: int) -> str:
    """`2026-03-02T10:15:00.000+0100`, local to the company, as Jira writes it."""
    local = datetime.fromtimestamp(instant, _ZONE)
    return f"{local:%Y-%m-%dT%H:%M:%S}.000{local:%z}"


def iso_or_none(instant: int | None) -> str | None:
    """The instant, or null where there is none."""
    return None if instant is None else iso(instant)

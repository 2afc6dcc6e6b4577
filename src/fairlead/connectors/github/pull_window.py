"""From where a pull of GitHub reads: the checkpoint less the overlap, and lists from new to old."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

from fairlead.connectors.contract import Page, PullContext, Request, Response
from fairlead.connectors.paging import fetch, following, items_of
from fairlead.connectors.reading import to_instant

PAGE_SIZE = "100"

Pages = Generator[Request | Page, Response | None, None]


def start_of(context: PullContext, resource: str) -> datetime:
    """Where a resource is read from: its checkpoint less the overlap, else the plan's start."""
    stored = context.checkpoint_of(resource).get("until")
    if stored is None:
        return context.since
    return to_instant(stored, "$.until") - timedelta(seconds=context.overlap_seconds)


def stamp(at: datetime) -> str:
    """An instant as the API writes it, in whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def newest_first(
    request: Request, field: str, start: datetime
) -> Generator[Request, Response | None, list[dict[str, Any]]]:
    """Records of a list that is ordered by a falling instant, until one lies before the start."""
    found: list[dict[str, Any]] = []
    asked: Request | None = request
    while asked is not None:
        response = yield from fetch(asked)
        for item in items_of(response):
            at = item.get(field)
            if at is not None and to_instant(at, f"$.{field}") < start:
                return found
            found.append(item)
        asked = following(asked, response)
    return found

"""Drive a plan against scripted answers: what it asked, and the pages that it gave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fairlead.connectors.contract import Page, Plan, PullContext, Request, Response

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)


@dataclass
class Driven:
    """Requests in order, and pages in order."""

    requests: list[Request] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)


def answered(body: Any, *, status: int = 200, **headers: str) -> Response:
    """A response with a body, and headers by lower-case name."""
    return Response(status, headers, body)


def drive(plan: Plan, answer: Callable[[Request], Response], *, pages: int | None = None) -> Driven:
    """Run a plan to its end, or until it gave so many pages, as an interrupted pull would."""
    driven = Driven()
    response: Response | None = None
    while pages is None or len(driven.pages) < pages:
        try:
            step = plan.send(response)
        except StopIteration:
            return driven
        response = None
        if isinstance(step, Page):
            driven.pages.append(step)
        else:
            driven.requests.append(step)
            response = answer(step)
    return driven


def pulling(
    since: datetime,
    checkpoints: Mapping[str, Mapping[str, str]] | None = None,
    **settings: Any,
) -> PullContext:
    """A pull of a source `tool` at `NOW`."""
    return PullContext("tool", settings, checkpoints or {}, NOW, since)

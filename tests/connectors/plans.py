"""Drive a plan against a scripted API, and keep what it asked and what it gave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fairlead.connectors.contract import (
    Connector,
    MappingContext,
    Page,
    PullContext,
    Request,
    Response,
)
from fairlead.facts import Fact

Answer = Callable[[Request], Response]


@dataclass
class Pulled:
    """What a plan asked for and the pages that it gave, in order."""

    requests: list[Request] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)

    @property
    def urls(self) -> list[str]:
        return [request.url for request in self.requests]

    @property
    def checkpoints(self) -> dict[str, Mapping[str, str]]:
        return {page.resource: page.checkpoint for page in self.pages}

    def bodies(self, resource: str) -> list[Any]:
        pages = [page for page in self.pages if page.resource == resource]
        return [payload.body for page in pages for payload in page.payloads]

    def facts(self, connector: Connector, settings: Mapping[str, Any] | None = None) -> list[Fact]:
        context = MappingContext("source", at("2026-02-01T00:00:00Z"), settings or {})
        return [
            fact
            for page in self.pages
            for payload in page.payloads
            for fact in connector.map_payload(payload, context).facts
        ]


def at(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def context_of(settings: Mapping[str, Any], **more: Any) -> PullContext:
    """A pull on 10 January 2026 that begins on 1 January, unless told otherwise."""
    given: dict[str, Any] = {
        "checkpoints": {},
        "now": at("2026-01-10T00:00:00Z"),
        "since": at("2026-01-01T00:00:00Z"),
        **more,
    }
    return PullContext(source="source", settings=settings, **given)


def pull(
    connector: Connector, context: PullContext, answer: Answer, *, stop_after: int | None = None
) -> Pulled:
    """Run the plan to its end, or break it off after a number of pages."""
    assert connector.plan is not None
    plan, pulled = connector.plan(context), Pulled()
    response: Response | None = None
    while stop_after is None or len(pulled.pages) < stop_after:
        try:
            step = plan.send(response)
        except StopIteration:
            break
        if isinstance(step, Page):
            pulled.pages.append(step)
            response = None
        else:
            pulled.requests.append(step)
            response = answer(step)
    return pulled


def ok(body: Any, next_url: str | None = None) -> Response:
    """An answer with its body and, where there is one, the link to the next page."""
    links = f'<https://api.example/x?page=1>; rel="prev", <{next_url}>; rel="next"'
    return Response(200, {"link": links} if next_url else {}, body)


MISSING = Response(404, {}, None)

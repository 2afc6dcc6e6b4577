"""Pull Opsgenie alerts and incidents in order of their last update, by `paging.next`."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import UTC, datetime, timedelta

from fairlead.connectors.contract import Page, Payload, Plan, PullContext, Request, Response
from fairlead.connectors.paging import fetch
from fairlead.connectors.reading import to_instant

RESOURCES = {"alerts": "v2/alerts", "incidents": "v1/incidents"}


def auth_headers(secrets: Mapping[str, str]) -> Mapping[str, str]:
    """The API key as Opsgenie wants it."""
    return {"authorization": f"GenieKey {secrets['api_key']}"}


def plan(context: PullContext) -> Plan:
    """Each resource from its checkpoint on, oldest update first."""
    for resource, address in RESOURCES.items():
        yield from _pull(context, resource, address)


def _pull(
    context: PullContext, resource: str, address: str
) -> Generator[Request | Page, Response | None, None]:
    stored = context.checkpoint_of(resource)
    since = context.since
    if "updated_at" in stored:
        overlap = timedelta(seconds=context.overlap_seconds)
        since = datetime.fromisoformat(stored["updated_at"]) - overlap
    query = f"updatedAt >= {int(since.timestamp() * 1000)}"
    params = {"query": query, "sort": "updatedAt", "order": "asc", "limit": "100"}
    request: Request | None = Request(address, params)
    reached = since.astimezone(UTC)
    while request is not None:
        body = (yield from fetch(request)).body
        items = body.get("data", [])
        payloads = [Payload(item, resource, place=f"{resource}/{item['id']}") for item in items]
        if items:
            reached = max(reached, to_instant(items[-1]["updatedAt"], f"{resource}.updatedAt"))
        following = (body.get("paging") or {}).get("next")
        request = Request(following) if following else None
        covered = (since, context.now) if request is None else None
        yield Page(resource, payloads, {"updated_at": reached.isoformat()}, covered)

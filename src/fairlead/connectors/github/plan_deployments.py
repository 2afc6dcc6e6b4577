"""The requests that pull deployments of GitHub, each with all its statuses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fairlead.connectors.contract import Page, Payload, PullContext, Request
from fairlead.connectors.github.pull_window import PAGE_SIZE, Pages, newest_first, stamp, start_of
from fairlead.connectors.paging import fetch_all
from fairlead.connectors.reading import to_instant

_OPEN_STATES = ("queued", "pending", "in_progress", "waiting")
# A deployment that never ends must not hold the checkpoint for good.
_OPEN_LIMIT = timedelta(days=7)


def plan_deployments(context: PullContext, repository: Mapping[str, Any]) -> Pages:
    """Pull the deployments of one repository since the checkpoint; open ones hold it back."""
    name = repository["full_name"]
    resource = f"{name}/deployments"
    start = start_of(context, resource)
    request = Request(f"repos/{name}/deployments", {"per_page": PAGE_SIZE})
    found = yield from newest_first(request, "created_at", start)
    payloads, open_from = [], context.now
    for item in found:
        number = item["id"]
        statuses = yield from fetch_all(
            Request(f"repos/{name}/deployments/{number}/statuses", {"per_page": PAGE_SIZE})
        )
        body = {"deployment": item, "statuses": statuses, "repository": repository}
        payloads.append(Payload(body, "deployment", place=f"repos/{name}/deployments/{number}"))
        if not statuses or statuses[0].get("state") in _OPEN_STATES:
            open_from = min(open_from, to_instant(item["created_at"], "$.created_at"))
    until = max(open_from, context.now - _OPEN_LIMIT)
    yield Page(resource, payloads, {"until": stamp(until)}, covered=(start, context.now))

"""Pull finished Buildkite builds of the organisation, with their jobs and the retried ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from fairlead.connectors.contract import Page, Payload, Plan, PullContext, Request
from fairlead.connectors.paging import fetch, following
from fairlead.kernel.diagnostic import fail

RESOURCE = "builds"


def auth_headers(secrets: Mapping[str, str]) -> Mapping[str, str]:
    """An API access token."""
    return {"authorization": f"Bearer {secrets['token']}"}


def plan(context: PullContext) -> Plan:
    """All pages of builds that finished since the last pull."""
    organization = context.settings.get("organization")
    if not organization:
        raise fail("FL1006", "`organization` is missing in the settings of a Buildkite source")
    stored = context.checkpoint_of(RESOURCE)
    since = context.since
    if "pulled_at" in stored:
        overlap = timedelta(seconds=context.overlap_seconds)
        since = datetime.fromisoformat(stored["pulled_at"]) - overlap
    params = {
        "finished_from": since.isoformat(),
        "include_retried_jobs": "true",
        "per_page": "100",
    }
    request: Request | None = Request(f"v2/organizations/{organization}/builds", params)
    while request is not None:
        response = yield from fetch(request)
        builds = response.body if isinstance(response.body, list) else []
        payloads = [Payload(item, place=f"builds/{item['id']}") for item in builds]
        request = following(request, response)
        if request is None:
            done = {"pulled_at": context.now.isoformat()}
            yield Page(RESOURCE, payloads, done, (since, context.now))
        else:
            yield Page(RESOURCE, payloads, stored)

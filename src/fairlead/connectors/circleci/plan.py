"""Pull CircleCI pipelines of each project, newest first, with their workflows and jobs."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import datetime, timedelta
from typing import Any

from fairlead.connectors.contract import Page, Payload, Plan, PullContext, Request, Response
from fairlead.connectors.paging import fetch
from fairlead.connectors.reading import to_instant

API = "api/v2"


def auth_headers(secrets: Mapping[str, str]) -> Mapping[str, str]:
    """A personal API token."""
    return {"circle-token": secrets["token"]}


def plan(context: PullContext) -> Plan:
    """Every configured project on its own checkpoint."""
    for project in context.settings.get("projects", ()):
        yield from _project(str(project), context)


def _project(
    project: str, context: PullContext
) -> Generator[Request | Page, Response | None, None]:
    stored = context.checkpoint_of(project)
    since = context.since
    if "pulled_at" in stored:
        again = timedelta(days=int(context.settings.get("lookback_days", 3)))
        overlap = timedelta(seconds=context.overlap_seconds)
        since = max(context.since, datetime.fromisoformat(stored["pulled_at"]) - again - overlap)
    token: str | None = None
    while True:
        params = {"page-token": token} if token else {}
        body = (yield from fetch(Request(f"{API}/project/{project}/pipeline", params))).body
        payloads, is_past = [], False
        for pipeline in body.get("items", []):
            is_past = to_instant(pipeline["created_at"], "pipeline.created_at") < since
            if is_past:
                break
            payloads.append((yield from _with_workflows(pipeline)))
        token = body.get("next_page_token")
        if is_past or not token:
            done = {"pulled_at": context.now.isoformat()}
            yield Page(project, payloads, done, (since, context.now))
            return
        yield Page(project, payloads, stored)


def _with_workflows(pipeline: Any) -> Generator[Request, Response | None, Payload]:
    workflows = yield from _items(f"{API}/pipeline/{pipeline['id']}/workflow")
    whole = []
    for workflow in workflows:
        jobs = yield from _items(f"{API}/workflow/{workflow['id']}/job")
        whole.append({**workflow, "jobs": jobs})
    body = {"pipeline": pipeline, "workflows": whole}
    return Payload(body, "pipeline", place=f"pipeline/{pipeline['id']}")


def _items(address: str) -> Generator[Request, Response | None, list[Any]]:
    found: list[Any] = []
    token: str | None = None
    while True:
        params = {"page-token": token} if token else {}
        body = (yield from fetch(Request(address, params))).body
        found += body.get("items", [])
        token = body.get("next_page_token")
        if not token:
            return found

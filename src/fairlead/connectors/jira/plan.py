"""Pull Jira issues of the incident types by last update, each with its whole changelog."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Generator, Mapping
from datetime import datetime
from typing import Any

from fairlead.connectors.contract import Page, Payload, Plan, PullContext, Request, Response
from fairlead.connectors.paging import fetch

RESOURCE = "issues"
PAGE_SIZE = 100


def auth_headers(secrets: Mapping[str, str]) -> Mapping[str, str]:
    """Basic with e-mail and API token (Cloud), or a bearer token alone (Data Center)."""
    if email := secrets.get("email"):
        pair = f"{email}:{secrets['token']}".encode()
        return {"authorization": f"Basic {b64encode(pair).decode()}"}
    return {"authorization": f"Bearer {secrets['token']}"}


def plan(context: PullContext) -> Plan:
    """All pages of one search; the checkpoint is this pull's instant once the last page is safe."""
    stored = context.checkpoint_of(RESOURCE)
    since = context.since
    if "updated_at" in stored:
        since = datetime.fromisoformat(stored["updated_at"])
    params: dict[str, str] = {"jql": _jql(context, since), "expand": "changelog"}
    params |= {"maxResults": str(PAGE_SIZE), "fields": "*all"}
    on_cloud = context.settings.get("deployment", "cloud") != "server"
    address = "rest/api/3/search/jql" if on_cloud else "rest/api/2/search"
    seen = 0
    while True:
        body = (yield from fetch(Request(address, params))).body
        issues = body.get("issues", [])
        seen += len(issues)
        whole = []
        for issue in issues:
            whole.append((yield from _with_changelog(issue, address)))
        payloads = [Payload(item, "issue", place=f"issues/{item['key']}") for item in whole]
        following = _following(body, params, seen, on_cloud)
        if following is None:
            done = {"updated_at": context.now.isoformat()}
            yield Page(RESOURCE, payloads, done, (since, context.now))
            return
        yield Page(RESOURCE, payloads, stored)
        params = following


def _jql(context: PullContext, since: datetime) -> str:
    types = ", ".join(
        f'"{name}"' for name in context.settings.get("incident_issue_types", ["Incident"])
    )
    span = (context.now - since).total_seconds() + context.overlap_seconds
    more = f" AND ({context.settings['jql']})" if context.settings.get("jql") else ""
    return (
        f"issuetype in ({types}) AND updated >= -{int(span // 60) + 1}m{more} ORDER BY updated ASC"
    )


def _following(
    body: Mapping[str, Any], params: dict[str, str], seen: int, on_cloud: bool
) -> dict[str, str] | None:
    if on_cloud:
        token = body.get("nextPageToken")
        return {**params, "nextPageToken": token} if token else None
    more = body.get("issues") and seen < int(body.get("total", 0))
    return {**params, "startAt": str(seen)} if more else None


def _with_changelog(
    issue: dict[str, Any], address: str
) -> Generator[Request, Response | None, dict[str, Any]]:
    """The issue with every history; the search gives the first ones only."""
    changelog = issue.get("changelog") or {}
    histories = list(changelog.get("histories", []))
    version = "3" if address.startswith("rest/api/3") else "2"
    while version == "3" and len(histories) < int(changelog.get("total", 0)):
        params = {"startAt": str(len(histories)), "maxResults": str(PAGE_SIZE)}
        request = Request(f"rest/api/3/issue/{issue['key']}/changelog", params)
        more = (yield from fetch(request)).body.get("values", [])
        if not more:
            break
        histories += more
    return {**issue, "changelog": {"histories": histories}}

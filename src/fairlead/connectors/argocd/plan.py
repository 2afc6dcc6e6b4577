"""Ask Argo CD for its applications, each with its present sync and its history."""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.connectors.argocd.mapping import split
from fairlead.connectors.contract import Page, Plan, PullContext, Request
from fairlead.connectors.paging import fetch


def auth_headers(secrets: Mapping[str, str]) -> Mapping[str, str]:
    """A project role's or account's token."""
    return {"authorization": f"Bearer {secrets['token']}"}


def plan(context: PullContext) -> Plan:
    """One request a project; the history makes up for what was missed in between."""
    for project in context.settings.get("projects") or [None]:
        params = {"projects": str(project)} if project else {}
        response = yield from fetch(Request("api/v1/applications", params))
        body = response.body if isinstance(response.body, Mapping) else {}
        found = {"items": body.get("items") or []}
        resource = f"applications/{project}" if project else "applications"
        polled = {"polled_at": context.now.isoformat()}
        yield Page(resource, split(found), polled)

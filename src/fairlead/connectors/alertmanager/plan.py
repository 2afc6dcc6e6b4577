"""Ask Alertmanager's API for the alerts that are active now."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping

from fairlead.connectors.alertmanager.mapping import split
from fairlead.connectors.contract import Page, Plan, PullContext, Request
from fairlead.connectors.paging import fetch


def auth_headers(secrets: Mapping[str, str]) -> Mapping[str, str]:
    """Bearer token, else basic authentication, else none."""
    if token := secrets.get("token"):
        return {"authorization": f"Bearer {token}"}
    if username := secrets.get("username"):
        pair = f"{username}:{secrets.get('password', '')}".encode()
        return {"authorization": f"Basic {b64encode(pair).decode()}"}
    return {}


def plan(context: PullContext) -> Plan:
    """One request: silenced and inhibited alerts too, since they were real."""
    params = {"active": "true", "silenced": "true", "inhibited": "true", "unprocessed": "true"}
    response = yield from fetch(Request("api/v2/alerts", params))
    alerts = response.body if isinstance(response.body, list) else []
    yield Page("alerts", split(alerts), {"polled_at": context.now.isoformat()})

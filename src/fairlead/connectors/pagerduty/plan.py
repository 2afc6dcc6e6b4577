"""Pull PagerDuty incidents by windows of creation, open ones again by id, each with its log."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from fairlead.connectors.contract import Page, Payload, Plan, PullContext, Request, Response
from fairlead.connectors.paging import fetch

RESOURCE = "incidents"
WINDOW = timedelta(days=7)
SMALLEST = timedelta(seconds=2)
PAGE_SIZE = 100
MAX_OFFSET = 10_000 - PAGE_SIZE

Asking = Generator[Request, Response | None, list[Any]]


def auth_headers(secrets: Mapping[str, str]) -> Mapping[str, str]:
    """Token authentication and the API's version 2."""
    return {
        "authorization": f"Token token={secrets['token']}",
        "accept": "application/vnd.pagerduty+json;version=2",
    }


def plan(context: PullContext) -> Plan:
    """Open incidents of the last pull first, then each window of creation up to now."""
    stored = context.checkpoint_of(RESOURCE)
    since = context.since
    if "until" in stored:
        overlap = timedelta(seconds=context.overlap_seconds)
        since = datetime.fromisoformat(stored["until"]) - overlap
    open_ids: dict[str, None] = {}
    again = yield from _by_ids([name for name in stored.get("open", "").split(",") if name])
    if again:
        _note_open(open_ids, again)
        yield Page(RESOURCE, _payloads(again), {**stored, "open": ",".join(open_ids)})
    for start, end in _windows(since, context.now):
        found = yield from _window(start, end)
        _note_open(open_ids, found)
        checkpoint = {"until": end.isoformat(), "open": ",".join(open_ids)}
        yield Page(RESOURCE, _payloads(found), checkpoint, (start, end))


def _windows(since: datetime, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < now:
        end = min(since + WINDOW, now)
        yield since, end
        since = end


def _note_open(open_ids: dict[str, None], found: list[Any]) -> None:
    for item in found:
        name = item["incident"]["id"]
        if item["incident"].get("status") == "resolved":
            open_ids.pop(name, None)
        else:
            open_ids[name] = None


def _payloads(found: list[Any]) -> list[Payload]:
    return [
        Payload(item, "incident", place=f"incidents/{item['incident']['id']}") for item in found
    ]


def _by_ids(names: list[str]) -> Asking:
    found: list[Any] = []
    for name in names:
        response = yield from fetch(Request(f"incidents/{name}", allow_missing=True))
        if response.status == 404:
            continue
        entries = yield from _log_entries(name)
        found.append({"incident": response.body["incident"], "log_entries": entries})
    return found


def _window(start: datetime, end: datetime) -> Asking:
    """Incidents created in a window; a window beyond the offset limit is asked in halves."""
    found: list[Any] = []
    for offset in range(0, MAX_OFFSET + 1, PAGE_SIZE):
        params = {
            "since": start.isoformat(),
            "until": end.isoformat(),
            "time_zone": "UTC",
            "sort_by": "created_at:asc",
            "limit": str(PAGE_SIZE),
            "offset": str(offset),
        }
        body = (yield from fetch(Request("incidents", params))).body
        for incident in body.get("incidents", []):
            entries = yield from _log_entries(incident["id"])
            found.append({"incident": incident, "log_entries": entries})
        if not body.get("more"):
            return found
    if end - start <= SMALLEST:
        return found
    middle = start + (end - start) / 2
    earlier = yield from _window(start, middle)
    later = yield from _window(middle, end)
    return earlier + later


def _log_entries(name: str) -> Asking:
    found: list[Any] = []
    offset = 0
    while True:
        params = {"limit": str(PAGE_SIZE), "offset": str(offset), "time_zone": "UTC"}
        body = (yield from fetch(Request(f"incidents/{name}/log_entries", params))).body
        found += body.get("log_entries", [])
        offset += PAGE_SIZE
        if not body.get("more"):
            return found

"""The requests that pull GitLab's projects: pipelines, jobs, deployments, changes, commits.

Lists that filter by `updated_after` are read from old to new, so each page moves the checkpoint. A
pipeline changes when one of its jobs does, so its jobs are asked for with it. The next page is that
of `Link`, which carries page numbers and keyset cursors alike.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from fairlead.connectors.contract import Page, Payload, Plan, PullContext, Request, Response
from fairlead.connectors.paging import fetch, fetch_all, following, items_of
from fairlead.connectors.reading import to_instant

_SIZE = {"per_page": "100"}
_ASCENDING = {"order_by": "updated_at", "sort": "asc", **_SIZE}

Pages = Generator[Request | Page, Response | None, None]
Enriched = Generator[Request, Response | None, dict[str, Any]]
Enrich = Callable[[str, Mapping[str, Any], dict[str, Any]], Enriched]


def plan(context: PullContext) -> Plan:
    """Pull each configured project, one resource after the other."""
    for path in projects(context.settings):
        base = f"projects/{quote(path, safe='')}"
        response = yield from fetch(Request(base))
        project = {
            "path_with_namespace": response.body["path_with_namespace"],
            "default_branch": response.body.get("default_branch"),
        }
        yield from _rising(context, base, project, "pipelines", _pipeline)
        yield from _rising(context, base, project, "deployments", _deployment)
        yield from _rising(context, base, project, "merge_requests", _change)
        yield from _commits(context, base, project)
        yield from _releases(context, base, project)


def projects(settings: Mapping[str, Any]) -> Iterator[str]:
    """The configured project paths."""
    given = settings.get("projects") or ()
    yield from (given,) if isinstance(given, str) else (str(path) for path in given)


def _start(context: PullContext, resource: str) -> datetime:
    stored = context.checkpoint_of(resource).get("until")
    if stored is None:
        return context.since
    return to_instant(stored, "$.until") - timedelta(seconds=context.overlap_seconds)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _rising(
    context: PullContext, base: str, project: Mapping[str, Any], kind: str, enrich: Enrich
) -> Pages:
    """Records of a list from old to new; each page moves the checkpoint to its last record."""
    resource = f"{project['path_with_namespace']}/{kind}"
    start = _start(context, resource)
    params = {"updated_after": _stamp(start), **_ASCENDING}
    if kind == "merge_requests":
        params |= {"scope": "all", "state": "all"}
    asked: Request | None = Request(f"{base}/{kind}", params)
    reached = start
    while asked is not None:
        response = yield from fetch(asked)
        payloads = []
        for item in items_of(response):
            body = yield from enrich(base, item, {"project": project})
            payloads.append(
                Payload(body, kind.removesuffix("s"), place=f"{base}/{kind}/{item['id']}")
            )
            reached = max(reached, to_instant(item["updated_at"], "$.updated_at"))
        asked = following(asked, response)
        until = context.now if asked is None else reached
        covered = (start, context.now) if asked is None else None
        yield Page(resource, payloads, {"until": _stamp(until)}, covered)


def _pipeline(base: str, item: Mapping[str, Any], body: dict[str, Any]) -> Enriched:
    place = f"{base}/pipelines/{item['id']}"
    detail = yield from fetch(Request(place))
    body["pipeline"] = detail.body
    # Retried jobs tell whether a success needed help, failed ones whose fault a failure was.
    params = {"include_retried": "true", **_SIZE}
    body["jobs"] = yield from fetch_all(Request(f"{place}/jobs", params))
    return body


def _deployment(base: str, item: Mapping[str, Any], body: dict[str, Any]) -> Enriched:  # noqa: ARG001
    yield from ()
    return {**body, "deployment": item}


def _change(base: str, item: Mapping[str, Any], body: dict[str, Any]) -> Enriched:
    place = f"{base}/merge_requests/{item['iid']}"
    commits = yield from fetch_all(Request(f"{place}/commits", _SIZE))
    notes = yield from fetch_all(Request(f"{place}/notes", {"sort": "asc", **_SIZE}))
    return {**body, "merge_request": item, "commits": commits, "notes": notes}


def _commits(context: PullContext, base: str, project: Mapping[str, Any]) -> Pages:
    resource = f"{project['path_with_namespace']}/commits"
    start, before = _start(context, resource), dict(context.checkpoint_of(resource))
    params = {"since": _stamp(start), "until": _stamp(context.now), **_SIZE}
    asked: Request | None = Request(f"{base}/repository/commits", params)
    while asked is not None:
        response = yield from fetch(asked)
        asked = following(asked, response)
        payloads = [
            Payload({"commit": item, "project": project}, "commit", place=str(item["id"]))
            for item in items_of(response)
        ]
        checkpoint = before if asked is not None else {"until": _stamp(context.now)}
        yield Page(resource, payloads, checkpoint, None if asked else (start, context.now))


def _releases(context: PullContext, base: str, project: Mapping[str, Any]) -> Pages:
    resource = f"{project['path_with_namespace']}/releases"
    start = _start(context, resource)
    found = yield from fetch_all(Request(f"{base}/releases", _SIZE))
    payloads = [
        Payload({"release": item, "project": project}, "release", place=str(item["tag_name"]))
        for item in found
        if to_instant(item.get("released_at") or item["created_at"], "$.released_at") >= start
    ]
    yield Page(resource, payloads, {"until": _stamp(context.now)}, (start, context.now))

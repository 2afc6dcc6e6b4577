"""The requests that pull GitHub's repositories: runs with jobs, deployments, changes, commits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fairlead.connectors.contract import Page, Payload, Plan, PullContext, Request
from fairlead.connectors.github.plan_deployments import plan_deployments
from fairlead.connectors.github.plan_runs import plan_runs
from fairlead.connectors.github.pull_window import PAGE_SIZE, Pages, newest_first, stamp, start_of
from fairlead.connectors.paging import fetch, fetch_all, following, items_of
from fairlead.kernel.diagnostic import fail


def plan(context: PullContext) -> Plan:
    """Pull each configured repository, one resource after the other."""
    for name in repositories(context.settings):
        response = yield from fetch(Request(f"repos/{name}"))
        repository = {
            "full_name": response.body["full_name"],
            "default_branch": response.body.get("default_branch"),
        }
        yield from plan_runs(context, repository)
        yield from plan_deployments(context, repository)
        yield from _plan_changes(context, repository)
        yield from _plan_commits(context, repository)
        yield from _plan_releases(context, repository)


def repositories(settings: Mapping[str, Any]) -> Iterator[str]:
    """The configured repositories; FL1007 for one that is not `owner/name`."""
    given = settings.get("repositories") or ()
    for name in [given] if isinstance(given, str) else given:
        if str(name).count("/") != 1 or not all(str(name).split("/")):
            raise fail(
                "FL1007", f"`{name}` is no repository", notes=["allowed: `owner/name`, `acme/shop`"]
            )
        yield str(name)


def _plan_changes(context: PullContext, repository: Mapping[str, Any]) -> Pages:
    name = repository["full_name"]
    resource = f"{name}/pulls"
    start = start_of(context, resource)
    params = {"state": "all", "sort": "updated", "direction": "desc", "per_page": PAGE_SIZE}
    found = yield from newest_first(Request(f"repos/{name}/pulls", params), "updated_at", start)
    # Oldest first, so that the checkpoint of each change holds when the pull is broken off.
    for item in reversed(found):
        place = f"repos/{name}/pulls/{item['number']}"
        detail = yield from fetch(Request(place))
        commits = yield from fetch_all(Request(f"{place}/commits", {"per_page": PAGE_SIZE}))
        reviews = yield from fetch_all(Request(f"{place}/reviews", {"per_page": PAGE_SIZE}))
        body = {
            "pull_request": detail.body,
            "commits": commits,
            "reviews": reviews,
            "repository": repository,
        }
        payload = Payload(body, "pull_request", place=place)
        yield Page(resource, [payload], {"until": str(item["updated_at"])})
    yield Page(resource, [], {"until": stamp(context.now)}, covered=(start, context.now))


def _plan_commits(context: PullContext, repository: Mapping[str, Any]) -> Pages:
    name = repository["full_name"]
    resource = f"{name}/commits"
    start = start_of(context, resource)
    asked: Request | None = Request(
        f"repos/{name}/commits",
        {"since": stamp(start), "until": stamp(context.now), "per_page": PAGE_SIZE},
        allow_missing=True,
    )
    before = dict(context.checkpoint_of(resource))
    while asked is not None:
        response = yield from fetch(asked)
        asked = following(asked, response)
        payloads = [
            Payload({"commit": item, "repository": repository}, "commit", place=str(item["sha"]))
            for item in items_of(response)
        ]
        # The list runs from new to old: only its end moves the checkpoint.
        done = asked is None
        checkpoint = {"until": stamp(context.now)} if done else before
        yield Page(resource, payloads, checkpoint, (start, context.now) if done else None)


def _plan_releases(context: PullContext, repository: Mapping[str, Any]) -> Pages:
    name = repository["full_name"]
    resource = f"{name}/releases"
    start = start_of(context, resource)
    request = Request(f"repos/{name}/releases", {"per_page": PAGE_SIZE})
    found = yield from newest_first(request, "published_at", start)
    payloads = [
        Payload({"release": item, "repository": repository}, "release", place=str(item["tag_name"]))
        for item in found
    ]
    yield Page(resource, payloads, {"until": stamp(context.now)}, covered=(start, context.now))

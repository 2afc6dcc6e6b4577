"""The requests that pull runs of GitHub Actions, with every attempt and its jobs.

A search gives at most 1,000 runs, so an interval with more is halved until each part has fewer.
Runs that are not finished hold the checkpoint back; finished ones are read again for a day, since
a person may run them again.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import datetime, timedelta
from typing import Any

from fairlead.connectors.contract import Page, Payload, PullContext, Request, Response
from fairlead.connectors.github.pull_window import Pages, stamp
from fairlead.connectors.paging import fetch, fetch_all, following, items_of
from fairlead.connectors.reading import to_instant

SEARCH_LIMIT = 1_000
RERUN_LOOKBACK_SECONDS = 86_400
_SECOND = timedelta(seconds=1)
# GitHub ends a run after 35 days, so an older one is never still open.
_OPEN_LIMIT = timedelta(days=35)

Answered = Generator[Request, Response | None, Response]


def plan_runs(context: PullContext, repository: Mapping[str, Any]) -> Pages:
    """Pull the runs of one repository in slices of time, oldest first."""
    resource = f"{repository['full_name']}/runs"
    before = dict(context.checkpoint_of(resource))
    start = _start(context, before)
    open_from: datetime | None = None
    slices = [(start, context.now)]
    while slices:
        first, last = slices.pop()
        response = yield from _search(repository, first, last)
        middle = first + (last - first) / 2
        middle = middle.replace(microsecond=0)
        if int(response.body.get("total_count", 0)) > SEARCH_LIMIT and middle > first:
            slices += [(middle, last), (first, middle - _SECOND)]
            continue
        payloads, oldest_open = yield from _slice(context, repository, response)
        open_from = min(filter(None, (open_from, oldest_open)), default=None)
        until = max(min(filter(None, (open_from, last))), context.now - _OPEN_LIMIT)
        checkpoint = {"until": stamp(min(until, last))}
        yield Page(
            resource, payloads, checkpoint, covered=(first, min(last + _SECOND, context.now))
        )


def _start(context: PullContext, before: Mapping[str, str]) -> datetime:
    if "until" not in before:
        return context.since.replace(microsecond=0)
    lookback = int(context.settings.get("rerun_lookback_seconds", RERUN_LOOKBACK_SECONDS))
    seconds = max(context.overlap_seconds, lookback)
    start = to_instant(before["until"], "$.until") - timedelta(seconds=seconds)
    return start.replace(microsecond=0)


def _search(repository: Mapping[str, Any], first: datetime, last: datetime) -> Answered:
    params = {"created": f"{stamp(first)}..{stamp(last)}", "per_page": "100"}
    request = Request(f"repos/{repository['full_name']}/actions/runs", params)
    return (yield from fetch(request))


def _slice(
    context: PullContext, repository: Mapping[str, Any], response: Response
) -> Generator[Request, Response | None, tuple[list[Payload], datetime | None]]:
    """Payloads of every attempt of the runs of one slice, and the oldest run still open."""
    payloads: list[Payload] = []
    oldest_open: datetime | None = None
    while True:
        for run in items_of(response, "workflow_runs"):
            payloads += yield from _attempts(context, repository, run)
            if run.get("status") != "completed":
                created_at = to_instant(run["created_at"], "$.created_at")
                oldest_open = min(oldest_open or created_at, created_at)
        asked = following(Request(""), response)
        if asked is None:
            return payloads, oldest_open
        response = yield from fetch(asked)


def _attempts(
    context: PullContext, repository: Mapping[str, Any], run: Mapping[str, Any]
) -> Generator[Request, Response | None, list[Payload]]:
    base = f"repos/{repository['full_name']}/actions/runs/{run['id']}"
    last = int(run.get("run_attempt") or 1)
    payloads = []
    for attempt in range(1, last + 1):
        place = f"{base}/attempts/{attempt}"
        record: Any = run
        if attempt < last:
            # Attempts that GitHub no longer keeps are missing, not wrong.
            response = yield from fetch(Request(place, allow_missing=True))
            if response.status == 404:
                continue
            record = response.body
        jobs: list[Any] = []
        if context.settings.get("with_jobs", True):
            params = {"per_page": "100"}
            jobs = yield from fetch_all(
                Request(f"{place}/jobs", params, allow_missing=True), "jobs"
            )
        body = {"workflow_run": record, "jobs": jobs, "repository": repository}
        payloads.append(Payload(body, "workflow_run", place=place))
    return payloads

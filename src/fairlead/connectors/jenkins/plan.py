"""The requests that pull builds of Jenkins: folders and multibranch jobs recursively.

Builds of a job are read in ranges from new to old until one began before the start. A running
build holds the checkpoint of its job back.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from fairlead.connectors.contract import Page, Payload, Plan, PullContext, Request, Response
from fairlead.connectors.paging import fetch
from fairlead.connectors.reading import to_instant

RANGE = 100
_MULTIBRANCH = "WorkflowMultiBranchProject"
_PIPELINE = "WorkflowRun"
_PRIMARY = "PrimaryInstanceMetadataAction"
_JOB_TREE = "_class,fullName,actions[_class],jobs[name,fullName,_class,actions[_class]]"
_BUILD_TREE = (
    "builds[_class,number,url,result,timestamp,duration,building,actions[_class,"
    "causes[_class,shortDescription,userId,upstreamProject,upstreamBuild,originalNumber],"
    "queuingDurationMillis,remoteUrls,lastBuiltRevision[SHA1,branch[SHA1,name]]],"
    "changeSets[items[commitId,timestamp]]]"
)
# A build that hangs for good must not hold the checkpoint for good.
_OPEN_LIMIT = timedelta(days=7)

Pages = Generator[Request | Page, Response | None, None]


def plan(context: PullContext) -> Plan:
    """Pull every job below each configured path."""
    for path in jobs(context.settings):
        waiting: list[tuple[str, bool | None]] = [(path, None)]
        while waiting:
            name, is_primary = waiting.pop()
            response = yield from fetch(Request(address_of(name, "api/json"), {"tree": _JOB_TREE}))
            below = response.body.get("jobs")
            if isinstance(below, list):
                waiting += _children(name, response.body, below)
                continue
            job = {"fullName": name, "_class": response.body.get("_class")}
            if is_primary is not None:
                job |= {"is_multibranch": True, "is_primary": is_primary}
            yield from _builds(context, job)


def jobs(settings: Mapping[str, Any]) -> Iterator[str]:
    """The configured paths of jobs or folders; the root of the server when there are none."""
    given = settings.get("jobs") or ("",)
    yield from (given,) if isinstance(given, str) else (str(path) for path in given)


def address_of(path: str, resource: str) -> str:
    """The address of a job's resource below the server: `shop/main` is `job/shop/job/main/...`."""
    names = [f"job/{quote(name, safe='')}" for name in path.split("/") if name]
    return "/".join([*names, resource])


def _children(
    name: str, folder: Mapping[str, Any], below: list[Any]
) -> list[tuple[str, bool | None]]:
    is_multibranch = _MULTIBRANCH in str(folder.get("_class"))
    found: list[tuple[str, bool | None]] = []
    for item in reversed(below):
        path = str(item.get("fullName") or f"{name}/{item['name']}".lstrip("/"))
        is_primary = None
        if is_multibranch:
            marks = [str(action.get("_class")) for action in item.get("actions") or () if action]
            is_primary = any(_PRIMARY in mark for mark in marks)
        found.append((path, is_primary))
    return found


def _builds(context: PullContext, job: dict[str, Any]) -> Pages:
    name = job["fullName"]
    resource = f"{name}/builds"
    stored = context.checkpoint_of(resource)
    start = context.since
    if "until" in stored:
        until = to_instant(stored["until"], "$.until")
        start = until - timedelta(seconds=context.overlap_seconds)
    first, open_from, done = 0, context.now, False
    while not done:
        tree = f"{_BUILD_TREE}{{{first},{first + RANGE}}}"
        response = yield from fetch(Request(address_of(name, "api/json"), {"tree": tree}))
        listed = response.body.get("builds") or []
        payloads: list[Payload] = []
        done = len(listed) < RANGE
        for build in listed:
            began_at = to_instant(build["timestamp"], "$.timestamp")
            # A long build is read again as long as it may have ended after the start.
            ended_at = began_at + timedelta(milliseconds=build.get("duration") or 0)
            if max(began_at, ended_at) < start and not build.get("building"):
                done = True
                break
            if build.get("building"):
                open_from = min(open_from, began_at)
            payloads.append((yield from _described(job, build)))
        first += RANGE
        yield _page(context, resource, payloads, stored, (start, open_from, done))


def _page(
    context: PullContext,
    resource: str,
    payloads: list[Payload],
    stored: Mapping[str, str],
    reached: tuple[datetime, datetime, bool],
) -> Page:
    start, open_from, done = reached
    until = max(open_from, context.now - _OPEN_LIMIT).astimezone(UTC)
    # The list runs from new to old: only its end moves the checkpoint.
    checkpoint = {"until": until.isoformat()} if done else dict(stored)
    return Page(resource, payloads, checkpoint, (start, context.now) if done else None)


def _described(
    job: dict[str, Any], build: Mapping[str, Any]
) -> Generator[Request, Response | None, Payload]:
    place = address_of(job["fullName"], str(build["number"]))
    body: dict[str, Any] = {"job": job, "build": build}
    if _PIPELINE in str(build.get("_class")):
        # Without the plug-in pipeline-rest-api the build is told without its stages.
        response = yield from fetch(Request(f"{place}/wfapi/describe", allow_missing=True))
        if response.status == 200:
            body["describe"] = response.body
    return Payload(body, "build", place=place)

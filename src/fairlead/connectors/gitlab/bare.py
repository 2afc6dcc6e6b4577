"""Recognise records of GitLab's REST API, also those of a page as the API itself returns it.

The pull wraps each record under its resource's name beside its project. A record of a saved page
stands alone: its own fields tell its resource, and its web address tells the project.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fairlead.connectors.gitlab.records import part

RESOURCES = ("pipeline", "job", "deployment", "merge_request", "commit", "release")
# First match wins; the fields are those that no other resource has together.
_FIELDS = (
    (("source_branch", "target_branch", "iid"), "merge_request"),
    (("deployable", "environment", "iid"), "deployment"),
    (("stage", "pipeline", "status"), "job"),
    (("short_id", "authored_date"), "commit"),
    (("tag_name", "released_at"), "release"),
    (("project_id", "sha", "ref", "status"), "pipeline"),
)
_PROJECT = re.compile(r"^https?://[^/]+/(.+?)/(?:-/|pipelines/|jobs/|commit/|merge_requests/)")


def recognised(
    event: str | None, body: Mapping[str, Any], settings: Mapping[str, Any]
) -> tuple[str | None, Mapping[str, Any]]:
    """The resource of a record and the record under its name; the event as given otherwise."""
    for resource in RESOURCES:
        if isinstance(body.get(resource), Mapping) and "stage" not in body:
            return resource, body
    for fields, resource in _FIELDS:
        if all(name in body for name in fields):
            return resource, {resource: body, "project": _project(body, settings)}
    return event, body


def _project(record: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, str]:
    job = part(record, "deployable")
    addresses = (
        record.get("web_url"),
        job.get("web_url"),
        part(job, "pipeline").get("web_url"),
        part(record, "_links").get("self"),
    )
    for address in addresses:
        match = _PROJECT.match(str(address or ""))
        if match:
            return {"path_with_namespace": match[1]}
    given = settings.get("projects") or ()
    paths = [given] if isinstance(given, str) else list(given)
    return {"path_with_namespace": str(paths[0])} if len(paths) == 1 else {}

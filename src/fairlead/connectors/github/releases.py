"""Release tags: pushed tags, created tags and published releases of GitHub.

A pushed tag names its commit and wins over a published release, which names a branch; a deleted
tag is retracted. The order is the instant of the push; a release is ordered by the instant of its
commit, so it never hides the tag's own version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fairlead.connectors.contract import Mapped, MappingContext
from fairlead.connectors.github.records import (
    moment,
    record_of,
    repository_of,
    required_id,
    required_moment,
)
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

TAG = "refs/tags/"
_SHA = re.compile(r"^[0-9a-f]{40}([0-9a-f]{24})?$")
_GONE = ("deleted", "unpublished")


def tag_facts(body: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    """The release of a pushed tag, or its retraction when the tag was deleted."""
    tag = str(body["ref"]).removeprefix(TAG)
    values: dict[str, Any] = {"repo_id": repository_of(body, body), "tag": tag}
    order = order_of(_pushed_at(body, context))
    if body.get("deleted"):
        return [Fact("releases", values, order, f"tag:{tag}", is_retracted=True)]
    head = record_of(body, "head_commit")
    values |= {
        "commit_sha": required_id(head, "id", "head_commit"),
        "released_at": required_moment(head, "timestamp", "head_commit", context.received_at),
        "instant_basis": "commit",
        "version_label": tag,
    }
    return [Fact("releases", values, order + 1, f"tag:{tag}")]


def created_tag(body: Mapping[str, Any], context: MappingContext) -> Mapped:
    """The release of a `create` message, which names neither commit nor instant of the tag."""
    if body.get("ref_type") != "tag":
        return Mapped(not_needed=f"create of a {body.get('ref_type')}")
    tag = required_id(body, "ref", "")
    at = _pushed_at(body, context)
    values = {
        "repo_id": repository_of(body, body),
        "tag": tag,
        "released_at": at,
        "version_label": tag,
    }
    return Mapped([Fact("releases", values, order_of(at), f"tag:{tag}")])


def published_release(body: Mapping[str, Any], context: MappingContext) -> Mapped:
    """A published release of GitHub; drafts are no releases, deleted ones are retracted."""
    release = record_of(body, "release")
    action = body.get("action")
    published_at = moment(release, "published_at", "release")
    if release.get("draft") or published_at is None:
        return Mapped(not_needed="release: a draft")
    created_at = required_moment(release, "created_at", "release", context.received_at)
    tag = required_id(release, "tag_name", "release")
    target = str(release.get("target_commitish") or "")
    values = {
        "repo_id": repository_of(body, release),
        "tag": tag,
        "commit_sha": target if _SHA.match(target) else None,
        "released_at": published_at,
        "version_label": tag,
        "is_prerelease": bool(release.get("prerelease")),
    }
    is_gone = action in _GONE
    order = order_of(created_at) - (1 if is_gone else 2)
    ref = f"release:{release.get('id')}"
    return Mapped([Fact("releases", values, order, ref, is_retracted=is_gone)])


def _pushed_at(body: Mapping[str, Any], context: MappingContext) -> datetime:
    repository = body.get("repository")
    found = (
        moment(repository, "pushed_at", "repository") if isinstance(repository, Mapping) else None
    )
    return found or context.received_at

"""Map commits, tags and branches of a plain git repository to facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fairlead.connectors.contract import Mapped, MappingContext, MappingError, Payload
from fairlead.connectors.git.deployments import compiled, deployment_facts
from fairlead.connectors.misshapen import refuse_misshapen
from fairlead.connectors.reading import (
    identifier,
    instant,
    not_future,
    require,
    required_instant,
    text,
)
from fairlead.facts.fact_type import Fact, order_of
from fairlead.methods.release_attribution import RELEASE_PATTERN, is_prerelease, version_label


@refuse_misshapen
def map_payload(payload: Payload, context: MappingContext) -> Mapped:
    """Facts of one commit, tag or branch; the event name says which it is."""
    if not isinstance(payload.body, Mapping):
        raise MappingError("FL3102", "$", "an object expected")
    mapping = {
        "commit": _map_commit,
        "tag": _map_tag,
        "tag_deleted": _map_deleted_tag,
        "branch": _map_branch,
    }.get(payload.event or "")
    if mapping is None:
        raise MappingError("FL3107", "$", f"`{payload.event}` is none of commit, tag, branch")
    return mapping(payload.body, context)


def _map_commit(body: Mapping[str, Any], context: MappingContext) -> Mapped:
    committed_at = required_instant(body, "committed_at")
    not_future(committed_at, context.received_at, "$.committed_at")
    repo_id, sha = identifier(body, "repo_id"), identifier(body, "sha")
    values = {
        "repo_id": repo_id,
        "commit_sha": sha,
        "parent_shas": list(require(body, "parents", list)),
        "author_id": text(body, "author_email"),
        "committer_id": text(body, "committer_email"),
        "co_author_ids": list(body.get("co_author_emails") or []),
        "authored_at": instant(body, "authored_at"),
        "committed_at": committed_at,
        "subject": text(body, "subject"),
        "trailers_json": json.dumps(body.get("trailers") or {}, sort_keys=True),
        "signature_state": "unverified" if body.get("is_signed") else "none",
        "patch_id": text(body, "patch_id"),
        "reverts_sha": text(body, "reverts_sha"),
        "cherry_picked_from_sha": text(body, "cherry_picked_from_sha"),
    }
    facts = [Fact("commits", values, order_of(committed_at), sha)]
    facts += [
        _file_fact(item, repo_id, sha, committed_at, at)
        for at, item in enumerate(body.get("files") or [])
    ]
    return Mapped(facts, flags=() if body.get("files") is not None else ("files_not_read",))


def _file_fact(item: Any, repo_id: str, sha: str, committed_at: datetime, at: int) -> Fact:
    path = item.get("path") if isinstance(item, Mapping) else None
    if not path:
        raise MappingError("FL3102", f"$.files[{at}].path", "missing, and the mapping needs it")
    values = {
        "repo_id": repo_id,
        "commit_sha": sha,
        "path": path,
        "previous_path": item.get("previous_path"),
        "added_count": item.get("added"),
        "deleted_count": item.get("deleted"),
        "is_binary": item.get("added") is None,
        "committed_at": committed_at,
    }
    return Fact("commit_files", values, order_of(committed_at), sha)


def _map_tag(body: Mapping[str, Any], context: MappingContext) -> Mapped:
    pattern = compiled(context.settings.get("tag_pattern", RELEASE_PATTERN), "tag_pattern")
    tag = identifier(body, "tag")
    label = version_label(tag, pattern)
    early = label is None and is_prerelease(tag)
    if label is None and not early:
        return Mapped(not_needed="the tag is no release by `tag_pattern`")
    tagged_at, committed_at = instant(body, "tagged_at"), instant(body, "committed_at")
    released_at = tagged_at or committed_at
    if released_at is None:
        raise MappingError("FL3102", "$.tagged_at", "neither the tag nor its commit has an instant")
    not_future(released_at, context.received_at, "$.tagged_at" if tagged_at else "$.committed_at")
    match = pattern.search(tag)
    values = {
        "repo_id": identifier(body, "repo_id"),
        "tag": tag,
        "commit_sha": identifier(body, "sha"),
        "released_at": released_at,
        "instant_basis": "tagger" if tagged_at else "commit",
        "version_label": label or tag.lstrip("v"),
        "is_prerelease": early or is_prerelease(tag),
        "service_id": match.groupdict().get("service") if match else None,
    }
    facts = [Fact("releases", values, order_of(context.received_at), tag)]
    if not values["is_prerelease"]:
        facts += deployment_facts(values, f"refs/tags/{tag}", released_at, context)
    return Mapped(facts)


def _map_deleted_tag(body: Mapping[str, Any], context: MappingContext) -> Mapped:
    key = {"repo_id": identifier(body, "repo_id"), "tag": identifier(body, "tag")}
    order = order_of(context.received_at)
    return Mapped([Fact("releases", key, order, key["tag"], is_retracted=True)])


def _map_branch(body: Mapping[str, Any], context: MappingContext) -> Mapped:
    values = {"repo_id": identifier(body, "repo_id"), "commit_sha": identifier(body, "sha")}
    at = instant(body, "committed_at")
    facts = deployment_facts(values, f"refs/heads/{identifier(body, 'branch')}", at, context)
    return Mapped(facts, None if facts else "no `production` rule names this branch")

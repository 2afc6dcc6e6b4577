"""Commits and tags of GitLab: pushes, which name no parents, and records of the REST API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairlead.connectors.commit_text import message_columns
from fairlead.connectors.contract import Mapped, MappingContext
from fairlead.connectors.gitlab.records import (
    ENRICHED,
    moment,
    part,
    project_of,
    required_moment,
    required_part,
    required_text,
)
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

TAG = "refs/tags/"
_NOTHING = "0" * 40


def push(body: Mapping[str, Any], context: MappingContext) -> Mapped:
    """The commits that a push lists, and the tag when it is a tag's.

    A push lists 20 commits at most; the flag `commit_list_cut` tells that the pull must give the
    rest.
    """
    repo_id = project_of(body)
    listed = body.get("commits") or ()
    facts = [_pushed(item, repo_id, context) for item in listed]
    if str(body.get("ref", "")).startswith(TAG):
        facts.append(_tag(body, repo_id, context))
    is_cut = int(body.get("total_commits_count") or 0) > len(listed)
    flags = ("commit_list_cut",) if is_cut else ()
    return Mapped(facts, None if facts else "push: without commits", flags)


def _pushed(item: Mapping[str, Any], repo_id: str, context: MappingContext) -> Fact:
    sha = required_text(item, "id", "commits[].id")
    at = required_moment(item, "timestamp", "commits[].timestamp", context.received_at)
    values = {
        "repo_id": repo_id,
        "commit_sha": sha,
        "author_id": _mail(part(item, "author").get("email")),
        "authored_at": at,
        "committed_at": at,
        **message_columns(str(item.get("message") or "")),
    }
    return Fact("commits", values, order_of(at), sha)


def commit_fact(record: Mapping[str, Any], repo_id: str, context: MappingContext) -> Fact:
    """A commit of the REST API, with its parents."""
    sha = required_text(record, "id", "commit.id")
    at = required_moment(record, "committed_date", "commit.committed_date", context.received_at)
    trailers = part(record, "trailers")
    parents = record.get("parent_ids")
    values = {
        "repo_id": repo_id,
        "commit_sha": sha,
        "parent_shas": None if parents is None else [str(parent) for parent in parents],
        "author_id": _mail(record.get("author_email")),
        "committer_id": _mail(record.get("committer_email")),
        "authored_at": moment(record, "authored_date", "commit.authored_date"),
        "committed_at": at,
        **message_columns(str(record.get("message") or record.get("title") or "")),
    }
    # The commit list of a merge request leaves parents out, as a push does.
    rank = ENRICHED if parents or trailers else 1
    return Fact("commits", values, order_of(at) + rank, sha)


def commit_facts(body: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    """One commit of the REST API under `commit`, with the `project` that the pull adds."""
    return [commit_fact(required_part(body, "commit"), project_of(body), context)]


def _tag(body: Mapping[str, Any], repo_id: str, context: MappingContext) -> Fact:
    tag = str(body["ref"]).removeprefix(TAG)
    values: dict[str, Any] = {"repo_id": repo_id, "tag": tag}
    order = order_of(context.received_at)
    if body.get("after") == _NOTHING:
        return Fact("releases", values, order, f"tag:{tag}", is_retracted=True)
    sha = str(body.get("checkout_sha") or body.get("after"))
    listed = {str(item.get("id")): item for item in body.get("commits") or ()}
    at = moment(listed.get(sha, {}), "timestamp", "commits[].timestamp")
    values |= {
        "commit_sha": sha,
        "released_at": at or context.received_at,
        "instant_basis": "commit" if at else None,
        "version_label": tag,
    }
    return Fact("releases", values, order, f"tag:{tag}")


def release(body: Mapping[str, Any], context: MappingContext) -> Mapped:
    """A release message or a record of the REST API under `release`, with its tag and commit."""
    record = part(body, "release") or body
    tag = str(record.get("tag") or required_text(record, "tag_name", "release.tag_name"))
    created_at = required_moment(record, "created_at", "release.created_at", context.received_at)
    values = {
        "repo_id": project_of(body),
        "tag": tag,
        "commit_sha": part(record, "commit").get("id"),
        "released_at": moment(record, "released_at", "release.released_at") or created_at,
        "version_label": tag,
    }
    is_gone = body.get("action") == "delete"
    order = order_of(created_at) + (1 if is_gone else 0)
    return Mapped([Fact("releases", values, order, f"release:{tag}", is_retracted=is_gone)])


def _mail(value: object) -> str | None:
    # GitLab may hide an address behind a word in brackets.
    return str(value).lower() if value and "@" in str(value) else None

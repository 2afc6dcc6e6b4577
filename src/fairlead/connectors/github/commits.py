"""Commits of a push, which name no parents, and commits of the REST API, which do.

Both are versions of one fact; the one with parents is the later version in the order, so it stays
whichever arrives last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairlead.connectors.commit_text import message_columns
from fairlead.connectors.contract import MappingContext
from fairlead.connectors.github.records import (
    ENRICHED,
    login_of,
    record_of,
    repository_of,
    required_id,
    required_moment,
)
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of


def push_facts(body: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    """The commits that a push lists."""
    repo_id = repository_of(body, body)
    return [_pushed(item, repo_id, context) for item in body.get("commits") or ()]


def _pushed(item: Mapping[str, Any], repo_id: str, context: MappingContext) -> Fact:
    sha = required_id(item, "id", "commits[]")
    at = required_moment(item, "timestamp", "commits[]", context.received_at)
    values = {
        "repo_id": repo_id,
        "commit_sha": sha,
        "author_id": _signature(item.get("author")),
        "committer_id": _signature(item.get("committer")),
        "authored_at": at,
        "committed_at": at,
        **message_columns(str(item.get("message") or "")),
    }
    return Fact("commits", values, order_of(at), sha)


def commit_facts(body: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    """One commit of the REST API."""
    record = body if "parents" in body else record_of(body, "commit")
    return [commit_fact(record, repository_of(body, record), context)]


def commit_fact(record: Mapping[str, Any], repo_id: str, context: MappingContext) -> Fact:
    """A commit of the REST API, with its parents and its signature's state."""
    sha = required_id(record, "sha", "commit")
    commit = record_of(record, "commit")
    author, committer = record_of(commit, "author"), record_of(commit, "committer")
    authored_at = required_moment(author, "date", "commit.author", context.received_at)
    committed_at = required_moment(committer, "date", "commit.committer", context.received_at)
    values = {
        "repo_id": repo_id,
        "commit_sha": sha,
        "parent_shas": [str(parent["sha"]) for parent in record.get("parents") or ()],
        "author_id": login_of(record.get("author")) or _signature(author),
        "committer_id": login_of(record.get("committer")) or _signature(committer),
        "authored_at": authored_at,
        "committed_at": committed_at,
        "signature_state": _signature_state(commit.get("verification")),
        **message_columns(str(commit.get("message") or "")),
    }
    return Fact("commits", values, order_of(committed_at) + ENRICHED, sha)


def _signature(person: object) -> str | None:
    if not isinstance(person, Mapping):
        return None
    found = person.get("username") or str(person.get("email") or "").lower() or person.get("name")
    return str(found) if found else None


def _signature_state(verification: object) -> str:
    if not isinstance(verification, Mapping) or "verified" not in verification:
        return "unknown"
    if verification["verified"]:
        return "verified"
    return "none" if verification.get("reason") == "unsigned" else "unverified"

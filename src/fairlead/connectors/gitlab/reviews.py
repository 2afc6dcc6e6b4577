"""Approvals of and comments on merge requests, as reviews of a change.

GitLab numbers no approvals: one person has one standing approval of a merge request, which a later
message withdraws. Notes of the REST API tell of both in system notes, with their instants.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fairlead.connectors.contract import MappingContext
from fairlead.connectors.gitlab.records import (
    is_bot_name,
    part,
    project_of,
    required_moment,
    required_part,
    required_text,
    username,
)
from fairlead.connectors.name_globs import matches_any, setting_globs
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

# A message `approved` says that this approval was the last one that was needed.
_ACTIONS = {
    "approval": "approved",
    "approved": "approved",
    "unapproval": "dismissed",
    "unapproved": "dismissed",
}
_SYSTEM_NOTES = {
    "approved this merge request": "approved",
    "unapproved this merge request": "dismissed",
    "requested changes": "changes_requested",
}


def approval_fact(
    change: Fact, attributes: Mapping[str, Any], body: Mapping[str, Any], context: MappingContext
) -> Fact | None:
    """The approval or its withdrawal that a `merge_request` message is about, else None."""
    verdict = _ACTIONS.get(str(attributes.get("action")))
    if verdict is None:
        return None
    path = "object_attributes.updated_at"
    at = required_moment(attributes, "updated_at", path, context.received_at)
    values = {
        "repo_id": change.values["repo_id"],
        "change_ref": change.values["change_ref"],
        "commit_sha": change.values["head_sha"],
    }
    return _review(values, username(body.get("user")), verdict, at, context)


def recorded_approval(change: Fact, item: Mapping[str, Any], context: MappingContext) -> Fact:
    """An approval as the REST API lists it in `approved_by`, with `approved_at`."""
    at = required_moment(item, "approved_at", "approvals[].approved_at", context.received_at)
    values = {key: change.values[key] for key in ("repo_id", "change_ref")}
    return _review(values, username(item.get("user")), "approved", at, context)


def comment_facts(body: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    """The comment of a `note` message on a merge request; none for other things."""
    note = required_part(body, "object_attributes")
    change = part(body, "merge_request")
    if note.get("noteable_type") != "MergeRequest" or not change:
        return []
    number = required_text(change, "iid", "merge_request.iid")
    record = {**note, "body": note.get("note"), "author": body.get("user")}
    found = note_fact(record, project_of(body), number, context)
    return [] if found is None else [found]


def note_fact(
    note: Mapping[str, Any], repo_id: str, number: str, context: MappingContext
) -> Fact | None:
    """A note on a merge request: a comment, or a system note about an approval; else None."""
    author = username(note.get("author"))
    at = required_moment(note, "created_at", "notes[].created_at", context.received_at)
    values = {"repo_id": repo_id, "change_ref": f"pr:{number}"}
    if note.get("system"):
        verdict = _SYSTEM_NOTES.get(str(note.get("body")).strip())
        return None if verdict is None else _review(values, author, verdict, at, context)
    review_ref = f"note:{required_text(note, 'id', 'notes[].id')}"
    return _review(values, author, "commented", at, context, review_ref)


def person_kind(name: str | None, context: MappingContext) -> str | None:
    """Whether an account is a person's, a bot's or an AI agent's; None where it is not known."""
    if matches_any(setting_globs(context.settings, "ai_accounts"), name):
        return "ai"
    return {True: "bot", False: "human", None: None}[is_bot_name(name)]


def _review(
    values: Mapping[str, Any],
    reviewer: str | None,
    verdict: str,
    at: datetime,
    context: MappingContext,
    review_ref: str | None = None,
) -> Fact:
    ref = review_ref or f"approval:{reviewer}"
    found = {
        **values,
        "review_ref": ref,
        "reviewer_id": reviewer,
        "reviewer_kind": person_kind(reviewer, context),
        "verdict": verdict,
        "submitted_at": at,
    }
    return Fact("change_reviews", found, order_of(at), f"{values['change_ref']}:{ref}")

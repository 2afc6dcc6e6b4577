"""Reviews of pull requests, and comments on them, as reviews of a change.

A comment in the conversation of a pull request is a first answer to its author as a review is, so
it counts as a review that only comments. A dismissal is a later version of the same review.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairlead.connectors.contract import MappingContext, MappingError
from fairlead.connectors.github.records import (
    is_bot,
    login_of,
    moment,
    record_of,
    repository_of,
    required_id,
    required_moment,
)
from fairlead.connectors.name_globs import matches_any, setting_globs
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

VERDICTS = ("approved", "changes_requested", "commented", "dismissed")


def review_facts(body: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    """The review of a `pull_request_review` message or REST record; none while it is pending."""
    review = record_of(body, "review")
    change = body.get("pull_request")
    if not isinstance(change, Mapping):
        number = str(review.get("pull_request_url") or "").rpartition("/")[2]
        change = {"number": number or None}
    found = review_fact(review, change, repository_of(body, review), context)
    return [] if found is None else [found]


def review_fact(
    review: Mapping[str, Any], change: Mapping[str, Any], repo_id: str, context: MappingContext
) -> Fact | None:
    """One review as a fact, or None for a review that its author has not submitted yet."""
    verdict = str(review.get("state")).lower()
    if verdict == "pending":
        return None
    if verdict not in VERDICTS:
        allowed = ", ".join(VERDICTS)
        raise MappingError("FL3110", "$.review.state", f"`{verdict}`; allowed: {allowed}")
    submitted_at = required_moment(review, "submitted_at", "review", context.received_at)
    version_at = submitted_at
    if verdict == "dismissed":
        changed_at = moment(change, "updated_at", "pull_request")
        version_at = max(submitted_at, changed_at) if changed_at else submitted_at
    review_ref = required_id(review, "id", "review")
    values = {
        "repo_id": repo_id,
        "change_ref": f"pr:{required_id(change, 'number', 'pull_request')}",
        "review_ref": review_ref,
        "verdict": verdict,
        "commit_sha": review.get("commit_id"),
        "submitted_at": submitted_at,
        **_reviewer(review.get("user"), context),
    }
    rank = 1 if verdict == "dismissed" else 0
    return Fact("change_reviews", values, order_of(version_at) + rank, f"review:{review_ref}")


def comment_facts(body: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    """A comment in a pull request's conversation; none for a comment on an issue."""
    comment, issue = record_of(body, "comment"), body.get("issue")
    if not isinstance(issue, Mapping) or not issue.get("pull_request"):
        return []
    number = required_id(comment, "id", "comment")
    submitted_at = required_moment(comment, "created_at", "comment", context.received_at)
    version_at = moment(comment, "updated_at", "comment") or submitted_at
    is_deleted = body.get("action") == "deleted"
    values = {
        "repo_id": repository_of(body, comment),
        "change_ref": f"pr:{required_id(issue, 'number', 'issue')}",
        "review_ref": f"comment:{number}",
        "verdict": "commented",
        "submitted_at": submitted_at,
        **_reviewer(comment.get("user"), context),
    }
    order = order_of(version_at) + (1 if is_deleted else 0)
    return [Fact("change_reviews", values, order, f"comment:{number}", is_retracted=is_deleted)]


def _reviewer(user: object, context: MappingContext) -> dict[str, str | None]:
    login = login_of(user)
    if matches_any(setting_globs(context.settings, "ai_accounts"), login):
        kind: str | None = "ai"
    else:
        kind = {True: "bot", False: "human", None: None}[is_bot(user)]
    return {"reviewer_id": login, "reviewer_kind": kind}

"""Merge requests as changes, with their approvals as reviews and their commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairlead.connectors.commit_text import ticket_ids
from fairlead.connectors.contract import MappingContext
from fairlead.connectors.gitlab.commits import commit_fact
from fairlead.connectors.gitlab.records import (
    ENRICHED,
    moment,
    one_of,
    part,
    project_of,
    required_moment,
    required_part,
    required_text,
    username,
)
from fairlead.connectors.gitlab.reviews import (
    approval_fact,
    note_fact,
    person_kind,
    recorded_approval,
)
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

_STATES = {
    "opened": ("open", 0),
    "locked": ("open", 0),
    "closed": ("closed", 1),
    "merged": ("merged", 2),
}


def message_facts(body: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    """The change of a `merge_request` message, and the approval that the message is about.

    None when a merged change is edited: the message no longer tells when it was merged, and its
    version would hide the one that does.
    """
    change = required_part(body, "object_attributes")
    action = str(change.get("action"))
    if change.get("state") == "merged" and action != "merge" and not change.get("merged_at"):
        return []
    fact = _change(change, body, context, "object_attributes")
    review = approval_fact(fact, change, body, context)
    return [fact] if review is None else [fact, review]


def record_facts(body: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    """A merge request of the REST API with its commits, notes and approvals."""
    change = required_part(body, "merge_request")
    commits: Sequence[Mapping[str, Any]] = body.get("commits") or ()
    fact = _change(change, body, context, "merge_request", commits)
    facts = [fact, *(commit_fact(item, project_of(body), context) for item in commits)]
    number = required_text(change, "iid", "merge_request.iid")
    for note in body.get("notes") or ():
        review = note_fact(note, project_of(body), number, context)
        facts += [] if review is None else [review]
    for item in body.get("approvals") or ():
        facts.append(recorded_approval(fact, item, context))
    return facts


def _change(
    change: Mapping[str, Any],
    body: Mapping[str, Any],
    context: MappingContext,
    name: str,
    commits: Sequence[Mapping[str, Any]] = (),
) -> Fact:
    number = required_text(change, "iid", f"{name}.iid")
    state, rank = one_of(change.get("state"), _STATES, f"{name}.state")
    updated_at = required_moment(change, "updated_at", f"{name}.updated_at", context.received_at)
    repo_id = project_of(body)
    author = username(change.get("author")) or _author(change, body)
    head = part(change, "last_commit").get("id") or change.get("sha")
    values = {
        "repo_id": repo_id,
        "change_ref": f"pr:{number}",
        "change_id": f"{repo_id}:pr:{number}",
        "title": change.get("title"),
        "author_id": author,
        "author_kind": person_kind(author, context),
        "opened_at": moment(change, "created_at", f"{name}.created_at"),
        "head_sha": head,
        "base_branch": change.get("target_branch"),
        "labels": _labels(change, body),
        "ticket_ids": _tickets(change, commits, context),
        "state": state,
        **_authored(commits),
        **_merge(change, body, name, updated_at),
    }
    order = order_of(updated_at) + rank + (ENRICHED if name == "merge_request" else 0)
    return Fact("changes", values, order, f"pr:{number}")


def _author(change: Mapping[str, Any], body: Mapping[str, Any]) -> str | None:
    # A message names only the one who acted; who opened it is also its author.
    user = part(body, "user")
    is_own = change.get("action") == "open" or user.get("id") == change.get("author_id")
    return username(user) if is_own else None


def _labels(change: Mapping[str, Any], body: Mapping[str, Any]) -> list[str]:
    given = change.get("labels") or body.get("labels") or ()
    return [str(item["title"] if isinstance(item, Mapping) else item) for item in given]


def _authored(commits: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    own = [item for item in commits if len(item.get("parent_ids") or ()) < 2]
    instants = [moment(item, "authored_date", "commits[].authored_date") for item in own]
    first = min((at for at in instants if at is not None), default=None)
    return {
        "first_authored_at": first,
        "start_basis": "commit" if first else None,
        "commit_shas": [str(item["id"]) for item in commits] or None,
    }


def _merge(
    change: Mapping[str, Any], body: Mapping[str, Any], name: str, updated_at: Any
) -> dict[str, Any]:
    if change.get("state") != "merged":
        return {}
    squash, merge = change.get("squash_commit_sha"), change.get("merge_commit_sha")
    is_forward = name == "merge_request" and "merge_commit_sha" in change and not (squash or merge)
    is_merging = change.get("action") == "merge"
    merger = username(change.get("merge_user") or change.get("merged_by"))
    merged_at = moment(change, "merged_at", f"{name}.merged_at")
    integration = "squash" if squash else "merge" if merge else "unknown"
    return {
        # A message tells of the merge at the instant of its own update.
        "merged_at": merged_at or (updated_at if is_merging else None),
        "merge_sha": merge or squash or (change.get("sha") if is_forward else None),
        "merged_by_id": merger or (username(body.get("user")) if is_merging else None),
        "integration": "fast_forward" if is_forward else integration,
    }


def _tickets(
    change: Mapping[str, Any], commits: Sequence[Mapping[str, Any]], context: MappingContext
) -> list[str] | None:
    texts = [change.get("source_branch"), change.get("title"), change.get("description")]
    texts += [item.get("message") for item in commits]
    return ticket_ids(context.settings.get("ticket_pattern"), texts)

"""Pull requests as changes, with the reviews and commits that are enclosed with them.

A message holds the pull request alone; the pull adds its commits, reviews and who merged it. A
version replaces the earlier one as a whole, so of two versions of one update instant the enriched
one wins. What only reviews know (first review, approval) is left to them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fairlead.connectors.commit_text import ticket_ids
from fairlead.connectors.contract import MappingContext, MappingError
from fairlead.connectors.github.commits import commit_fact
from fairlead.connectors.github.records import (
    ENRICHED,
    is_bot,
    login_of,
    moment,
    record_of,
    repository_of,
    required_id,
    required_moment,
)
from fairlead.connectors.github.reviews import review_fact
from fairlead.connectors.name_globs import matches_any, setting_globs
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

_REVERTS = re.compile(r"^Reverts (?:([\w.-]+/[\w.-]+))?#(\d+)\s*$", re.MULTILINE)
_RANKS, _METHODS = {"open": 0, "closed": 1, "merged": 2}, ("merge", "squash", "rebase")


def change_facts(
    body: Mapping[str, Any], context: MappingContext
) -> tuple[list[Fact], tuple[str, ...]]:
    """The change, its enclosed reviews and commits; a flag tells that the commit list is cut."""
    change = record_of(body, "pull_request")
    repo_id = change_repository(body, change)
    number = required_id(change, "number", "pull_request")
    updated_at = required_moment(change, "updated_at", "pull_request", context.received_at)
    commits: Sequence[Mapping[str, Any]] = body.get("commits") or ()
    state = "merged" if change.get("merged_at") else str(change.get("state"))
    if state not in _RANKS:
        raise MappingError("FL3110", "$.pull_request.state", f"`{state}`; allowed: open, closed")
    values = _identity(change, repo_id, number, context) | {"state": state}
    values |= _instants(change, commits) | _merge(change, commits)
    values["ticket_ids"] = _tickets(change, commits, context)
    order = order_of(updated_at) + _RANKS[state] + (ENRICHED if "commits" in body else 0)
    facts = [Fact("changes", values, order, f"pr:{number}")]
    facts += [commit_fact(item, repo_id, context) for item in commits]
    reviews = body.get("reviews") or ()
    facts += filter(None, (review_fact(one, change, repo_id, context) for one in reviews))
    is_cut = bool(commits) and len(commits) < int(change.get("commits") or 0)
    return facts, (("commit_list_cut",) if is_cut else ())


def change_repository(body: Mapping[str, Any], change: Mapping[str, Any]) -> str:
    """The repository that a pull request would change, which is its base's."""
    base = change.get("base")
    repository = base.get("repo") if isinstance(base, Mapping) else None
    if isinstance(repository, Mapping) and repository.get("full_name"):
        return str(repository["full_name"])
    return repository_of(body, change)


def change_id(repo_id: str, number: object) -> str:
    """The id of a pull request over all repositories."""
    return f"{repo_id}:pr:{number}"


def _identity(
    change: Mapping[str, Any], repo_id: str, number: str, context: MappingContext
) -> dict[str, Any]:
    author = change.get("user")
    labels = [str(item["name"]) for item in change.get("labels") or () if item.get("name")]
    login = login_of(author)
    reverted = _REVERTS.search(str(change.get("body") or ""))
    values: dict[str, Any] = {
        "repo_id": repo_id,
        "change_ref": f"pr:{number}",
        "change_id": change_id(repo_id, number),
        "title": change.get("title"),
        "author_id": login,
        "author_kind": {True: "bot", False: "human", None: None}[is_bot(author)],
        "labels": labels,
        "base_branch": (change.get("base") or {}).get("ref"),
        "head_sha": (change.get("head") or {}).get("sha"),
    }
    if reverted:
        values["reverts_change_id"] = change_id(reverted[1] or repo_id, reverted[2])
    return values | _ai(login, labels, context)


def _ai(login: str | None, labels: list[str], context: MappingContext) -> dict[str, str]:
    if matches_any(setting_globs(context.settings, "ai_accounts"), login):
        return {
            "author_kind": "ai",
            "ai_involvement": "authored",
            "ai_tool": str(login),
            "ai_evidence": "account",
        }
    globs = setting_globs(context.settings, "ai_labels")
    label = next((item for item in labels if matches_any(globs, item)), None)
    return {"ai_involvement": "assisted", "ai_evidence": f"label:{label}"} if label else {}


def _instants(change: Mapping[str, Any], commits: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    authored = []
    for item in commits:
        # A merge from the target branch is not the change's own work.
        if len(item.get("parents") or ()) < 2:
            author = (item.get("commit") or {}).get("author") or {}
            authored.append(moment(author, "date", "commits[].commit.author"))
    first = min((at for at in authored if at is not None), default=None)
    return {
        "opened_at": moment(change, "created_at", "pull_request"),
        "merged_at": moment(change, "merged_at", "pull_request"),
        "first_authored_at": first,
        "start_basis": "commit" if first else None,
        "commit_shas": [str(item["sha"]) for item in commits if item.get("sha")] or None,
    }


def _merge(change: Mapping[str, Any], commits: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    # Until it is merged, merge_commit_sha names a trial merge that nobody ever deploys.
    if not change.get("merged_at"):
        return {}
    merge_sha = change.get("merge_commit_sha")
    integration = (change.get("auto_merge") or {}).get("merge_method")
    integration = integration if integration in _METHODS else "unknown"
    if merge_sha and any(item.get("sha") == merge_sha for item in commits):
        integration = "fast_forward"
    return {
        "merge_sha": merge_sha,
        "merged_by_id": login_of(change.get("merged_by")),
        "integration": integration,
    }


def _tickets(
    change: Mapping[str, Any], commits: Sequence[Mapping[str, Any]], context: MappingContext
) -> list[str] | None:
    pattern = context.settings.get("ticket_pattern")
    if not pattern:
        return None
    texts = [(change.get("head") or {}).get("ref"), change.get("title"), change.get("body")]
    return ticket_ids(pattern, [*texts, *((c.get("commit") or {}).get("message") for c in commits)])

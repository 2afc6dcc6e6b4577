"""Rows of `changes`: pull requests completed from reviews and commits, and lone commits.

A connector's version of a pull request knows what its message knew; here it gets the instants that
reviews tell (first review or comment by another person, last approval before the merge), the start
of lead time from its own commits, how it was integrated, its tickets, and what it reverts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fairlead.engine.derive.reader import Row
from fairlead.engine.derive.repositories import Repository
from fairlead.facts import fact_type
from fairlead.methods.change_links import ChangeLinks, PullRequest, ticket_keys
from fairlead.methods.lead_time import Start, start_of

_INFERRED = ("subject_suffix", "cherry_pick", "patch_id")


def change_id_of(repo_id: str, change_ref: str) -> str:
    """The id of a change over all repositories, where its source gave none."""
    return f"{repo_id}:{change_ref}"


def is_lone(row: Row) -> bool:
    """Whether a row of `changes` is a commit in no pull request."""
    return str(row["change_ref"]).startswith("commit:")


def pull_request(row: Row) -> PullRequest:
    """A row of `changes` as the linking rules want it."""
    return PullRequest(
        change_ref=row["change_ref"],
        state=row.get("state") or ("merged" if row.get("merged_at") else None),
        merged_at=row.get("merged_at"),
        merge_sha=row.get("merge_sha"),
        head_sha=row.get("head_sha"),
        commit_shas=tuple(row.get("commit_shas") or ()),
        integration=row.get("integration"),
    )


def reviewed(row: Row, reviews: Sequence[Row]) -> Row:
    """The row with what its reviews tell; without any, as its source told it."""
    if not reviews:
        return row
    author, merged_at = row.get("author_id"), row.get("merged_at")
    others = [review for review in reviews if review.get("submitted_at") is not None]
    if author is not None:
        others = [review for review in others if review.get("reviewer_id") != author]
    seen = [
        review["submitted_at"]
        for review in others
        if review.get("reviewer_kind") in (None, "human")
    ]
    approved = [
        review["submitted_at"]
        for review in others
        if review.get("verdict") == "approved"
        and (merged_at is None or review["submitted_at"] <= merged_at)
    ]
    return row | {
        "first_reviewed_at": min(seen, default=None),
        "approved_at": max(approved, default=None),
    }


@dataclass(frozen=True)
class ChangeRows:
    """Rows of the changes of one repository, by change number of its links."""

    repository: Repository
    links: ChangeLinks
    ticket_pattern: re.Pattern[str]

    def completed(self, number: int, given: Row) -> Row:
        """A pull request's row, completed; `given` holds what its source and reviews told."""
        commits = self._commits(number)
        start = self._start(number, given)
        texts = [given.get("title"), *(text for row in commits for text in _texts(row))]
        known = [*(given.get("ticket_ids") or ()), *ticket_keys(self.ticket_pattern, texts)]
        columns = {column: given.get(column) for column in fact_type("changes").columns}
        return columns | {
            "change_id": self.change_id(number, given),
            "first_authored_at": start.at if start else None,
            "start_basis": start.basis if start else None,
            "integration": self.links.integration_of.get(number, given.get("integration")),
            "commit_shas": self._shas(number, given),
            "ticket_ids": list(dict.fromkeys(known)) or None,
        }

    def lone(self, number: int) -> Row:
        """The row of a commit in no pull request; its copies belong to it."""
        commits = self._commits(number)
        ref = self.links.change_refs[number]
        sha = ref.removeprefix("commit:")
        row = next(row for row in commits if row["commit_sha"] == sha)
        start = self._start(number, row)
        texts = [text for commit in commits for text in _texts(commit)]
        author = row.get("author_id")
        return {
            "repo_id": self.repository.repo_id,
            "change_ref": ref,
            "change_id": change_id_of(self.repository.repo_id, ref),
            "title": row.get("subject"),
            "author_id": author,
            "author_kind": "bot" if author and "[bot]" in author else "human",
            "first_authored_at": start.at if start else None,
            "start_basis": start.basis if start else None,
            "merged_at": row.get("committed_at"),
            "head_sha": sha,
            "merge_sha": sha,
            "integration": "direct",
            "commit_shas": self._shas(number, {}),
            "ticket_ids": ticket_keys(self.ticket_pattern, texts) or None,
            "state": "merged",
        }

    def change_id(self, number: int, given: Row | None) -> str:
        """The id that the source gave, else the one made of repository and reference."""
        own: Any = (given or {}).get("change_id")
        return own or change_id_of(self.repository.repo_id, self.links.change_refs[number])

    def _commits(self, number: int) -> list[Row]:
        return [self.repository.commits[commit] for commit in self.links.commits_of[number]]

    def _shas(self, number: int, given: Row) -> list[str] | None:
        """Listed and linked commits; a pull request lists no inferred ones, lest they seem told."""
        is_request = not self.links.change_refs[number].startswith("commit:")
        own = [
            self.repository.graph.shas[commit]
            for commit in self.links.commits_of[number]
            if not (is_request and self.links.rule_of[commit] in _INFERRED)
        ]
        return list(dict.fromkeys([*(given.get("commit_shas") or ()), *own])) or None

    def _start(self, number: int, given: Row) -> Start | None:
        """Author instants of own commits; a squash, like a merge, is not one of them."""
        own, squashes = self._authored(number)
        stated = given.get("first_authored_at")
        if stated is not None and given.get("start_basis") in (None, "commit"):
            own.append(stated)
        return start_of(own, given.get("opened_at"), min(squashes, default=None))

    def _authored(self, number: int) -> tuple[list[datetime | None], list[datetime]]:
        graph, links = self.repository.graph, self.links
        commits = links.commits_of[number]
        plain = [commit for commit in commits if not graph.is_merge[commit]]
        if links.change_refs[number].startswith("commit:"):
            return [self._authored_at(commit) for commit in plain or commits], []
        squashed = {
            twin
            for commit in plain
            if links.rule_of[commit] in ("squash", "subject_suffix")
            for twin in (commit, *links.copies.get(commit, ()))
        }
        own = [self._authored_at(commit) for commit in plain if commit not in squashed]
        squashes = [self._authored_at(commit) for commit in plain if commit in squashed]
        return own, [at for at in squashes if at is not None]

    def _authored_at(self, commit: int) -> datetime | None:
        found: datetime | None = self.repository.commits[commit].get("authored_at")
        return found


def _texts(row: Row) -> Iterable[str | None]:
    return (row.get("subject"), row.get("trailers_json"))

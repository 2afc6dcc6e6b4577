"""Rows of `release_commits` from rows of `commits` and `releases`: the fold of delivery.md 4.32.

Each repository, and in a monorepo each service with tags of its own, is attributed alone; releases
marked as pre-releases and releases of unknown commits own nothing. Commits without a release give
no row. A negative span keeps its row, without a lead time, under `negative_span`.

Input: rows as mappings with the columns of the two fact types. Complexity: O(commits + releases).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from fairlead.methods.release_attribution import Release, attribute_releases
from fairlead.methods.repository_history import CommitRecord, History

Row = Mapping[str, Any]


def release_commit_rows(commits: Iterable[Row], releases: Iterable[Row]) -> list[dict[str, Any]]:
    """One row per released commit, in the order of repository, release and commit."""
    by_repository: dict[str, list[Row]] = {}
    for row in commits:
        by_repository.setdefault(row["repo_id"], []).append(row)
    by_line: dict[tuple[str, str | None], list[Row]] = {}
    for row in releases:
        if row.get("released_at") is not None and not row.get("is_prerelease"):
            by_line.setdefault((row["repo_id"], row.get("service_id")), []).append(row)
    histories = {repo: (_history(rows), rows) for repo, rows in by_repository.items()}
    found: list[dict[str, Any]] = []
    for (repo, service), tags in sorted(by_line.items(), key=lambda item: str(item[0])):
        if repo in histories:
            found += _rows_of_line(*histories[repo], tags, service)
    return found


def _rows_of_line(
    history: History, rows: list[Row], tags: list[Row], service: str | None
) -> list[dict[str, Any]]:
    by_sha = {row["commit_sha"]: row for row in rows}
    known = [tag for tag in tags if tag["commit_sha"] in history.positions]
    known.sort(key=lambda tag: (tag["released_at"], tag["tag"]))
    releases = [
        Release(tag["tag"], history.positions[tag["commit_sha"]], 0, tag["tag"], False)
        for tag in known
    ]
    first = attribute_releases(history, releases).first
    found = []
    for index in sorted(range(len(first)), key=lambda at: (first[at], history.commits[at].sha)):
        if first[index] >= 0:
            commit, tag = by_sha[history.commits[index].sha], known[first[index]]
            found.append(_row(commit, tag, first[index] == 0, service))
    return found


def _row(commit: Row, tag: Row, is_first: bool, service: str | None) -> dict[str, Any]:
    span = _seconds(commit.get("authored_at"), tag["released_at"])
    is_negative = span is not None and span < 0
    return {
        "repo_id": commit["repo_id"],
        "commit_sha": commit["commit_sha"],
        "tag": tag["tag"],
        "released_at": tag["released_at"],
        "authored_at": commit.get("authored_at"),
        "lead_time_seconds": None if is_negative else span,
        "is_first_release": is_first,
        "excluded_reason": "negative_span" if is_negative else None,
        "service_id": service,
    }


def _seconds(start: datetime | None, end: datetime) -> int | None:
    return None if start is None else int((end - start).total_seconds())


def _history(rows: Iterable[Row]) -> History:
    return History.of(
        CommitRecord(
            row["commit_sha"], tuple(row.get("parent_shas") or ()), None, None, "", "", "", ""
        )
        for row in rows
    )

"""Turn records of a repository into payloads: one for each commit, tag and branch.

A payload's body is plain JSON, so that it can be kept, replayed and mapped like any other tool's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from fairlead.connectors.contract import Payload
from fairlead.methods.repository_history import BranchRecord, CommitRecord, FileChange, TagRecord

_ADDRESS = re.compile(r"<([^<>]+)>\s*$")


def commit_payload(
    repo_id: str,
    commit: CommitRecord,
    files: Sequence[FileChange] | None = None,
    patch_id: str | None = None,
) -> Payload:
    """One commit with its paths; `files` is None where they were not read."""
    trailers: dict[str, list[str]] = {}
    for key, value in commit.trailers:
        trailers.setdefault(key, []).append(value)
    body: dict[str, Any] = {
        "repo_id": repo_id,
        "sha": commit.sha,
        "parents": list(commit.parents),
        "author_name": commit.author_name,
        "author_email": commit.author_email,
        "committer_email": commit.committer_email,
        "authored_at": commit.authored_epoch,
        "committed_at": commit.committed_epoch,
        "subject": commit.subject,
        "trailers": trailers,
        "co_author_emails": _co_authors(commit),
        "is_signed": commit.is_signed,
        "patch_id": patch_id,
        "reverts_sha": commit.reverts_shas[0] if commit.reverts_shas else None,
        "cherry_picked_from_sha": commit.cherry_picked_from_sha,
        "files": None if files is None else [_file(change) for change in files],
    }
    return Payload(body, "commit", commit.sha, f"{repo_id}@{commit.sha}")


def _co_authors(commit: CommitRecord) -> list[str]:
    found = [
        match[1].lower()
        for key, value in commit.trailers
        if key.lower() == "co-authored-by" and (match := _ADDRESS.search(value))
    ]
    return list(dict.fromkeys(found))


def _file(change: FileChange) -> dict[str, Any]:
    return {
        "path": change.path,
        "previous_path": change.previous_path,
        "added": change.added_count,
        "deleted": change.deleted_count,
    }


def tag_payload(repo_id: str, tag: TagRecord) -> Payload:
    """One tag with both of its possible instants."""
    body = {
        "repo_id": repo_id,
        "tag": tag.name,
        "sha": tag.commit_sha,
        "tagged_at": tag.tagged_epoch,
        "committed_at": tag.committed_epoch,
    }
    return Payload(body, "tag", f"{tag.name}@{tag.commit_sha}", f"{repo_id} tag {tag.name}")


def deleted_tag_payload(repo_id: str, name: str) -> Payload:
    """A tag that an earlier scan saw and this one does not."""
    body = {"repo_id": repo_id, "tag": name}
    return Payload(body, "tag_deleted", f"{name}@deleted", f"{repo_id} tag {name}")


def branch_payload(repo_id: str, branch: BranchRecord) -> Payload:
    """The tip of a branch, as this scan saw it."""
    body = {
        "repo_id": repo_id,
        "branch": branch.name,
        "sha": branch.commit_sha,
        "committed_at": branch.committed_epoch,
    }
    place = f"{repo_id} branch {branch.name}"
    return Payload(body, "branch", f"{branch.name}@{branch.commit_sha}", place)

"""Read any git repository without credentials, as payloads of the connector `git`.

`read_repository` opens a path, gives its payloads and returns the state to keep; with that state
the next reading gives only what is new. `open_repository` is for those who look at it directly.
Git is started in `git_command` alone and executes nothing of the repository.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fairlead.connectors.contract import Payload
from fairlead.connectors.git.payloads import (
    branch_payload,
    commit_payload,
    deleted_tag_payload,
    tag_payload,
)
from fairlead.ingest.git_location import derive_repo_id, unreadable
from fairlead.ingest.git_reading import Limits, Repository, open_repository, short_name
from fairlead.methods.repository_history import CommitRecord, FileChange

__all__ = [
    "Limits",
    "Repository",
    "RepositoryState",
    "derive_repo_id",
    "open_repository",
    "read_repository",
    "repository_payloads",
    "repository_state",
]


@dataclass(frozen=True)
class RepositoryState:
    """What the last reading saw: each ref with its object. Plain text, so a checkpoint holds it."""

    refs: Mapping[str, str] = field(default_factory=dict)


def repository_state(repository: Repository) -> RepositoryState:
    """The state to keep once the payloads of an open repository are safe."""
    return RepositoryState(dict(repository.location.refs))


def read_repository(
    path: Path,
    *,
    since_state: RepositoryState | None = None,
    with_files: bool = True,
    limits: Limits | None = None,
) -> Generator[Payload, None, RepositoryState]:
    """Payloads of the connector `git`, tags and branches last; returns the state to keep.

    With the state of an earlier reading: only what is reachable now and was not then, tags and
    branches that moved, tags that vanished. A rewritten branch gives its rewritten commits.
    """
    with open_repository(path, limits) as repository:
        yield from repository_payloads(repository, since_state, with_files)
        return repository_state(repository)


def repository_payloads(
    repository: Repository, since_state: RepositoryState | None = None, with_files: bool = True
) -> Iterator[Payload]:
    """The payloads of an open repository; see `read_repository`."""
    before = since_state.refs if since_state else {}
    known = repository.existing(set(before.values())) if before else set()
    commits = list(repository.commits(known=known))
    if not commits and not before and repository.notes and repository.location.refs:
        raise unreadable(repository.location.root, repository.notes[-1])
    yield from _commit_payloads(repository, commits, with_files and not repository.is_graph_only)
    refs = repository.location.refs
    for tag in repository.tags:
        if before.get(f"refs/tags/{tag.name}") != refs[f"refs/tags/{tag.name}"]:
            yield tag_payload(repository.repo_id, tag)
    moved = set(refs.items()) - set(before.items())
    moved_shas = {sha for _, sha in moved}
    for branch in repository.branches:
        if branch.commit_sha in moved_shas:
            yield branch_payload(repository.repo_id, branch)
    for name in sorted(before.keys() - refs.keys()):
        if name.startswith("refs/tags/"):
            yield deleted_tag_payload(repository.repo_id, short_name(name))


def _commit_payloads(
    repository: Repository, commits: Sequence[CommitRecord], with_files: bool
) -> Iterator[Payload]:
    if not with_files:
        for commit in commits:
            yield commit_payload(repository.repo_id, commit)
        return
    patches = repository.patch_ids(commits)
    changes = repository.file_changes(commits)
    following = next(changes, None)
    for commit in commits:
        found: list[FileChange] | None = None
        if following is not None and commit.sha == following[0]:
            found, following = following[1], next(changes, None)
        elif commit.sha not in repository.unpaired_shas and not (
            following is None and repository.is_cut
        ):
            found = []
        yield commit_payload(repository.repo_id, commit, found, patches.get(commit.sha))

"""Reads repositories from facts: commit graph, touched paths, what commits say of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fairlead.engine.derive.reader import FactReader, Row
from fairlead.methods.ancestry import GraphAncestry, History
from fairlead.methods.change_links import CommitMarks
from fairlead.methods.commit_graph import Commit, CommitGraph
from fairlead.methods.path_filter import TouchedPaths

# Few enough that their rows fit in memory, enough that reading is not one query a repository.
_AT_ONCE = 20


@dataclass(frozen=True)
class Repository:
    """One repository; `commits` and `marks` stand in the order of the graph's numbers."""

    repo_id: str
    history: History
    commits: Sequence[Row]
    marks: Sequence[CommitMarks]

    @property
    def graph(self) -> CommitGraph:
        """The commit graph of its history."""
        return self.history.graph


def load_repositories(reader: FactReader, repo_ids: Iterable[str]) -> Iterator[Repository]:
    """The repositories of these ids, one after the other; one without commits is empty."""
    wanted = sorted(set(repo_ids))
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        commits = rows_by_repository(reader, "commits", part)
        files = rows_by_repository(reader, "commit_files", part)
        for repo_id in part:
            yield _repository(repo_id, commits.pop(repo_id, []), files.pop(repo_id, []))


def rows_by_repository(
    reader: FactReader, fact_type: str, repo_ids: Sequence[str]
) -> dict[str, list[Row]]:
    """Current rows of a fact type, grouped by repository."""
    found: dict[str, list[Row]] = {}
    for row in reader.rows(fact_type, where={"repo_id": repo_ids}):
        found.setdefault(row["repo_id"], []).append(row)
    return found


def graph_ancestry(reader: FactReader) -> GraphAncestry:
    """Ancestry over the repositories in the facts, each loaded when first asked for."""

    def load(repo_id: str) -> History | None:
        repository = next(load_repositories(reader, [repo_id]))
        return repository.history if repository.commits else None

    return GraphAncestry(load)


def _repository(repo_id: str, commits: Sequence[Row], files: Iterable[Row]) -> Repository:
    graph = CommitGraph.of(
        Commit(row["commit_sha"], _shas(row.get("parent_shas")), row.get("committed_at"))
        for row in commits
    )
    by_sha = {row["commit_sha"]: row for row in reversed(commits)}
    ordered = [by_sha[sha] for sha in graph.shas]
    paths: dict[int, list[str]] = {}
    for row in files:
        number = graph.index.get(row["commit_sha"])
        if number is not None:
            names = (row["path"], row.get("previous_path"))
            paths.setdefault(number, []).extend(name for name in names if name)
    return Repository(
        repo_id,
        History(graph, TouchedPaths(paths, graph.is_merge)),
        ordered,
        [_marks(row) for row in ordered],
    )


def _shas(found: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if found is None else tuple(found)


def _marks(row: Row) -> CommitMarks:
    author, at, subject = row.get("author_id"), row.get("authored_at"), row.get("subject")
    return CommitMarks(
        authorship=(author, at, subject) if author and at and subject else None,
        subject=row.get("subject"),
        patch_id=row.get("patch_id"),
        reverts_sha=row.get("reverts_sha"),
        cherry_picked_from_sha=row.get("cherry_picked_from_sha"),
    )

"""Questions about versions of repositories: is one an ancestor, did paths change between two.

Histories are loaded once per repository, when first asked for. Every answer may be None: unknown
repository, unknown commit, a boundary of a shallow clone, or files that nobody told.

Source: delivery.md 4.3 to 4.5.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from fairlead.methods.commit_graph import CommitGraph, Difference
from fairlead.methods.path_filter import TOUCHED, UNKNOWN, TouchedPaths


@dataclass(frozen=True)
class History:
    """The commit graph of one repository, and the paths that its commits touch."""

    graph: CommitGraph
    touched: TouchedPaths


class GraphAncestry:
    """Answers over the histories that `load` gives by repository id (None: no such repository)."""

    def __init__(self, load: Callable[[str], History | None]) -> None:
        self._load = load
        self._known: dict[str, History | None] = {}

    def history(self, repo_id: str) -> History | None:
        """The history of a repository, loaded once."""
        if repo_id not in self._known:
            self._known[repo_id] = self._load(repo_id)
        return self._known[repo_id]

    def is_ancestor(self, repo_id: str, a: str, b: str) -> bool | None:
        """Whether commit `a` is contained in `b` (itself included); None when unknown."""
        history = self.history(repo_id)
        return None if history is None else history.graph.is_ancestor(a, b)

    def shipped_range(self, repo_id: str, old_sha: str, new_sha: str) -> list[str] | None:
        """The SHAs reachable from `new_sha` and not from `old_sha`; None when not known."""
        history = self.history(repo_id)
        found = None if history is None else _difference(history.graph, old_sha, new_sha)
        if history is None or found is None:
            return None
        return [history.graph.shas[number] for number in found.shipped]

    def paths_changed(
        self, repo_id: str, old_sha: str, new_sha: str, globs: Collection[str]
    ) -> bool | None:
        """Whether a commit between two versions touches the globs, in either direction.

        Merges add nothing of their own: what they bring lies between the versions itself. None
        when a version is unknown, or when only commits without known files could have changed it.
        """
        history = self.history(repo_id)
        found = None if history is None else _difference(history.graph, old_sha, new_sha)
        if history is None or found is None:
            return None
        mask = history.touched.mask(globs)
        verdicts = {mask[number] for number in (*found.shipped, *found.removed)}
        if TOUCHED in verdicts:
            return True
        return None if UNKNOWN in verdicts else False


def _difference(graph: CommitGraph, old_sha: str, new_sha: str) -> Difference | None:
    old, new = graph.index.get(old_sha), graph.index.get(new_sha)
    if old is None or new is None:
        return None
    found = graph.difference([new], [old])
    return found if found.is_complete else None

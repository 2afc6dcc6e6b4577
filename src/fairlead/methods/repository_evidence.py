"""What was read of a repository, gathered for its report: history, refs, line counts, files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from fairlead.methods.release_attribution import (
    Attribution,
    attribute_releases,
    is_prerelease,
    releases_of,
)
from fairlead.methods.repository_history import BranchRecord, CommitRecord, History, TagRecord


class Churn(NamedTuple):
    """Size of one commit: paths, added and deleted lines (binary files count as paths alone)."""

    files_count: int
    added_count: int
    deleted_count: int


@dataclass(frozen=True)
class RepositoryEvidence:
    """The input of every section. `churn` is None where line counts were not read, `paths` is None
    where the tree is absent; epochs are whole seconds since 1970 (UTC)."""

    history: History
    tags: Sequence[TagRecord]
    branches: Sequence[BranchRecord]
    default: BranchRecord | None
    pattern: re.Pattern[str]
    as_of_epoch: int
    since_epoch: int | None = None
    churn: Mapping[str, Churn] | None = None
    paths: Sequence[str] | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    origin_host: str | None = None

    @cached_property
    def attribution(self) -> Attribution:
        """Every commit with its first release, over the whole history."""
        releases = releases_of(self.history, self.tags, self.pattern)
        return attribute_releases(self.history, releases)

    @cached_property
    def first_release(self) -> int:
        """Index of the first release in the window; the number of releases when there is none."""
        releases = self.attribution.releases
        since = self.since_epoch
        if since is None:
            return 0
        return next(
            (at for at, row in enumerate(releases) if row.released_epoch >= since), len(releases)
        )

    @cached_property
    def prereleases_count(self) -> int:
        return sum(1 for tag in self.tags if is_prerelease(tag.name))

    @cached_property
    def tip(self) -> int | None:
        """Position of the default branch's tip."""
        return self.history.positions.get(self.default.commit_sha) if self.default else None

    @cached_property
    def commits(self) -> list[CommitRecord]:
        """Commits of the window, by commit instant."""
        since = self.since_epoch
        rows = self.history.commits
        if since is None:
            return list(rows)
        return [
            row for row in rows if row.committed_epoch is not None and row.committed_epoch >= since
        ]

    @cached_property
    def span(self) -> tuple[int, int] | None:
        """First and last commit instant; None without dated commits."""
        dated = [row.committed_epoch for row in self.history.commits if row.committed_epoch]
        return (min(dated), max(dated)) if dated else None

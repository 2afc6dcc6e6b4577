"""Give every commit to the first release that contains it, and read speed and stability from that.

Formula (delivery.md 4.32): releases stand in the order (instant, tag). One visited set serves them
all: a release owns what is reachable from its commit and was not visited before. Lead time is
release instant - author instant, negatives listed and left out. Failed is a release that holds a
commit reverted by a later release (or not released yet), or that is followed by a patch release
of the same minor within 7 days. Recovery is the release of its (last) revert - the release.

Undoing a revert lands a change again and is no failure of the release with the revert; a commit
reverted before it was ever released did not reach a user.

Input: commits with parents, releases with instants, in whole seconds since 1970 (UTC).
Complexity: O(commits + parents + releases log releases); no recursion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from fairlead.methods.repository_history import CommitRecord, History, TagRecord

RELEASE_PATTERN = r"^v?\d+\.\d+\.\d+$"
PATCH_SECONDS = 7 * 86_400
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)([-+].*)?$")
_REVERT_SUBJECT = re.compile(r'^Revert "(.*)"(?: \((?:#|!)\d+\))?$', re.DOTALL)
_REAPPLY_SUBJECT = re.compile(r'^(?:Reapply "|Revert "Revert ")')


@dataclass(frozen=True, slots=True)
class Release:
    """One release: a tag that the rule accepts, with its commit's position in the history."""

    tag: str
    commit: int
    released_epoch: int
    label: str
    is_dated_by_tagger: bool


@dataclass(frozen=True, slots=True)
class Recovery:
    """A failed release, why it counts as failed, and how long until its revert was released."""

    release: int
    by_revert: bool
    by_patch: bool
    recovery_seconds: int | None


def version_label(tag: str, pattern: re.Pattern[str]) -> str | None:
    """The version in a tag that the rule accepts (group `version`, else the tag); else None."""
    match = pattern.search(tag)
    if match is None:
        return None
    return (match.groupdict().get("version") or tag).lstrip("vV") or tag


def is_prerelease(tag: str) -> bool:
    """Whether a tag ends in a version with a pre-release part, such as `v1.2.0-rc.1`."""
    match = _VERSION.search(tag)
    return bool(match and match[4] and match[4].startswith("-"))


def releases_of(
    history: History, tags: Iterable[TagRecord], pattern: re.Pattern[str]
) -> list[Release]:
    """The tags that the rule accepts, in (instant, tag) order; without commit or instant: out."""
    found: list[Release] = []
    for tag in tags:
        label, commit = version_label(tag.name, pattern), history.positions.get(tag.commit_sha)
        if label is None or commit is None:
            continue
        instant = tag.tagged_epoch
        if instant is None:
            instant = history.commits[commit].committed_epoch
        if instant is not None:
            found.append(Release(tag.name, commit, instant, label, tag.tagged_epoch is not None))
    return sorted(found, key=lambda release: (release.released_epoch, release.tag))


@dataclass(frozen=True)
class Attribution:
    """`first[i]` is the index of the first release with commit `i`, or -1 when unreleased."""

    history: History
    releases: Sequence[Release]
    first: Sequence[int]

    @cached_property
    def commit_counts(self) -> list[int]:
        """How many commits each release brought first."""
        counts = [0] * len(self.releases)
        for release in self.first:
            if release >= 0:
                counts[release] += 1
        return counts

    def lead_seconds(self, *, since_release: int = 0) -> tuple[list[int], list[str]]:
        """Lead times of commits first released at or after an index; then SHAs of negative ones."""
        spans: list[int] = []
        negative: list[str] = []
        for commit, release in zip(self.history.commits, self.first, strict=True):
            if release < since_release or release < 0 or commit.authored_epoch is None:
                continue
            span = self.releases[release].released_epoch - commit.authored_epoch
            if span < 0:
                negative.append(commit.sha)
            else:
                spans.append(span)
        return spans, negative

    def gap_seconds(self) -> list[int]:
        """Time between each release and the one before it."""
        instants = [release.released_epoch for release in self.releases]
        return [after - before for before, after in pairwise(instants)]

    def unreleased(self, tip: int) -> list[int]:
        """Positions of commits of a branch that no release contains."""
        reached = self.history.reachable([tip])
        return [index for index, hit in enumerate(reached) if hit and self.first[index] < 0]

    def failures(self) -> list[Recovery]:
        """Failed releases in order, by revert or by a quick patch release."""
        reverts = self._reverted_releases()
        patched = self._patched_releases()
        found = []
        for index in sorted(reverts.keys() | patched):
            ends = reverts.get(index, [])
            span = None
            if ends and None not in ends:
                last = max(end for end in ends if end is not None)
                span = self.releases[last].released_epoch - self.releases[index].released_epoch
            found.append(Recovery(index, index in reverts, index in patched, span))
        return found

    def _reverted_releases(self) -> dict[int, list[int | None]]:
        found: dict[int, list[int | None]] = {}
        for revert, target in reverts_of(self.history):
            failed, recovered = self.first[target], self.first[revert]
            if failed >= 0 and (recovered < 0 or recovered > failed):
                found.setdefault(failed, []).append(recovered if recovered >= 0 else None)
        return found

    def _patched_releases(self) -> set[int]:
        latest: dict[tuple[int, int], tuple[int, int]] = {}
        found: set[int] = set()
        for index, release in enumerate(self.releases):
            match = _VERSION.search(release.label)
            if match is None:
                continue
            minor, patch = (int(match[1]), int(match[2])), int(match[3])
            before = latest.get(minor)
            if before is not None and patch > before[1]:
                gap = release.released_epoch - self.releases[before[0]].released_epoch
                if gap < PATCH_SECONDS:
                    found.add(before[0])
            latest[minor] = (index, patch)
        return found


def attribute_releases(history: History, releases: Sequence[Release]) -> Attribution:
    """Give each commit to the first release that contains it; releases stand in their order."""
    first = [-1] * len(history.commits)
    visited = bytearray(len(history.commits))
    for index, release in enumerate(releases):
        for commit in history.walk([release.commit], visited):
            first[commit] = index
    return Attribution(history, releases, first)


def reverts_of(history: History) -> list[tuple[int, int]]:
    """Pairs (revert, reverted commit), by SHA in the message, else by the quoted subject.

    A revert of a revert lands a change again and is left out.
    """
    found: list[tuple[int, int]] = []
    for index, commit in enumerate(history.commits):
        is_candidate = commit.reverts_shas or commit.subject.startswith('Revert "')
        if not is_candidate or _is_reapply(commit):
            continue
        targets = [history.resolve(sha) for sha in commit.reverts_shas]
        if not commit.reverts_shas:
            targets = [_by_subject(history, commit)]
        for target in targets:
            if target is not None and target != index and not _is_revert(history.commits[target]):
                found.append((index, target))
    return found


def _is_revert(commit: CommitRecord) -> bool:
    return bool(commit.reverts_shas) or _REVERT_SUBJECT.match(commit.subject) is not None


def _is_reapply(commit: CommitRecord) -> bool:
    return _REAPPLY_SUBJECT.match(commit.subject) is not None


def _by_subject(history: History, revert: CommitRecord) -> int | None:
    match = _REVERT_SUBJECT.match(revert.subject)
    if match is None:
        return None
    instant = revert.committed_epoch
    earlier = [
        (other.committed_epoch or 0, index)
        for index in history.by_subject.get(match[1], ())
        if (other := history.commits[index]).sha != revert.sha
        and (instant is None or (other.committed_epoch or 0) <= instant)
    ]
    return max(earlier)[1] if earlier else None

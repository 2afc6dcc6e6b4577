"""An open git repository: its commits, paths, tags, branches and files, read by plumbing alone.

What could not be read is named in `notes`; it never becomes a zero.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, NamedTuple

from fairlead.connectors.git.mailmap import Mailmap
from fairlead.connectors.git.records import (
    decode_path,
    parse_batch,
    parse_commit,
    parse_numstat,
    parse_tag,
    split_nul,
)
from fairlead.ingest.git_command import CHUNK_BYTES, Git, GitError, spooled
from fairlead.ingest.git_location import Location, located
from fairlead.methods.repository_history import BranchRecord, CommitRecord, FileChange, TagRecord

_OBJECT_LIMIT_BYTES = 1 << 20
_TAG_DEPTH = 8
_DIFF = ("diff-tree", "--stdin", "-r", "--root", "--no-ext-diff", "--no-textconv")


@dataclass(frozen=True)
class Limits:
    """What one reading may take; over a limit the result is partial and says so."""

    seconds: float = 600
    commits_count: int = 2_000_000
    files_count: int = 1_000_000
    blob_bytes: int = _OBJECT_LIMIT_BYTES


class TreeEntry(NamedTuple):
    """One file of a commit's tree."""

    path: str
    sha: str
    mode: str


@dataclass
class Repository:
    """An open repository; `notes` grows with what turned out to be missing or too large.

    `is_cut` says that line counts ended early, `unpaired_shas` which commits have none.
    """

    location: Location
    limits: Limits
    notes: list[str] = field(default_factory=list)
    is_cut: bool = False
    unpaired_shas: set[str] = field(default_factory=set)

    @property
    def repo_id(self) -> str:
        return self.location.repo_id

    @property
    def is_graph_only(self) -> bool:
        """Whether contents may be absent, so that paths and line counts are not read."""
        return self.location.is_shallow or self.location.is_partial

    @cached_property
    def default_branch(self) -> BranchRecord | None:
        """The branch that the origin or HEAD names, else `main` or `master`, else HEAD itself."""
        refs, here = self.location.refs, self.location
        wanted = [here.origin_head, here.head_ref if here.head_ref in refs else None]
        for prefix in ("refs/remotes/origin/", "refs/heads/"):
            wanted += [f"{prefix}main", f"{prefix}master"]
        for name in wanted:
            if name is not None and name in refs:
                return BranchRecord(short_name(name), refs[name])
        return BranchRecord("HEAD", here.head_sha) if here.head_sha else None

    @cached_property
    def branches(self) -> list[BranchRecord]:
        """Branches of the origin where there are any, else the local ones."""
        remote = self._under("refs/remotes/origin/")
        found = remote or self._under("refs/heads/")
        times = {sha: _committed(kind, raw) for sha, kind, raw in self.objects(found.values())}
        return [BranchRecord(short_name(name), sha, times.get(sha)) for name, sha in found.items()]

    @cached_property
    def tags(self) -> list[TagRecord]:
        """Tags that lead to a commit, through tags of tags where need be."""
        named = self._under("refs/tags/")
        tagged: dict[str, int | None] = {}
        targets = dict(named)
        found: dict[str, TagRecord] = {}
        for _ in range(_TAG_DEPTH):
            objects = {sha: (kind, raw) for sha, kind, raw in self.objects(targets.values())}
            following: dict[str, str] = {}
            for name, sha in targets.items():
                kind, raw = objects.get(sha, ("missing", b""))
                if kind == "tag":
                    following[name], _, instant = parse_tag(raw)
                    tagged.setdefault(name, instant)
                elif kind == "commit":
                    short = short_name(name)
                    found[name] = TagRecord(short, sha, tagged.get(name), _committed(kind, raw))
            targets = following
            if not targets:
                break
        return [found[name] for name in named if name in found]

    def _under(self, prefix: str) -> dict[str, str]:
        return {name: sha for name, sha in self.location.refs.items() if name.startswith(prefix)}

    @cached_property
    def mailmap_sha(self) -> str | None:
        """The object of the mailmap at the default branch; None where there is none."""
        branch = self.default_branch
        if branch is None:
            return None
        answer = self._view.run(
            "cat-file", "--batch-check", stdin=f"{branch.commit_sha}:.mailmap\n".encode()
        ).split()
        return answer[0].decode() if len(answer) == 3 and answer[1] == b"blob" else None

    @cached_property
    def _mailmap(self) -> Mailmap:
        sha = self.mailmap_sha
        return Mailmap.parse(self.blobs([sha]).get(sha, b"")) if sha else Mailmap()

    @property
    def _view(self) -> Git:
        return self.location.view

    def objects(self, shas: Iterable[str]) -> Iterator[tuple[str, str, bytes]]:
        """Name, type and content (up to the limit) of objects; absent ones are `missing`."""
        lines = [f"{sha}\n".encode() for sha in dict.fromkeys(shas)]
        if lines:
            with self._view.stream("cat-file", "--batch", "--buffer", stdin=lines) as output:
                yield from parse_batch(output, _OBJECT_LIMIT_BYTES)

    def commits(self, *, known: Collection[str] = ()) -> Iterator[CommitRecord]:
        """Commits reachable from refs and HEAD, newest first, without what is reachable from
        `known`; a damaged history gives what can be reached, and a note."""
        tips = self._tips()
        seen: set[str] = set()
        try:
            for commit in self._walked(tips, known):
                if len(seen) >= self.limits.commits_count:
                    limit = self.limits.commits_count
                    self._note(
                        f"only {limit} commits were read, the limit; older ones are left out"
                    )
                    return
                seen.add(commit.sha)
                yield commit
        except GitError as error:
            self._note(f"the history is incomplete: {error.message}")
            if not self._view.deadline.is_over:
                yield from self._salvaged(tips, seen | set(known))

    def _tips(self) -> list[str]:
        head = self.location.head_sha
        return list(dict.fromkeys([*self.location.refs.values(), *([head] if head else [])]))

    def _walked(self, tips: Sequence[str], known: Collection[str]) -> Iterator[CommitRecord]:
        lines = [f"{sha}\n".encode() for sha in tips] + [f"^{sha}\n".encode() for sha in known]
        limit = f"--max-count={self.limits.commits_count + 1}"
        with ExitStack() as stack:
            given = stack.enter_context(spooled(lines))
            walk = stack.enter_context(self._view.start(("rev-list", limit, "--stdin"), given))
            words = ("cat-file", "--batch", "--buffer")
            objects = stack.enter_context(self._view.start(words, walk.output))
            yield from self._commit_records(objects.output)
            objects.finish()
            walk.finish()

    def _commit_records(self, output: IO[bytes]) -> Iterator[CommitRecord]:
        mailmap = self._mailmap
        for sha, kind, raw in parse_batch(output, _OBJECT_LIMIT_BYTES):
            if kind == "commit":
                yield parse_commit(sha, raw, mailmap)

    def _salvaged(self, tips: Sequence[str], seen: set[str]) -> Iterator[CommitRecord]:
        """Commits that are there and can be reached from the tips over commits that are there."""
        words = ("cat-file", "--batch-all-objects", "--batch-check", "--unordered", "--buffer")
        listed = self._view.run(*words, is_failure_ok=True).decode("ascii", "replace")
        shas = [line.split()[0] for line in listed.splitlines() if line.split()[1:2] == ["commit"]]
        there: dict[str, CommitRecord] = {}
        try:
            for sha, kind, raw in self.objects(shas):
                if kind == "commit":
                    there[sha] = parse_commit(sha, raw, self._mailmap)
        except GitError as error:
            self._note(f"some objects are damaged: {error.message}")
        stack, visited = list(tips), set[str]()
        while stack:
            commit = there.get(stack.pop())
            if commit is None or commit.sha in visited:
                continue
            visited.add(commit.sha)
            if commit.sha not in seen:
                yield commit
            stack.extend(commit.parents)

    def file_changes(
        self, commits: Iterable[CommitRecord]
    ) -> Iterator[tuple[str, list[FileChange]]]:
        """Paths with line counts of each commit against its first parent; empty ones are left out.

        Stops with a note where an object is missing or the time is over.
        """
        words = (*_DIFF, "-z", "--numstat", "-M", "-l200", "--ignore-submodules=none")
        try:
            with self._view.stream(*words, stdin=_pairs(self._whole(commits))) as output:
                tokens = split_nul(iter(lambda: output.read(CHUNK_BYTES), b""))
                held: tuple[str, list[FileChange]] | None = None
                for found in parse_numstat(tokens):
                    if held is not None:
                        yield held
                    held = found
            if held is not None:
                yield held
        except GitError as error:
            self.is_cut = True
            self._note(f"line counts are incomplete: {error.message}")

    def _whole(self, commits: Iterable[CommitRecord]) -> list[CommitRecord]:
        """Commits whose first parent is there, so that they can be compared with it."""
        rows = list(commits)
        shas = {commit.sha for commit in rows}
        outside = {sha for commit in rows for sha in commit.parents[:1] if sha not in shas}
        shas |= self.existing(outside) if outside else set()
        whole = [commit for commit in rows if shas.issuperset(commit.parents[:1])]
        if len(whole) < len(rows):
            self.unpaired_shas |= {row.sha for row in rows} - {row.sha for row in whole}
            self._note(f"{len(rows) - len(whole)} commits have no parent here to compare with")
        return whole

    def patch_ids(self, commits: Iterable[CommitRecord]) -> dict[str, str]:
        """The stable patch id of each commit that has one parent and changes something."""
        alone = self._whole([commit for commit in commits if len(commit.parents) == 1])
        try:
            with ExitStack() as stack:
                given = stack.enter_context(spooled(_pairs(alone)))
                words = (*_DIFF, "-p", "--no-renames", "--full-index")
                diff = stack.enter_context(self._view.start(words, given))
                ids = stack.enter_context(self._view.start(("patch-id", "--stable"), diff.output))
                pairs = [line.split() for line in ids.output.read().decode("ascii").splitlines()]
                diff.finish()
                return {sha: patch for patch, sha in pairs}
        except GitError as error:
            self._note(f"patch ids are incomplete: {error.message}")
            return {}

    def tree(self, commit_sha: str) -> list[TreeEntry]:
        """Files of a commit's tree, submodules left out; empty with a note when it is missing."""
        found: list[TreeEntry] = []
        try:
            with self._view.stream("ls-tree", "-r", "-z", "--full-tree", commit_sha) as output:
                for token in split_nul(iter(lambda: output.read(CHUNK_BYTES), b"")):
                    head, _, path = token.partition(b"\t")
                    mode, kind, sha = head.decode("ascii").split(" ")
                    if kind == "blob" and len(found) < self.limits.files_count:
                        found.append(TreeEntry(decode_path(path), sha, mode))
        except GitError as error:
            self._note(f"the files of the default branch are incomplete: {error.message}")
        if len(found) == self.limits.files_count:
            self._note(f"only the first {len(found)} files were looked at, the limit")
        return found

    def blobs(self, shas: Iterable[str]) -> dict[str, bytes]:
        """Contents by object; those that are missing or larger than the limit are left out."""
        wanted = "".join(f"{sha}\n" for sha in dict.fromkeys(shas)).encode()
        if not wanted:
            return {}
        answer = self._view.run("cat-file", "--batch-check", "--buffer", stdin=wanted)
        sizes = [line.split() for line in answer.decode("ascii", "replace").splitlines()]
        there = [line for line in sizes if len(line) == 3]
        small = [line[0] for line in there if int(line[2]) <= self.limits.blob_bytes]
        if len(there) < len(sizes):
            self._note(
                f"{len(sizes) - len(there)} files of the default branch are not in this clone"
            )
        if len(small) < len(there):
            self._note(
                f"{len(there) - len(small)} files are larger than the limit and were not read"
            )
        return {sha: raw for sha, kind, raw in self.objects(small) if kind == "blob"}

    def existing(self, shas: Collection[str]) -> set[str]:
        """Those of the objects that are still there, for instance after a force-push."""
        lines = "".join(f"{sha}\n" for sha in shas if re.fullmatch(r"[0-9a-f]{40,64}", sha))
        answer = self._view.run("cat-file", "--batch-check", "--buffer", stdin=lines.encode())
        found = (line.split() for line in answer.decode("ascii", "replace").splitlines())
        return {line[0] for line in found if len(line) == 3}

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def short_name(name: str) -> str:
    for prefix in ("refs/remotes/origin/", "refs/heads/", "refs/tags/"):
        name = name.removeprefix(prefix)
    return name


def _committed(kind: str, raw: bytes) -> int | None:
    return parse_commit("", raw).committed_epoch if kind == "commit" else None


def _pairs(commits: Iterable[CommitRecord]) -> Iterator[bytes]:
    return (f"{' '.join((commit.sha, *commit.parents[:1]))}\n".encode() for commit in commits)


@contextmanager
def open_repository(path: Path, limits: Limits | None = None) -> Iterator[Repository]:
    """The repository at a path; FL3112 no such path, FL3115 unreadable, FL3116 a link loops."""
    wanted = limits or Limits()
    with located(Path(path), wanted.seconds) as location:
        yield Repository(location, wanted, _first_notes(location))


def _first_notes(location: Location) -> list[str]:
    notes = []
    if location.is_shallow:
        notes.append(
            "shallow clone: older history is absent, so only the graph that is here is read"
        )
    if location.is_partial:
        notes.append("partial clone: contents are absent, so only the graph is read")
    return notes

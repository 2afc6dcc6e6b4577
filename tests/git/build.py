"""Builds git repositories of a known shape through `git fast-import`, from a seed.

`Builder` records commits and refs and writes them in one stream; `random_history` and
`long_history` draw whole histories from a seeded generator. Nothing reads the clock.
"""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

START = int(datetime(2026, 1, 5, 9, tzinfo=UTC).timestamp())
HOUR = 3600
DAY = 24 * HOUR
ENVIRONMENT = {
    **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(path: Path, *words: str, stdin: bytes | None = None) -> bytes:
    """Run git for a test and give its output; a failure is the test's failure."""
    done = subprocess.run(
        ["git", "-C", str(path), *words],
        input=stdin,
        capture_output=True,
        env=ENVIRONMENT,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


def epoch(text: str) -> int:
    """Seconds since 1970 of an instant such as `2026-01-05T09:00`, read as UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@dataclass
class Builder:
    """A history that is being written down: commits by number (from 1), then refs and tags."""

    chunks: list[bytes] = field(default_factory=list)
    parents: dict[int, list[int]] = field(default_factory=dict)
    _blobs: dict[bytes, int] = field(default_factory=dict)
    _next: int = 1

    def commit(
        self,
        *parents: int,
        at: int,
        message: str | bytes = "change",
        author: str = "Ada <ada@example.org>",
        authored: int | None = None,
        files: Mapping[str | bytes, str | bytes | None] | None = None,
    ) -> int:
        """Write one commit and give its number; a file that is None is removed."""
        mark, self._next = self._next, self._next + 1
        text = message.encode() if isinstance(message, str) else message
        lines = [
            b"reset refs/build/work\n" if not parents else b"",
            b"commit refs/build/work\n",
            b"mark :%d\n" % mark,
            b"author %s %d +0000\n" % (author.encode(), at if authored is None else authored),
            b"committer %s %d +0000\n" % (author.encode(), at),
            b"data %d\n%s\n" % (len(text), text),
        ]
        lines += [b"from :%d\n" % parent for parent in parents[:1]]
        lines += [b"merge :%d\n" % parent for parent in parents[1:]]
        for path, content in (files or {f"f{mark % 97}.txt": f"{mark}\n"}).items():
            lines.append(_file(path, content))
        self.chunks.append(b"".join(lines) + b"\n")
        self.parents[mark] = list(parents)
        return mark

    def branch(self, name: str, mark: int) -> None:
        """Point a branch at a commit."""
        self.reference(f"refs/heads/{name}", mark)

    def reference(self, name: str, mark: int) -> None:
        """Point any ref at a commit."""
        self.chunks.append(b"reset %s\nfrom :%d\n\n" % (name.encode(), mark))

    def tag(self, name: str, mark: int, at: int | None = None, message: str = "release") -> None:
        """A lightweight tag, or an annotated one when it has an instant."""
        if at is None:
            return self.reference(f"refs/tags/{name}", mark)
        text = message.encode()
        self.chunks.append(
            b"tag %s\nfrom :%d\ntagger Ada <ada@example.org> %d +0000\ndata %d\n%s\n"
            % (name.encode(), mark, at, len(text), text)
        )
        return None

    def write(self, path: Path, *, bare: bool = True, head: str = "main") -> dict[int, str]:
        """Make (or extend) the repository at `path`; gives the SHA of each commit number."""
        words = ["init", "-q", "-b", head, *(["--bare"] if bare else [])]
        path.mkdir(parents=True, exist_ok=True)
        git(path, *words, ".")
        marks = path.parent / f"{path.name}.marks"
        git(
            path,
            "fast-import",
            "--quiet",
            "--force",
            f"--export-marks={marks}",
            stdin=b"".join([*self.chunks, b"reset refs/build/work\nfrom ", b"0" * 40, b"\n\n"]),
        )
        if not bare:
            git(path, "checkout", "-q", "-f", head)
        pairs = (line.split() for line in marks.read_text().splitlines())
        return {int(mark[1:]): sha for mark, sha in pairs}


def _file(path: str | bytes, content: str | bytes | None) -> bytes:
    raw = path.encode() if isinstance(path, str) else path
    quoted = b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'
    if content is None:
        return b"D %s\n" % quoted
    body = content.encode() if isinstance(content, str) else content
    return b"M 100644 inline %s\ndata %d\n%s\n" % (quoted, len(body), body)


def random_history(rng: random.Random, count: int) -> Builder:
    """A connected or split history: merges, octopus and criss-cross merges, two roots, tags.

    Branches `b0`, `b1`, … and `main` hold every tip; tags are annotated or lightweight, in an
    order of instants that has nothing to do with the graph's.
    """
    builder = Builder()
    marks: list[int] = []
    for step in range(count):
        at = START + step * HOUR + rng.randrange(-5, 6) * DAY
        if not marks or rng.random() < 0.03:
            parents: Sequence[int] = []
        else:
            width = rng.choices([1, 2, 3, 4], [70, 24, 4, 2])[0]
            parents = rng.sample(marks[-12:], min(width, len(marks[-12:])))
        marks.append(builder.commit(*parents, at=at, authored=at - rng.randrange(0, 3) * DAY))
    inner = {parent for parents in builder.parents.values() for parent in parents}
    for number, mark in enumerate(mark for mark in marks if mark not in inner):
        builder.branch(f"b{number}", mark)
    builder.branch("main", marks[-1])
    for number, mark in enumerate(rng.sample(marks, min(len(marks), 1 + count // 8))):
        at = START + rng.randrange(0, count + 40) * HOUR if rng.random() < 0.7 else None
        builder.tag(f"v{rng.randrange(3)}.{rng.randrange(4)}.{number}", mark, at)
    return builder


def long_history(rng: random.Random, commits: int, tags: int) -> Builder:
    """A history as real ones look: short side branches merged into main, releases in order."""
    builder = Builder()
    main = builder.commit(at=START, message="begin")
    made, tagged = 1, 0
    while made < commits:
        at = START + made * 600
        if rng.random() < 0.15 and made + 4 < commits:
            tip = main
            for _ in range(rng.randrange(1, 4)):
                tip = _change(builder, rng, tip, START + made * 600, made)
                made += 1
            main = builder.commit(main, tip, at=START + made * 600, message=f"Merge #{made}")
        else:
            main = _change(builder, rng, main, at, made)
        made += 1
        if made * tags // commits > tagged:
            tagged += 1
            builder.tag(f"v1.{tagged}.0", main, START + made * 600 + 60)
    builder.branch("main", main)
    return builder


def _change(builder: Builder, rng: random.Random, parent: int, at: int, step: int) -> int:
    lines = "".join(f"line {rng.randrange(1000)}\n" for _ in range(rng.randrange(2, 30)))
    path = f"src/part{step % 40}/file{rng.randrange(60)}.py"
    author = f"Dev {step % 30} <dev{step % 30}@example.org>"
    return builder.commit(
        parent,
        at=at,
        authored=at - rng.randrange(0, 40) * HOUR,
        message=f"Change {step}\n\nWhy it is done.\n",
        author=author,
        files={path: lines},
    )

"""Reads the blocks of a page that are to be run, and runs their lines one after another.

In a block, a line that begins with `$ ` is a command; what follows is its output: each line must be
the beginning of a line that the command prints, spaces aside. A shown line may end in `…`. Marks
stand in a comment above a block: `norun` (needs a network), `exact` (all of the output is shown),
`exit 1` (the exit code), `file PATH` (the block is written to that file).
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fairlead.cli.entry import main

FENCE = re.compile(r"^```(\w*)\s*$")
MARK = re.compile(r"^<!-- (norun|exact|exit \d+|file \S+) -->$")
ASSIGNMENT = re.compile(r"^([A-Z_]+)=(.*)$")
LONGEST_SECONDS = 120
# These open the ledger of a workspace, which a process can do for one workspace alone.
OPENS_LEDGER = frozenset({"person", "audit", "doctor"})
PROGRAM = "from fairlead.cli.entry import main; main()"


@dataclass(frozen=True)
class Block:
    """One fenced block: its lines, where it begins, and the marks above it."""

    line: int
    lines: tuple[str, ...]
    marks: frozenset[str]

    @property
    def file(self) -> str | None:
        return next((mark[5:] for mark in self.marks if mark.startswith("file ")), None)

    @property
    def exit_code(self) -> int:
        return next((int(mark[5:]) for mark in self.marks if mark.startswith("exit ")), 0)


@dataclass(frozen=True)
class Step:
    """One command and the lines of output that the page shows."""

    command: str
    shown: tuple[str, ...]


def blocks_of(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page."""
    inside: list[str] | None = None
    marks: set[str] = set()
    begun = 0
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if inside is not None:
            if line.startswith("```"):
                yield Block(begun, tuple(inside), frozenset(marks))
                inside, marks = None, set()
            else:
                inside.append(line)
        elif FENCE.match(line):
            inside, begun = [], number
        elif found := MARK.match(line):
            marks.add(found[1])
        elif line.strip():
            marks = set()


def steps_of(block: Block) -> Iterator[Step]:
    """The commands of a block, each with the output below it."""
    command, shown = "", []
    for line in block.lines:
        if line.startswith("$ "):
            if command:
                yield Step(command, tuple(shown))
            command, shown = line[2:], []
        elif command:
            shown.append(line)
    if command:
        yield Step(command, tuple(shown))


def disagreements(step: Step, printed: str, *, exact: bool = False) -> list[str]:
    """Lines that the page shows and the command does not print."""
    real = [" ".join(line.split()) for line in printed.splitlines()]
    shown = [" ".join(line.split()) for line in step.shown if line.strip()]
    if exact:
        wanted = [line for line in real if line]
        return [] if shown == wanted else [f"shown {shown}, printed {wanted}"]
    return [
        line
        for line in shown
        if line != "…" and not any(found.startswith(line.rstrip("… ")) for found in real)
    ]


class Shell:
    """A folder, an environment, and a way to run a line as a person would type it."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment = folder, environment

    def run(self, command: str) -> tuple[int, str]:
        """Exit code and everything printed, of `fairlead` in this process, of others by bash."""
        words = shlex.split(command, comments=True)
        if words[0] == "cd":
            self.folder = (self.folder / words[1]).resolve()
            return 0, ""
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            self.environment[name] = value
            return 0, ""
        extra = {}
        while words and (found := ASSIGNMENT.match(words[0])):
            extra[found[1]] = found[2]
            words = words[1:]
        if words[0] == "fairlead" and OPENS_LEDGER.intersection(words[1:2]):
            return self._process([sys.executable, "-c", PROGRAM, *words[1:]], extra)
        if words[0] == "fairlead" and not {">", "|"} & set(words):
            return self._fairlead(words[1:], extra)
        return self._process(["bash", "-c", command], {})

    def _process(self, words: list[str], extra: dict[str, str]) -> tuple[int, str]:
        environment = {**os.environ, **self.environment, **extra}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        done = subprocess.run(
            words, cwd=self.folder, env=environment,
            capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def _fairlead(self, words: list[str], extra: dict[str, str]) -> tuple[int, str]:
        text = io.StringIO()
        before, argv, environment = Path.cwd(), sys.argv, dict(os.environ)
        os.chdir(self.folder)
        os.environ.update(self.environment | extra)
        sys.argv = ["fairlead", *words]
        try:
            with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
                main()
        except SystemExit as done:
            return int(done.code or 0), text.getvalue()
        finally:
            os.chdir(before)
            os.environ.clear()
            os.environ.update(environment)
            sys.argv = argv
        return 0, text.getvalue()

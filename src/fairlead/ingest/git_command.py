"""Run git so that nothing of the repository is ever executed: the one place that starts it.

Two guards. First, a clean environment: no global or system configuration, no prompts, no network
protocol, no hooks, no pager, no replace refs, no lazy fetch. Second, a *view*: an empty git folder
of ours whose objects are the repository's. Everything but finding the folder and listing refs runs
in the view, so the repository's own configuration (fsmonitor, filters, text conversion, external
diff, credential helpers, grafts, promisor remotes) is not even read.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO

from fairlead.kernel.diagnostic import fail

CHUNK_BYTES = 1 << 18
_SAFE_CONFIG = {
    "safe.directory": "*",
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.useReplaceRefs": "false",
    "core.attributesFile": os.devnull,
    "core.bigFileThreshold": "8m",
    "core.pager": "cat",
    "core.quotePath": "false",
    "credential.helper": "",
    "diff.external": "",
    "gc.auto": "0",
    "log.showSignature": "false",
    "maintenance.auto": "false",
    "protocol.allow": "never",
    "submodule.recurse": "false",
}


@dataclass
class Deadline:
    """Stops every git process of one reading once its time is over."""

    seconds: float
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = time.monotonic() + self.seconds

    @property
    def left_seconds(self) -> float:
        return max(0.0, self._end - time.monotonic())

    @property
    def is_over(self) -> bool:
        return self.left_seconds <= 0


class GitError(Exception):
    """Git gave up; `message` is the last line that it said."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Git:
    """One git folder to run commands in; `objects` replaces its object store where given."""

    folder: Path
    deadline: Deadline
    objects: Path | None = None
    is_view: bool = True

    def run(self, *words: str, stdin: bytes = b"", is_failure_ok: bool = False) -> bytes:
        """The whole output of one command; GitError when it fails."""
        with self.stream(*words, stdin=[stdin], is_failure_ok=is_failure_ok) as output:
            return output.read()

    @contextmanager
    def stream(
        self,
        *words: str,
        stdin: Iterable[bytes] = (),
        is_failure_ok: bool = False,
    ) -> Iterator[IO[bytes]]:
        """The output of one command while it runs; GitError at the end when it failed."""
        with spooled(stdin) as given, self.start(words, given) as process:
            yield process.output
            process.finish(is_failure_ok)

    def start(self, words: Sequence[str], stdin: IO[bytes] | int) -> Process:
        """Start one command; `stdin` is an open file."""
        place = ["--git-dir", str(self.folder)] if self.is_view else ["-C", str(self.folder)]
        settings = [word for pair in _SAFE_CONFIG.items() for word in ("-c", "=".join(pair))]
        command = ["git", "--no-pager", "--no-replace-objects", *settings, *place, *words]
        return Process(command, stdin, self._environment(), self.deadline)

    def _environment(self) -> dict[str, str]:
        kept = {
            key: os.environ[key] for key in ("PATH", "TMPDIR", "SYSTEMROOT") if key in os.environ
        }
        extra = {"GIT_OBJECT_DIRECTORY": str(self.objects)} if self.objects else {}
        return {
            **kept,
            "HOME": os.devnull,
            "XDG_CONFIG_HOME": os.devnull,
            "LC_ALL": "C",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "true",
            "GIT_SSH_COMMAND": "false",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_PAGER": "cat",
            "GIT_GRAFT_FILE": os.devnull,
            **extra,
        }


class Process:
    """One running git command with its output; killed when the deadline passes."""

    def __init__(
        self,
        command: Sequence[str],
        stdin: IO[bytes] | int,
        environment: dict[str, str],
        deadline: Deadline,
    ) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        try:
            self._popen = subprocess.Popen(
                command,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=environment,
                bufsize=CHUNK_BYTES,
            )
        except FileNotFoundError:
            self._errors.close()
            raise fail(
                "FL9002",
                "the program `git` is not installed",
                help="install git 2.35 or later and try again",
            ) from None
        assert self._popen.stdout is not None
        self.output: IO[bytes] = self._popen.stdout
        self._deadline = deadline
        self._timer = threading.Timer(deadline.left_seconds, self._popen.kill)
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        self.output.close()
        if self._popen.poll() is None:
            self._popen.kill()
        self._popen.wait()
        self._errors.close()

    def finish(self, is_failure_ok: bool = False) -> None:
        """Wait for the end; GitError when git failed or its time was over."""
        while self.output.read(CHUNK_BYTES):
            pass
        code = self._popen.wait()
        if code != 0 and self._deadline.is_over:
            raise GitError(f"stopped after {self._deadline.seconds:g} s")
        if code != 0 and not is_failure_ok:
            raise GitError(self.last_error() or f"git ended with code {code}")

    def last_error(self) -> str:
        """The last line on stderr, without what git puts before it."""
        self._errors.seek(0)
        lines = self._errors.read(1 << 16).decode("utf-8", "replace").strip().splitlines()
        wanted = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines
        return wanted[-1].removeprefix("fatal: ").removeprefix("error: ") if wanted else ""


@contextmanager
def spooled(stdin: Iterable[bytes]) -> Iterator[IO[bytes]]:
    """Input as a file, so that a full pipe can never make both sides wait."""
    with tempfile.TemporaryFile() as file:
        for chunk in stdin:
            file.write(chunk)
        file.seek(0)
        yield file


@contextmanager
def made_view(object_format: str, head: str | None) -> Iterator[Path]:
    """An empty git folder of ours in a temporary place, its HEAD at a commit where one is known."""
    folder = Path(tempfile.mkdtemp(prefix="fairlead-git-"))
    try:
        for name in ("objects/info", "objects/pack", "refs"):
            (folder / name).mkdir(parents=True)
        version, extension = "0", ""
        if object_format != "sha1":
            version, extension = "1", f"[extensions]\n\tobjectFormat = {object_format}\n"
        (folder / "config").write_text(
            f"[core]\n\trepositoryformatversion = {version}\n\tbare = true\n{extension}"
        )
        (folder / "HEAD").write_text(f"{head or 'ref: refs/heads/none'}\n")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)

"""Runs the command line inside the test as `main` does: exit code, stdout and stderr."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairlead.cli.entry import run

ROOT = Path(__file__).resolve().parents[2]
PAYLOADS = ROOT / "conformance" / "connectors"
PROGRAM = "import sys; from fairlead.cli.entry import main; main()"


@dataclass(frozen=True)
class Ran:
    """What one command line did."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def head(self) -> str:
        """The first line on stderr: the head of a diagnostic."""
        return (self.err.splitlines() or [""])[0]


def fairlead(*arguments: str | Path) -> Ran:
    """Run `fairlead ARGUMENTS` in the present folder."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([str(argument) for argument in arguments])
    return Ran(code, out.getvalue(), err.getvalue())


def fairlead_process(
    folder: Path, *arguments: str | Path, before: str = "", env: Mapping[str, str] | None = None
) -> Ran:
    """Run the command as a process of its own, after the Python statements `before`."""
    words = [sys.executable, "-c", f"{before}\n{PROGRAM}", *(str(item) for item in arguments)]
    done = subprocess.run(
        words, cwd=folder, env={**os.environ, **(env or {})}, capture_output=True, text=True
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def held() -> list[tuple[str, str]]:
    """Code and path of everything in quarantine, in order of arrival."""
    rows = fairlead("data", "quarantine", "--format", "json").rows
    return [(row["code"], row["path"]) for row in rows]


def counts(ran: Ran) -> dict[tuple[str, str], int]:
    """What an ingest printed as JSON: (what, which) to count."""
    return {(row["what"], row["which"]): row["count"] for row in ran.rows}

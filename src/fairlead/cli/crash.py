"""Writes a crash report that a user can read and send: no secrets, no values of variables.

It holds the versions, the command line and the traceback. It lies in the present folder, or in the
folder for temporary files when the present one cannot be written.
"""

from __future__ import annotations

import platform
import re
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from fairlead.kernel.clock import SYSTEM_CLOCK

HIDDEN = "<hidden>"
PACKAGES = ("fairlead", "click", "deltalake", "duckdb", "ibis-framework", "pyarrow", "pydantic")
_SECRET_WORD = r"[\w-]*(?:passw|token|secret|api[_-]?key|private[_-]?key|credential|authorization)"
_NAMED = re.compile(rf"(?i)\b({_SECRET_WORD}\w*[\"']?\s*[=:]\s*)(?:bearer\s+|basic\s+)?[^\s,;)}}]+")
_TOKEN = re.compile(
    r"gh[pousr]_\w+|github_pat_\w+|glpat-[\w-]+|xox[a-z]-[\w-]+|AKIA[0-9A-Z]{12,}"
    r"|eyJ[\w-]{10,}\S*|(?<=://)[^/@\s]+(?=@)"
)
_SECRET_OPTION = re.compile(rf"(?i)^--{_SECRET_WORD}\w*$")


def write_report(error: BaseException, arguments: Sequence[str]) -> Path | None:
    """Write the report of an error; its path, or None where no folder takes it."""
    text = report_text(error, arguments)
    stem = f"fairlead-crash-{SYSTEM_CLOCK.now():%Y%m%d-%H%M%S}"
    for folder in (Path.cwd, lambda: Path(tempfile.gettempdir())):
        for number in range(1, 10):
            name = f"{stem}.txt" if number == 1 else f"{stem}-{number}.txt"
            try:
                path = folder() / name
                with path.open("x", encoding="utf-8", errors="backslashreplace") as file:
                    file.write(text)
                return path
            except FileExistsError:
                continue
            except OSError:
                break
    return None


def report_text(error: BaseException, arguments: Sequence[str]) -> str:
    """The report: what ran, on what, and where it stopped."""
    command = " ".join(["fairlead", *_shown_arguments(arguments)])
    lines = [
        "Fairlead crash report. Read it before you send it: paths and names may be yours.",
        "",
        f"at:       {SYSTEM_CLOCK.now():%Y-%m-%dT%H:%M:%SZ}",
        f"command:  {without_secrets(command)}",
        f"python:   {platform.python_version()} on {platform.system()} {platform.machine()}",
        f"packages: {', '.join(_versions())}",
        "",
        without_secrets("".join(traceback.format_exception(error))),
    ]
    return "\n".join(lines)


def without_secrets(text: str) -> str:
    """Text without what looks like a token, and without the value beside a word for a secret."""
    return _TOKEN.sub(HIDDEN, _NAMED.sub(rf"\1{HIDDEN}", text))


def _shown_arguments(arguments: Sequence[str]) -> Iterator[str]:
    hide = False
    for argument in arguments:
        yield HIDDEN if hide else argument
        hide = bool(_SECRET_OPTION.match(argument))


def _versions() -> Iterator[str]:
    for name in PACKAGES:
        try:
            yield f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            continue

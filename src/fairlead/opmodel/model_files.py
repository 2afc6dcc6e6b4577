"""Finds the YAML files of a workspace, and refuses links that leave it or go in circles.

Read are `*.yaml` and `*.yml`, in the order of their paths; folders whose names begin with a dot
are left out. A link to a file inside the workspace is left out too, because the file itself is
read; a link to anything outside is FL1009, a link that loops or leads nowhere is FL1010.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fairlead.kernel.diagnostic import Diagnostic, Place, fail

MAX_FILES = 10_000
_SUFFIXES = (".yaml", ".yml")
_WORKSPACE = re.compile(r"^kind:\s*[\"']?Workspace[\"']?\s*(?:#.*)?$", re.M)
_HEAD_BYTES = 65_536


@dataclass
class Found:
    """Files to read, with their names in messages, and what is wrong with the others."""

    files: list[tuple[Path, str]] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)


def find_workspace(start: Path) -> Path:
    """The nearest folder at or above `start` that holds a workspace; FL9001 when there is none."""
    here = start.absolute()
    for folder in (here, *here.parents):
        if (folder / "workspace" / "workspace.yaml").is_file() or _holds_workspace(folder):
            return folder
    raise fail(
        "FL9001",
        f"no workspace in `{start}` or above it",
        notes=["a workspace is a folder with workspace/workspace.yaml"],
        help="write one with `fairlead init NAME`, or go into the folder of yours",
    )


def _holds_workspace(folder: Path) -> bool:
    try:
        inside = sorted((folder / "workspace").glob("*.y*ml"))
        return any(_is_workspace(path) for path in inside)
    except OSError:
        return False


def _is_workspace(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES).decode("utf-8", "replace")
    return _WORKSPACE.search(head.replace("\r\n", "\n")) is not None


def model_files(root: Path) -> Found:
    """Every YAML file of the workspace at `root`."""
    found = Found()
    real_root = Path(os.path.realpath(root))
    for entry in _entries(real_root, "", found):
        name = entry.path[len(str(real_root)) :].lstrip(os.sep).replace(os.sep, "/")
        if len(found.files) >= MAX_FILES:
            found.problems.append(
                Diagnostic(
                    "FL1003",
                    f"the workspace has more than {MAX_FILES:,} YAML files",
                    Place(name),
                    help="keep other files out of the workspace",
                )
            )
            return found
        found.files.append((Path(entry.path), name))
    return found


def _entries(folder: Path, name: str, found: Found) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        _add(found, "FL1010", name or ".", f"cannot be read: {_reason(error)}")
        return
    for entry in entries:
        inside = f"{name}/{entry.name}" if name else entry.name
        if entry.name.startswith("."):
            continue
        if entry.is_symlink():
            _check_link(Path(entry.path), inside, folder, name, found)
        elif entry.is_dir():
            yield from _entries(Path(entry.path), inside, found)
        elif entry.name.endswith(_SUFFIXES):
            if entry.is_file():
                yield entry
            else:
                _add(found, "FL1010", inside, "cannot be read: it is not a regular file")


def _check_link(path: Path, inside: str, folder: Path, name: str, found: Found) -> None:
    """Refuse a link that could carry documents and does not stay inside the workspace."""
    root = Path(str(folder)[: len(str(folder)) - len(name)]) if name else folder
    try:
        target = Path(os.path.realpath(path, strict=True))
    except OSError as error:
        if path.name.endswith(_SUFFIXES) or error.errno == errno.ELOOP:
            reason = "loops" if error.errno == errno.ELOOP else "leads nowhere"
            _add(found, "FL1010", inside, f"cannot be read: the symbolic link {reason}")
        return
    if not (target.is_dir() or path.name.endswith(_SUFFIXES)):
        return
    if not target.is_relative_to(root):
        _add(found, "FL1009", inside, "is a symbolic link that leaves the workspace")
    elif target.is_dir() and folder.is_relative_to(target):
        _add(found, "FL1010", inside, "cannot be read: the symbolic link loops")


def _add(found: Found, code: str, name: str, what: str) -> None:
    help_text = "remove the link, or put the files themselves here" if "link" in what else None
    found.problems.append(Diagnostic(code, f"`{name}` {what}", Place(name), help=help_text))


def _reason(error: OSError) -> str:
    return (error.strerror or "it cannot be opened").lower()

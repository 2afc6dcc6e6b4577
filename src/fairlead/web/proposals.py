"""A change of the model as a patch: checked in a copy, shown as a diff, never written here."""

from __future__ import annotations

import difflib
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fairlead.kernel.diagnostic import fail

if TYPE_CHECKING:
    from fairlead.opmodel.loader import ModelReport

MAX_BYTES = 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*){0,7}\.ya?ml")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def check_name(root: Path, name: str) -> Path:
    """The file of a name inside the workspace, there or not; FL4112 for any other name."""
    path = root / name
    real = root.resolve()
    if not _NAME.fullmatch(name) or len(name) > 200 or not path.resolve().is_relative_to(real):
        raise fail(
            "FL4112",
            f"`{name[:200]}` is no file name for a model",
            notes=["allowed: letters, digits, `_`, `-`, `.`, folders with `/`, ending in `.yaml`"],
            help="name a file inside the workspace, such as `services/checkout.yaml`",
        )
    return path


def text_of(root: Path, name: str) -> str:
    """The text of a model file as it is now; empty where there is none yet."""
    path = check_name(root, name)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError):
        raise fail("FL4112", f"`{name}` cannot be read as text") from None


def as_file(text: str, before: str) -> str:
    """Text of a form as the file would hold it: its line ends, and one at the end."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if plain and not plain.endswith("\n") and (not before or before.endswith("\n")):
        plain += "\n"
    return plain.replace("\n", "\r\n") if "\r\n" in before else plain


def check_changed(root: Path, changes: Mapping[str, str]) -> ModelReport:
    """What is right and wrong with the model once the files are as in `changes`."""
    from fairlead.opmodel.loader import check_model
    from fairlead.opmodel.model_files import model_files
    from fairlead.web.workspace import known_connectors, known_kpis

    with tempfile.TemporaryDirectory(prefix="fairlead-proposal-") as folder:
        copy = Path(folder)
        for path, name in model_files(root).files:
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        for name, text in changes.items():
            check_name(root, name)
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="")
        return check_model(copy, known_kpis=known_kpis(), known_connectors=known_connectors())


def patch_of(root: Path, changes: Mapping[str, str]) -> str:
    """The changes as one patch for `git apply`; FL4112 when nothing differs."""
    parts = [_patch(name, text_of(root, name), text) for name, text in sorted(changes.items())]
    found = "".join(parts)
    if not found:
        raise fail("FL4112", "nothing is changed", help="edit the text first")
    return found


def _patch(name: str, before: str, after: str) -> str:
    if before == after:
        return ""
    if len(after.encode()) > MAX_BYTES or len(before) > MAX_BYTES:
        raise fail(
            "FL4112",
            f"`{name}` would have more than {MAX_BYTES:,} bytes",
            help="split the file",
        )
    head = f"diff --git a/{name} b/{name}\n"
    head += "" if before else "new file mode 100644\n"
    lines = difflib.unified_diff(
        _LINE.findall(before),
        _LINE.findall(after),
        f"a/{name}" if before else "/dev/null",
        f"b/{name}",
    )
    return head + "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )

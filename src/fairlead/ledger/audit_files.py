"""Reads an exported audit log and verifies it, with no database and no framework at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairlead.kernel.diagnostic import DiagnosticError, Place, fail
from fairlead.ledger.audit_verify import LogRow, Verified, verify_log
from fairlead.methods.signed_note import NoteError, VerifyingKey, parse_verifying_key

TYPES = ("key", "checkpoint", "entry")


@dataclass(frozen=True)
class FileVerified:
    """What came of it, and whether the keys were given or are only those that the file names."""

    verified: Verified
    has_given_keys: bool


def verify_file(path: Path, keys: Sequence[VerifyingKey] = ()) -> FileVerified:
    """Verify an export; keys of the file itself only where none are given.

    FL7026 with the line for a file that is no export.
    """
    head = [content for _, content in _lines(path, ("key", "checkpoint"))]
    notes = [str(content["note"]) for content in head if content["type"] == "checkpoint"]
    named = keys
    if not keys:
        try:
            named = [parse_verifying_key(str(c["key"])) for c in head if c["type"] == "key"]
        except NoteError as error:
            raise fail("FL7026", f"a key of the export cannot be read: {error}") from None
    rows = (_row(number, content, path) for number, content in _lines(path, ("entry",)))
    return FileVerified(verify_log(rows, notes, named), bool(keys))


def _row(number: int, content: dict[str, Any], path: Path) -> LogRow:
    found = [content.get(name, "") for name in ("entry", "leaf_sha256", "salt", "payload")]
    if not all(isinstance(value, str) for value in found) or not found[0]:
        raise _wrong(path, number, "an entry has the texts `entry` and `leaf_sha256`")
    return LogRow(*found)


def _lines(path: Path, types: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and content of the lines of some types."""
    try:
        with path.open(encoding="utf-8") as file:
            count = 0
            for count, line in enumerate(file, 1):
                content = _content(path, count, line)
                if content["type"] in types:
                    yield count, content
            if not count:
                raise _wrong(path, 1, "the file is empty")
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise fail("FL3112", f"`{path}` cannot be read: {reason}") from None
    except UnicodeDecodeError:
        raise _wrong(path, 1, "it is not UTF-8") from None


def _content(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except ValueError:
        raise _wrong(path, number, "the line is not JSON") from None
    needed = {"key": "key", "checkpoint": "note", "entry": "entry"}
    kind = content.get("type") if isinstance(content, dict) else None
    if kind not in needed or needed[kind] not in content:
        raise _wrong(path, number, f"a line is of type {', '.join(TYPES)} with its content")
    return dict(content)


def _wrong(path: Path, number: int, why: str) -> DiagnosticError:
    return fail(
        "FL7026",
        f"the file is no export of an audit log: {why}",
        place=Place(file=str(path), line=number),
        help="fairlead audit export writes one",
    )

"""Recognises troubles of disk, journal and lake files that no room has named as a diagnostic.

A command can meet a full disk or a missing right anywhere: in the journal, in a page that it
writes, in a temporary file. Whatever is raised then, the user is told the same way.
"""

from __future__ import annotations

import errno

from fairlead.kernel.diagnostic import DiagnosticError, fail

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_RIGHT = {errno.EROFS, errno.EACCES, errno.EPERM}
_JOURNAL_FULL = ("disk is full", "disk i/o error", "unable to open", "readonly", "too big")
_WRONG_QUESTION = ("BinderException", "CatalogException", "ParserException")
_HELP = "free some space or mend the permissions, then run the command again: it continues"


def storage_trouble(error: BaseException) -> DiagnosticError | None:
    """The error as FL8002 or FL8003, or None when it is about something else."""
    room = type(error).__module__.split(".")[0]
    if isinstance(error, OSError):
        return _of_files(error)
    if room == "sqlite3":
        return _of_the_journal(str(error))
    if room in ("duckdb", "_duckdb"):
        return _of_the_engine(type(error).__name__, str(error))
    return None


def _of_files(error: OSError) -> DiagnosticError | None:
    place = f"`{error.filename}`" if error.filename is not None else "a file"
    why = (error.strerror or str(error)).lower()
    if error.errno in _NO_ROOM:
        return fail("FL8002", f"{place} cannot be written: {why}", help=_HELP)
    if error.errno in _NO_RIGHT:
        return fail("FL8002", f"{place} cannot be opened: {why}", help="mend the permissions")
    return None


def _of_the_journal(message: str) -> DiagnosticError | None:
    text = message.lower()
    if "locked" in text or "busy" in text:
        return fail(
            "FL8002",
            f"the journal cannot be written: {text}",
            help="another command is at work; run this one again when it is done",
        )
    if any(sign in text for sign in _JOURNAL_FULL):
        return fail("FL8002", f"the journal cannot be written: {text}", help=_HELP)
    if "malformed" in text or "not a database" in text:
        return fail(
            "FL8003",
            f"the journal cannot be read: {text}",
            help="move `journal.sqlite3` away and read the sources again: the facts are kept in "
            "the lake",
        )
    return None


def _of_the_engine(kind: str, message: str) -> DiagnosticError | None:
    text = (message.splitlines() or [""])[0]
    if "no space left" in message.lower():
        return fail("FL8002", f"the engine found no room: {text}", help=_HELP)
    if ".parquet" in message and kind not in _WRONG_QUESTION:
        return fail(
            "FL8003",
            f"a file of the lake cannot be read: {text}",
            help="restore the file, or move the fact type's folder away and read its sources again",
        )
    return None

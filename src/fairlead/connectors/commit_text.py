"""Read what a commit message or the text of a change says about itself.

Subject, trailers, co-authors, the commit that is reverted or was cherry-picked, ticket keys.
Formulas of git: a trailer is `Key: value` in the last paragraph; `git revert` writes
`This reverts commit <sha>.`, `git cherry-pick -x` writes `(cherry picked from commit <sha>)`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from fairlead.kernel.diagnostic import fail

_TRAILER = re.compile(r"^([A-Za-z][A-Za-z0-9-]*): ?(\S.*)$")
_REVERTS = re.compile(r"\bThis reverts commit ([0-9a-f]{7,64})\b")
_PICKED = re.compile(r"\(cherry picked from commit ([0-9a-f]{7,64})\)")
_MAIL = re.compile(r"<([^<>\s]+@[^<>\s]+)>")
_SUBJECT_LIMIT = 500


def message_columns(message: str) -> dict[str, Any]:
    """The columns of a `commits` fact that its message gives; only those that it says."""
    message = message.replace("\r\n", "\n").lstrip("\n")
    subject, _, rest = message.partition("\n")
    found: dict[str, Any] = {"subject": subject[:_SUBJECT_LIMIT]}
    if not rest:
        return found
    if match := _REVERTS.search(rest):
        found["reverts_sha"] = match[1]
    if match := _PICKED.search(rest):
        found["cherry_picked_from_sha"] = match[1]
    trailers = trailers_of(message)
    if trailers:
        found["trailers_json"] = json.dumps(trailers, sort_keys=True, ensure_ascii=False)
        found["co_author_ids"] = _co_authors(trailers)
    return found


def trailers_of(message: str) -> dict[str, list[str]]:
    """The trailers of a message by lower-case key, each with all its values.

    They are the last paragraph, if each of its lines is one; the subject is never a trailer.
    """
    before, _, last = message.strip().rpartition("\n\n")
    if not before:
        return {}
    found: dict[str, list[str]] = {}
    for line in last.splitlines():
        if match := _TRAILER.match(line.strip()):
            found.setdefault(match[1].lower(), []).append(match[2].strip())
        elif not line.startswith((" ", "(cherry picked from ")):
            return {}
    return found


def _co_authors(trailers: dict[str, list[str]]) -> list[str] | None:
    names = []
    for value in trailers.get("co-authored-by", ()):
        mail = _MAIL.search(value)
        names.append(mail[1].lower() if mail else value)
    return names or None


def ticket_ids(pattern: object, texts: Iterable[str | None]) -> list[str] | None:
    """The ticket keys that the configured pattern finds, each once, in order of appearance."""
    if not pattern:
        return None
    finder = compiled(str(pattern), "ticket_pattern")
    found: dict[str, None] = {}
    for text in texts:
        for match in finder.finditer(text or ""):
            found[match[1] if finder.groups else match[0]] = None
    return list(found) or None


@lru_cache(maxsize=64)
def compiled(pattern: str, setting: str) -> re.Pattern[str]:
    """A regular expression of the settings; FL1007 names the setting when it is none."""
    try:
        return re.compile(pattern)
    except re.error as error:
        raise fail(
            "FL1007",
            f"`{setting}` is no regular expression: `{pattern}` ({error})",
            help="write a pattern such as `[A-Z]+-[0-9]+`",
        ) from None

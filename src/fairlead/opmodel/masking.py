"""Hides what may be a secret in a line of YAML before the line is shown to anybody.

A line is hidden behind its key when the key, or a key above it, is `secrets` or sounds like a
secret; whatever looks like a token of a well-known tool is hidden anywhere. A reference such as
`env:NAME` stays readable.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fairlead.opmodel.kinds.source import SECRET_REFERENCE

HIDDEN = "<hidden>"
SECRET_WORD = re.compile(r"passw|token|secret|api_?key|private_?key|credential", re.I)
_KEY = re.compile(r"^(?P<lead>\s*(?:- +)*)(?P<key>[\"']?[\w.-]+[\"']?)\s*:(?:\s+|$)(?P<value>.*)$")
_TOKEN = re.compile(
    r"gh[pousr]_\w+|github_pat_\w+|glpat-[\w-]+|xox[a-z]-[\w-]+|AKIA[0-9A-Z]{12,}"
    r"|eyJ[\w-]{10,}\S*|(?<=://)[^/@\s]+:[^/@\s]+(?=@)"
)
_HARMLESS = re.compile(
    rf"^(?:[\"']?(?:{SECRET_REFERENCE.strip('^$()')})[\"']?|[|>][+-]?|\[|\{{)?\s*(?:#.*)?$"
)


def shown_line(lines: Sequence[str], index: int) -> tuple[str, int | None]:
    """Line `index` (0-based) fit to be shown, and the 0-based column where hiding begins."""
    line = lines[index] if index < len(lines) else ""
    start = _secret_start(lines, index)
    if start is not None:
        return line[:start] + HIDDEN, start
    if found := _TOKEN.search(line):
        return line[: found.start()] + HIDDEN, found.start()
    return line, None


def _secret_start(lines: Sequence[str], index: int) -> int | None:
    line = lines[index] if index < len(lines) else ""
    if not line.strip() or line.lstrip().startswith("#"):
        return None
    own, above = _KEY.match(line), _keys_above(lines, index)
    indent = len(line) - len(line.lstrip())
    if any(SECRET_WORD.search(key) for key in above):
        # Only the names of secrets may be seen; what stands deeper may be part of a value.
        if own is None or above[0] != "secrets" or "-" in own["lead"]:
            return indent
    elif own is None or not SECRET_WORD.search(own["key"]):
        return None
    return None if _HARMLESS.match(own["value"]) else own.start("value")


def _keys_above(lines: Sequence[str], index: int) -> list[str]:
    """The keys under which a line stands, by indentation, innermost first."""
    indent, found = _indent(lines[index]), []
    for line in reversed(lines[:index]):
        if indent == 0 or line.startswith("---"):
            break
        match = _KEY.match(line)
        if match and _indent(line) < indent:
            found.append(match["key"])
            indent = _indent(line)
    return found


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))

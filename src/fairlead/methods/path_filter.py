"""Which commits touch the paths of a service, by globs over the files of each commit.

A glob is matched against the whole path: `*` and `?` stay inside one folder, `**` crosses folders;
a last part with neither (`services/checkout`) is a file, or a folder with everything below it. The
old name of a renamed file counts as touched. A commit without a known file is `UNKNOWN` (a partial
clone); a merge is `BY_CHANGE`: it has no work of its own and goes with the change it integrates.

Complexity: each distinct path is matched once per set of globs.
Source: delivery.md 4.5.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

UNTOUCHED, TOUCHED, UNKNOWN, BY_CHANGE = 0, 1, 2, 3

_TOKENS = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_PATTERNS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def path_matcher(globs: Sequence[str]) -> Callable[[str], bool]:
    """A predicate over paths: whether any of the globs holds the path."""
    parts = [_pattern(glob.removeprefix("./").strip("/")) for glob in globs]
    pattern = re.compile("|".join(parts), re.DOTALL) if parts else None
    known: dict[str, bool] = {}

    def matches(path: str) -> bool:
        found = known.get(path)
        if found is None:
            found = known[path] = pattern is not None and pattern.fullmatch(path) is not None
        return found

    return matches


def _pattern(glob: str) -> str:
    body = "".join(_PATTERNS.get(token) or re.escape(token) for token in _TOKENS.findall(glob))
    is_plain = not {"*", "?"} & set(glob.rpartition("/")[2])
    return f"{body}(?:/.*)?" if is_plain else body


class TouchedPaths:
    """The paths that each commit touches, by commit number; absent where nobody told them."""

    def __init__(self, paths: Mapping[int, Sequence[str]], is_merge: bytearray) -> None:
        self._paths = paths
        self._is_merge = is_merge
        self._masks: dict[tuple[str, ...], bytearray] = {}

    def mask(self, globs: Iterable[str]) -> bytearray:
        """One of UNTOUCHED, TOUCHED, UNKNOWN, BY_CHANGE per commit number; kept for next time."""
        key = tuple(globs)
        if key not in self._masks:
            self._masks[key] = self._build(key)
        return self._masks[key]

    def own_verdict(self, number: int, globs: Iterable[str]) -> int:
        """The verdict by the commit's own files alone, for a merge whose side is not known."""
        paths = self._paths.get(number)
        if not paths:
            return UNKNOWN
        return TOUCHED if any(map(path_matcher(tuple(globs)), paths)) else UNTOUCHED

    def _build(self, globs: tuple[str, ...]) -> bytearray:
        if not globs:
            return bytearray([TOUCHED]) * len(self._is_merge)
        matches = path_matcher(globs)
        mask = bytearray([UNKNOWN]) * len(self._is_merge)
        for number, paths in self._paths.items():
            if paths:
                mask[number] = TOUCHED if any(map(matches, paths)) else UNTOUCHED
        for number, is_merge in enumerate(self._is_merge):
            if is_merge:
                mask[number] = BY_CHANGE
        return mask

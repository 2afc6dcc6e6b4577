"""Who owns a path by a CODEOWNERS file: the last rule that matches wins.

Patterns are those of GitHub and GitLab: a slash at the start or inside anchors to the root, a
pattern names a file or everything below a folder, `*` stays within a folder, `**` crosses folders,
`folder/*` means the files directly in it. Sections (`[Team]`, `^[Team]`) give default owners.
A rule without owners takes the path out of ownership.

Complexity: O(depth) a path for rules without wildcards; a rule with wildcards costs one linear
match a path, only while it could still win.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
_SECTION = re.compile(r"^\^?\[([^\[\]]+)\](?:\[\d+\])?\s*(.*)$")
_SPACES = re.compile(r"(?<!\\)\s+")


@dataclass(frozen=True)
class OwnerRule:
    """One line: a pattern and the owners that it names."""

    pattern: str
    owners: tuple[str, ...]


@dataclass(frozen=True)
class CodeOwners:
    """The rules of a file in order."""

    rules: Sequence[OwnerRule]

    @classmethod
    def parse(cls, text: str) -> CodeOwners:
        """The rules of a CODEOWNERS file; comments and negations are passed over."""
        rules: list[OwnerRule] = []
        defaults: tuple[str, ...] = ()
        for line in text.splitlines():
            stripped = line.strip()
            if not stripped or stripped.startswith(("#", "!")):
                continue
            section = _SECTION.match(stripped)
            if section is not None:
                defaults = tuple(section[2].split())
                continue
            words = _SPACES.split(re.split(r"\s#", stripped, maxsplit=1)[0])
            owners = tuple(word for word in words[1:] if word) or defaults
            rules.append(OwnerRule(words[0].replace("\\ ", " "), owners))
        return cls(rules)

    @cached_property
    def _exact(self) -> dict[str, int]:
        """Anchored patterns without wildcards, by path, with their last rule."""
        return {
            rule.pattern.strip("/"): index
            for index, rule in enumerate(self.rules)
            if not _is_wild(rule.pattern) and "/" in rule.pattern.rstrip("/")
        }

    @cached_property
    def _names(self) -> dict[str, int]:
        """Patterns that are one plain name, which may stand at any depth."""
        return {
            rule.pattern.rstrip("/"): index
            for index, rule in enumerate(self.rules)
            if not _is_wild(rule.pattern) and "/" not in rule.pattern.rstrip("/")
        }

    @cached_property
    def _wild(self) -> list[tuple[int, str]]:
        return [
            (index, rule.pattern)
            for index, rule in reversed(list(enumerate(self.rules)))
            if _is_wild(rule.pattern)
        ]

    def owners_of(self, path: str) -> tuple[str, ...]:
        """The owners of a file; empty where no rule matches or the last one names none."""
        parts = path.split("/")
        best = max(
            (self._exact.get("/".join(parts[:end]), -1) for end in range(1, len(parts) + 1)),
            default=-1,
        )
        best = max([best, *(self._named(part, at, len(parts)) for at, part in enumerate(parts))])
        for index, pattern in self._wild:
            if index < best:
                break
            if _matches(pattern, parts):
                best = index
                break
        return self.rules[best].owners if best >= 0 else ()

    def _named(self, part: str, at: int, length: int) -> int:
        index = self._names.get(part, -1)
        is_folder_rule = index >= 0 and self.rules[index].pattern.endswith("/")
        return -1 if is_folder_rule and at == length - 1 else index

    @property
    def owners(self) -> tuple[str, ...]:
        """Everyone who is named, once."""
        return tuple(dict.fromkeys(owner for rule in self.rules for owner in rule.owners))


def _is_wild(pattern: str) -> bool:
    return any(mark in pattern for mark in "*?[")


def _matches(pattern: str, parts: list[str]) -> bool:
    """Segment by segment, with one place to go back to: linear in path times pattern."""
    is_anchored = "/" in pattern.rstrip("/")
    wanted = [part for part in pattern.strip("/").split("/") if part]
    if not is_anchored:
        wanted.insert(0, "**")
    is_open = pattern.endswith("/") or wanted[-1] != "*" or len(wanted) < 2
    place, want, star, mark = 0, 0, -1, 0
    while place < len(parts):
        if want < len(wanted) and wanted[want] == "**":
            star, mark, want = want, place, want + 1
            if want == len(wanted):
                return True
        elif want == len(wanted) and is_open:
            return True
        elif want < len(wanted) and fnmatchcase(parts[place], wanted[want]):
            place, want = place + 1, want + 1
        elif star >= 0:
            mark += 1
            place, want = mark, star + 1
        else:
            return False
    return want == len(wanted) and not pattern.endswith("/")

"""Honour a repository's `.mailmap`: the proper name and address behind a recorded identity.

The four forms of gitmailmap(5); addresses and names compare without case; the entry that names
both beats the one that names the address alone; the last entry of a key wins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_LINE = re.compile(r"^([^<>]*)<([^<>]*)>(?:([^<>]*)<([^<>]*)>)?\s*(?:#.*)?$")


@dataclass(frozen=True)
class Mailmap:
    """Entries by (address, name); name None stands for every name of the address."""

    entries: dict[tuple[str, str | None], tuple[str | None, str | None]] = field(
        default_factory=dict
    )

    @classmethod
    def parse(cls, raw: bytes) -> Mailmap:
        """The entries of a file; a line that is none is passed over, as git does."""
        entries: dict[tuple[str, str | None], tuple[str | None, str | None]] = {}
        for line in raw.decode("utf-8", "replace").splitlines():
            match = None if line.lstrip().startswith("#") else _LINE.match(line.strip())
            if match is None:
                continue
            name, first = match[1].strip() or None, match[2].strip()
            if match[4] is None:
                entries[first.lower(), None] = (name, None)
                continue
            old_name = (match[3] or "").strip().lower() or None
            entries[match[4].strip().lower(), old_name] = (name, first)
        return cls(entries)

    def look_up(self, name: str, email: str) -> tuple[str, str]:
        """The proper name and address of a recorded pair."""
        if not self.entries:
            return name, email
        key = email.lower()
        found = self.entries.get((key, name.lower())) or self.entries.get((key, None))
        if found is None:
            return name, email
        return found[0] or name, found[1] or email

"""Reads the labelled docstrings of shelf files: the sentence, then `Label: text` blocks."""

from __future__ import annotations

import re

_LABEL = re.compile(r"^([A-Z][A-Za-z ]{1,14}):\s*(.*)$")


def labels_of(docstring: str) -> tuple[str, dict[str, str]]:
    """The first paragraph, and each label with its text on one line."""
    paragraphs: list[str] = []
    labels: dict[str, str] = {}
    current: str | None = None
    for raw in docstring.strip().splitlines():
        line = raw.strip()
        match = _LABEL.match(line)
        if match:
            current = match[1]
            labels[current] = match[2]
        elif current is not None and line:
            labels[current] = f"{labels[current]} {line}".strip()
        elif current is None:
            paragraphs.append(line)
    first = " ".join(paragraphs).split("  ")[0].strip()
    return first, labels

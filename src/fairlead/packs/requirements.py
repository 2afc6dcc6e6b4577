"""The rows of the requirements: ids, short titles, and the connectors that read the named tools.

The list itself is `requirements.yaml`. What serves a row, and whether it is done, is told by labels
in code and tests; the reference page `scope.md` is made from those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True)
class RequirementRow:
    """One row; `tools` maps each tool of an area to its connector's id, or to None."""

    id: str
    title: str
    tools: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def section(self) -> str:
        return self.id[0]


def requirement_sections() -> Mapping[str, str]:
    """The letter of each section with its title, in order."""
    found: Mapping[str, str] = _read()["sections"]
    return found


def requirement_rows() -> tuple[RequirementRow, ...]:
    """Every row, in the order of the requirements."""
    whole = _read()
    tools = whole["tools"]
    return tuple(
        RequirementRow(row_id, str(title), tools.get(row_id, {}))
        for row_id, title in whole["rows"].items()
    )


def _read() -> dict[str, Any]:
    text = (files(__package__) / "requirements.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found

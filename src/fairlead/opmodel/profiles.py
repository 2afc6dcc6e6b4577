"""Fills the templates of a starting profile with the name of the organisation.

Placeholders are `{{organisation}}` (the id) and `{{organisation_title}}` (what people read).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from fairlead.kernel.diagnostic import fail
from fairlead.opmodel.kinds.document import IDENTIFIER

_RENAMED = {"gitignore": ".gitignore"}


def organisation_id(name: str) -> str:
    """The id of an organisation from the name that a person gave; FL1007 when none can be made."""
    found = re.sub(r"[^a-z0-9_.-]+", "-", name.strip().lower()).strip("-_.")[:63]
    if not re.match(IDENTIFIER, found):
        raise fail(
            "FL1007",
            f"`{name}` gives no id for the organisation",
            notes=["the name needs a letter of a-z or a digit"],
        )
    return found


def render_profile(templates: Mapping[str, str], name: str) -> dict[str, str]:
    """The files of a new workspace by path, in alphabetical order."""
    values = {
        "{{organisation}}": organisation_id(name),
        "{{organisation_title}}": re.sub(r'[\x00-\x1f"\\]+', " ", name).strip(),
    }
    found = {}
    for path, text in templates.items():
        for placeholder, value in values.items():
            text = text.replace(placeholder, value)
        found[_RENAMED.get(path, path)] = text
    return dict(sorted(found.items()))

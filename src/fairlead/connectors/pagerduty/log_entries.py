"""Read from PagerDuty's log entries what an incident itself does not tell: its first instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fairlead.connectors.contract import MappingContext
from fairlead.connectors.nesting import inside, required_past
from fairlead.connectors.reading import text


@dataclass(frozen=True)
class Timeline:
    """First page, first acknowledgement by a person, last resolve, and the last entry of all."""

    first_paged_at: datetime | None = None
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    last_at: datetime | None = None


def read_timeline(entries: list[Any], context: MappingContext) -> Timeline:
    """Entries in any order; an acknowledgement by an integration is none of a person."""
    found: dict[str, list[datetime]] = {"page": [], "acknowledge": [], "resolve": [], "any": []}
    for index, entry in enumerate(entries):
        with inside(f"$.log_entries[{index}]"):
            created_at = required_past(entry, "created_at", context)
            kind, human = text(entry, "type"), text(entry, "agent.type") == "user_reference"
        found["any"].append(created_at)
        if kind == "notify_log_entry":
            found["page"].append(created_at)
        elif kind == "acknowledge_log_entry" and human:
            found["acknowledge"].append(created_at)
        elif kind == "resolve_log_entry":
            found["resolve"].append(created_at)
    return Timeline(
        min(found["page"], default=None),
        min(found["acknowledge"], default=None),
        max(found["resolve"], default=None),
        max(found["any"], default=None),
    )

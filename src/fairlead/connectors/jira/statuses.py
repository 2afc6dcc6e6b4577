"""Read an incident's state and instants from the statuses that a Jira issue went through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from fairlead.connectors.contract import MappingContext, MappingError
from fairlead.connectors.nesting import inside, members, past_instant, required_past
from fairlead.connectors.reading import identifier, look_up, text

STATES = ("declared", "acknowledged", "mitigated", "resolved", "closed", "cancelled")
BY_CATEGORY = {"new": "declared", "indeterminate": "acknowledged", "done": "resolved"}


def status_map(context: MappingContext) -> dict[str, str]:
    """Status names of the source in lower case; a wrong state is refused with the allowed set."""
    found: dict[str, str] = {}
    for name, state in (context.settings.get("status_map") or {}).items():
        if state not in STATES:
            allowed = ", ".join(f"`{word}`" for word in STATES)
            raise MappingError(
                "FL3110", f"settings.status_map.{name}", f"`{state}` is not among {allowed}"
            )
        found[str(name).lower()] = state
    return found


def state_of(issue: Mapping[str, Any], context: MappingContext) -> tuple[str, list[str]]:
    """The state of the present status: by the map, else by its category, flagged."""
    name = identifier(issue, "fields.status.name")
    if state := status_map(context).get(name.lower()):
        return state, []
    category = text(issue, "fields.status.statusCategory.key") or ""
    return BY_CATEGORY.get(category, "declared"), ["unmapped_status"]


def read_statuses(
    issue: Mapping[str, Any], state: str, context: MappingContext
) -> dict[str, datetime]:
    """First acknowledgement; last mitigation, resolve and close, as far as they still hold."""
    entered: dict[str, list[datetime]] = {name: [] for name in STATES}
    known = status_map(context)
    for at, name in sorted(_transitions(issue, context)):
        if found := known.get(name.lower()):
            entered[found].append(at)
    instants: dict[str, datetime] = {}
    if entered["acknowledged"]:
        instants["acknowledged_at"] = entered["acknowledged"][0]
    reached = STATES.index(state) if state != "cancelled" else -1
    for name in ("mitigated", "resolved", "closed"):
        if entered[name] and reached >= STATES.index(name):
            instants[f"{name}_at"] = entered[name][-1]
    if "resolved_at" not in instants and state in ("resolved", "closed"):
        resolved_at = past_instant(issue, "fields.resolutiondate", context)
        if resolved_at is not None:
            instants["resolved_at"] = resolved_at
    return instants


def _transitions(
    issue: Mapping[str, Any], context: MappingContext
) -> Iterator[tuple[datetime, str]]:
    for index, history in enumerate(members(issue, "changelog.histories")):
        with inside(f"$.changelog.histories[{index}]"):
            at = required_past(history, "created", context)
            for item in members(history, "items"):
                if look_up(item, "field") == "status":
                    yield at, identifier(item, "toString")

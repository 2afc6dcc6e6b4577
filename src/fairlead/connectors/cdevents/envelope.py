"""Open a CloudEvents envelope and give the CDEvent inside, in whichever form it came."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fairlead.connectors.contract import MappingContext, MappingError
from fairlead.connectors.nesting import inside, mapping_of, required_past
from fairlead.connectors.reading import identifier, look_up, require, text

_TYPE = re.compile(
    r"^dev\.cdevents\.(?P<subject>[a-z]+)\.(?P<predicate>[a-z]+)"
    r"\.(?P<major>\d+)\.\d+\.\d+(?:-[\w.]+)?$"
)
KNOWN_MAJORS = ("0",)


@dataclass(frozen=True)
class Event:
    """One CDEvent. `place` is the path of its parts in the payload."""

    subject: str
    predicate: str
    id: str
    at: datetime
    body: Mapping[str, Any]
    place: str

    @property
    def custom(self) -> Mapping[str, Any]:
        """customData where it is an object, else nothing."""
        found = self.body.get("customData")
        return found if isinstance(found, Mapping) else {}


def type_of_event(body: Any, event: str | None) -> str:
    """The event's type, from the context, the envelope or the header."""
    body = mapping_of(body)
    found = text(_inner(body), "context.type") or text(body, "type") or event
    if not found:
        raise MappingError("FL3102", "$.type", "missing, and the mapping needs it")
    return found


def _inner(body: Mapping[str, Any]) -> Any:
    return body if "context" in body else look_up(body, "data") or {}


def open_event(body: Mapping[str, Any], event_type: str, context: MappingContext) -> Event:
    """The CDEvent of a structured or binary message; FL3107 for a type of another form or major."""
    match = _TYPE.match(event_type)
    if match is None or match["major"] not in KNOWN_MAJORS:
        known = ", ".join(f"`{major}`" for major in KNOWN_MAJORS)
        raise MappingError(
            "FL3107", "$.context.type", f"`{event_type}` is not supported; majors: {known}"
        )
    place = "$" if "context" in body else "$.data"
    if place == "$.data":
        body = require(body, "data", Mapping)
    with inside(place):
        identifier(body, "subject.id")
        return Event(
            subject=match["subject"],
            predicate=match["predicate"],
            id=identifier(body, "context.id"),
            at=required_past(body, "context.timestamp", context),
            body=body,
            place=place,
        )

"""Break a payload in many small ways, and see whether it is refused with a place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fairlead.connectors.contract import Connector, MappingContext, MappingError, Payload


def broken_forms(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The message with each field of its first two levels cut out or of another type."""
    for key, value in body.items():
        yield {item: other for item, other in body.items() if item != key}
        for wrong in (None, "text", 7, [], {}, [1]):
            yield {**body, key: wrong}
        for field in value if isinstance(value, dict) else ():
            yield {**body, key: {k: v for k, v in value.items() if k != field}}
            for wrong in (None, "text", 7, [], {}, [1]):
                yield {**body, key: {**value, field: wrong}}


def refusal_of(
    connector: Connector, payload: Payload, context: MappingContext
) -> MappingError | None:
    """The refusal of a payload, or None when it maps; anything else is a crash."""
    try:
        connector.map_payload(payload, context)
    except MappingError as error:
        return error
    return None

"""Refuse payloads whose shape no mapping foresaw, so that one of them never stops an ingest.

A mapping names the fields that it needs and refuses them one by one. What is wrong elsewhere (a
text where an object belongs, deep inside) surfaces as an error of Python; it is a refusal all the
same: quarantine with FL3102, and a bug report if the payload is right.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from fairlead.connectors.contract import Mapped, MappingContext, MappingError, Payload

_SHAPE_ERRORS = (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError)
MapPayload = Callable[[Payload, MappingContext], Mapped]


def refuse_misshapen(map_payload: MapPayload) -> MapPayload:
    """A mapping that refuses with FL3102 what it cannot walk through."""

    @wraps(map_payload)
    def guarded(payload: Payload, context: MappingContext) -> Mapped:
        try:
            return map_payload(payload, context)
        except (
            KeyError,
            IndexError,
            TypeError,
            AttributeError,
            ValueError,
            OverflowError,
        ) as error:
            kind = type(error).__name__
            message = f"not the shape of its event ({kind}: {error})"
            raise MappingError("FL3102", "$", message) from error

    return guarded

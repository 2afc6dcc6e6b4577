"""Opens one stored delivery: its body as payloads for the connector, or why it cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from fairlead.connectors.contract import Connector, MappingError, Payload
from fairlead.ingest.documents import Broken, parse_document
from fairlead.ingest.inbound import INBOUND

_JSON_TYPES = ("application/json", "text/json", "application/x-ndjson")


def is_json_type(content_type: str) -> bool:
    """Whether a content type says JSON; none at all is taken for it."""
    kind = content_type.split(";", 1)[0].strip().lower()
    return not kind or kind in _JSON_TYPES or (kind.startswith("application/") and "+json" in kind)


def event_of(connector_id: str, headers: Mapping[str, str]) -> str:
    """The tool's name of the message, where a header carries it."""
    inbound = INBOUND.get(connector_id)
    return headers.get(inbound.event_header, "") if inbound and inbound.event_header else ""


def open_delivery(
    connector: Connector,
    body: bytes,
    headers: Mapping[str, str],
    *,
    delivery_ref: str,
    place: str,
    received_at: datetime,
) -> list[Payload] | Broken:
    """The payloads of a delivery; one that is no JSON, too deep or empty is broken.

    A message whose event a header names is one payload; any other is split as a file would be.
    """
    event = event_of(connector.id, headers)
    content_type = headers.get("content-type", "")
    found = parse_document(body, event, place)
    if not is_json_type(content_type):
        text = body.decode("utf-8", "backslashreplace")
        digest = found.sha256 if isinstance(found, Broken) else ""
        message = f"the content type is `{content_type}`, and only JSON is read"
        return Broken("FL3201", message, text, digest or _digest(body), event, place)
    if isinstance(found, Broken):
        return found
    whole = Payload(found.body, event or None, delivery_ref, place, received_at)
    if connector.split is None or (event and not isinstance(found.body, list)):
        return [whole]
    try:
        parts = connector.split(found.body, event)
    except MappingError:
        return [whole]
    if len(parts) == 1 and parts[0].body is found.body:
        return [replace(whole, event=parts[0].event)]
    return [
        replace(part, delivery_ref=f"{delivery_ref}/{index}", place=place, received_at=received_at)
        for index, part in enumerate(parts)
    ]


def _digest(body: bytes) -> str:
    import hashlib

    return hashlib.sha256(body).hexdigest()

"""Map Opsgenie's webhook actions and the API's alerts to alert events, incidents to incidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from fairlead.connectors.contract import Mapped, MappingContext, MappingError, Payload
from fairlead.connectors.misshapen import refuse_misshapen
from fairlead.connectors.nesting import inside, listed, mapping_of
from fairlead.connectors.opsgenie.incidents import map_incident
from fairlead.connectors.reading import (
    FUTURE_LIMIT,
    identifier,
    instant,
    look_up,
    require,
    required_instant,
    text,
)
from fairlead.connectors.severity import alert_severity
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of
from fairlead.kernel.ids import content_sha256

UPDATES = (
    *("UnAcknowledge", "AddNote", "AddTags", "RemoveTags", "AddDetails", "RemoveDetails"),
    *("AddRecipient", "AddTeam", "AddResponder", "AssignOwnership", "TakeOwnership", "Escalate"),
    *("EscalateNext", "EscalateToNext", "Snooze", "SnoozeEnded", "Seen", "UpdatePriority"),
    *("UpdateMessage", "UpdateDescription"),
)
KINDS = dict.fromkeys(UPDATES, "update")
KINDS |= {"Create": "fire", "Acknowledge": "ack", "Close": "resolve", "Delete": "resolve"}
SHIPPED = {"P1": "critical", "P2": "error", "P3": "warning", "P4": "info", "P5": "info"}


def split(document: Any, _event: str = "") -> Sequence[Payload]:
    """Webhooks, pages `{data: [...]}` of the API, or a list of either."""
    return [Payload(item, _resource_of(item)) for item in listed(document, "data")]


def _resource_of(item: Any) -> str | None:
    if not isinstance(item, Mapping) or "action" in item:
        return None
    return "alerts" if "alias" in item else "incidents"


@refuse_misshapen
def map_payload(payload: Payload, context: MappingContext) -> Mapped:
    """A body with `action` is a webhook; else the event names the API's resource."""
    body = mapping_of(payload.body)
    if "action" in body:
        return _from_webhook(payload, context)
    resource = payload.event or _resource_of(body)
    if resource == "alerts":
        return _from_api(body, context)
    if resource == "incidents":
        return map_incident(body, context)
    raise MappingError("FL3107", "$", f"`{resource}` is not among `alerts`, `incidents`")


def _from_webhook(payload: Payload, context: MappingContext) -> Mapped:
    body = payload.body
    action = str(require(body, "action", str))
    if action not in KINDS:
        raise MappingError("FL3107", "$.action", f"`{action}` is not supported")
    alert = require(body, "alert", Mapping)
    with inside("$.alert"):
        alert_id = identifier(alert, "alertId")
        at = required_instant(alert, "createdAt")
        if action != "Create":
            at = instant(alert, "updatedAt") or at
        values, flags = _described(alert, alert_id, context)
    delivery_ref = payload.delivery_ref or content_sha256(body)
    at, skewed = _not_future(at, context)
    values |= {"kind": KINDS[action], "occurred_at": at, "received_at": context.received_at}
    values |= {"delivery_ref": delivery_ref, "item_index_count": 0, "is_clock_skewed": skewed}
    remarks = [*flags, *(["clock_skewed"] if skewed else [])]
    return Mapped([Fact("alert_events", values, order_of(at), alert_id)], None, remarks)


def _from_api(alert: Mapping[str, Any], context: MappingContext) -> Mapped:
    """The episode's instants: report times are milliseconds after the alert's creation."""
    alert_id = identifier(alert, "id")
    created_at = required_instant(alert, "createdAt")
    known: dict[str, datetime] = {"fire": created_at}
    if (acknowledged := look_up(alert, "report.ackTime")) is not None:
        known["ack"] = created_at + timedelta(milliseconds=int(acknowledged))
    if text(alert, "status") == "closed":
        closed = look_up(alert, "report.closeTime")
        known["resolve"] = (
            required_instant(alert, "updatedAt")
            if closed is None
            else created_at + timedelta(milliseconds=int(closed))
        )
    shared, flags = _described(alert, alert_id, context)
    facts = []
    for index, kind in enumerate(("fire", "ack", "resolve")):
        if kind in known:
            at, skewed = _not_future(known[kind], context)
            own = {"kind": kind, "occurred_at": at, "is_clock_skewed": skewed}
            own |= {"delivery_ref": f"api:{alert_id}", "item_index_count": index}
            facts.append(Fact("alert_events", {**shared, **own}, order_of(at), alert_id))
    return Mapped(facts, None, flags)


def _described(
    alert: Any, alert_id: str, context: MappingContext
) -> tuple[dict[str, Any], tuple[str, ...]]:
    raw = text(alert, "priority")
    own = {"severity_map": context.settings.get("alert_severity_map") or {}}
    severity, flags = alert_severity(raw, replace(context, settings=own), SHIPPED)
    details = look_up(alert, "details") or {}
    values = {
        "alert_identity": text(alert, "alias") or alert_id,
        "severity_raw": raw,
        "severity": severity,
        "title": text(alert, "message"),
        "labels_json": {"tags": look_up(alert, "tags") or [], "details": details},
        "service_ref": details.get(str(context.settings.get("service_detail", "service"))),
        "truncated_count": 0,
    }
    return values, flags


def _not_future(at: datetime, context: MappingContext) -> tuple[datetime, bool]:
    skewed = at - context.received_at > FUTURE_LIMIT
    return (context.received_at if skewed else at), skewed

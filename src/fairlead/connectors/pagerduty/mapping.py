"""Map a PagerDuty webhook, or an incident with its log entries, to one version of an incident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from fairlead.connectors.causes import cause_field, cause_links
from fairlead.connectors.contract import Mapped, MappingContext, MappingError, Payload
from fairlead.connectors.misshapen import refuse_misshapen
from fairlead.connectors.nesting import (
    chosen,
    inside,
    listed,
    mapping_of,
    members,
    past_instant,
    required_past,
)
from fairlead.connectors.pagerduty.log_entries import Timeline, read_timeline
from fairlead.connectors.reading import identifier, in_order, look_up, require, text
from fairlead.connectors.severity import incident_severity
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

STATES: dict[str, str | None] = {
    "triggered": "declared",
    "acknowledged": "acknowledged",
    "resolved": "resolved",
}
SHIPPED = {f"{word}{n}": f"sev{n}" for word in ("p", "sev", "sev-") for n in range(1, 6)}
USED = frozenset(
    f"incident.{name}"
    for name in (
        *("triggered", "acknowledged", "unacknowledged", "delegated", "escalated", "reassigned"),
        *("priority_updated", "service_updated", "reopened", "resolved"),
    )
)
NOT_NEEDED = ("incident.", "service.", "pagey.")
ONE_SECOND = 1_000_000


def split(document: Any, _event: str = "") -> Sequence[Payload]:
    """Webhooks, `{incidents: [...]}` of the API, or a list of either."""
    return [Payload(item) for item in listed(document, "incidents")]


@refuse_misshapen
def map_payload(payload: Payload, context: MappingContext) -> Mapped:
    """Webhooks carry `event`; the pull adds `log_entries` beside or in the incident."""
    body = mapping_of(payload.body)
    if "event" in body:
        return _from_webhook(body, context)
    if text(body, "type") == "incident":
        return _from_rest(body, "$", members(body, "log_entries"), context)
    incident = require(body, "incident", Mapping)
    return _from_rest(incident, "$.incident", members(body, "log_entries"), context)


def _from_webhook(body: Mapping[str, Any], context: MappingContext) -> Mapped:
    event_type = identifier(body, "event.event_type")
    if event_type not in USED:
        if event_type.startswith(NOT_NEEDED):
            return Mapped(not_needed=f"`{event_type}` does not change an incident's state")
        raise MappingError("FL3107", "$.event.event_type", f"`{event_type}` is not supported")
    occurred_at = required_past(body, "event.occurred_at", context)
    human = text(body, "event.agent.type") in ("user_reference", "user")
    known = Timeline(
        acknowledged_at=occurred_at if human and event_type == "incident.acknowledged" else None,
        resolved_at=occurred_at if event_type == "incident.resolved" else None,
    )
    with inside("$.event.data"):
        incident = look_up(body, "event.data")
        return _mapped(incident, known, occurred_at, order_of(occurred_at), context)


def _from_rest(incident: Any, place: str, entries: list[Any], context: MappingContext) -> Mapped:
    known = read_timeline(entries, context)
    with inside(place):
        created_at = required_past(incident, "created_at", context)
        stated = [past_instant(incident, path, context) for path in ("updated_at", "resolved_at")]
        changed_at = past_instant(incident, "last_status_change_at", context)
        if known.resolved_at is None:
            known = replace(known, resolved_at=stated[1] or changed_at)
        seen = [at for at in (created_at, changed_at, known.last_at, *stated) if at is not None]
        order = order_of(max(seen).replace(microsecond=0)) + ONE_SECOND
        return _mapped(incident, known, max(seen), order, context)


def _mapped(
    incident: Any, known: Timeline, changed_at: datetime, order: int, context: MappingContext
) -> Mapped:
    incident_id = f"{context.source}:{identifier(incident, 'id')}"
    state = chosen(identifier(incident, "status"), STATES, "$.status")
    declared_at = required_past(incident, "created_at", context)
    resolved_at = known.resolved_at if state == "resolved" else None
    in_order(declared_at, resolved_at, "$.created_at")
    priority = text(incident, "priority.summary") or text(incident, "priority.name")
    severity, flags = incident_severity(priority, context, SHIPPED)
    service = text(incident, "service.summary")
    merged_into = text(incident, "resolve_reason.incident.id")
    stated = context.settings.get("mitigated_is_resolved", True) is False
    values = {
        "incident_id": incident_id,
        "title": text(incident, "title"),
        "kind": "incident",
        "state": "merged" if merged_into else state,
        "severity_declared": severity,
        "severity_final": severity,
        "service_refs": [service] if service else None,
        "declared_at": declared_at,
        "first_paged_at": known.first_paged_at,
        "acknowledged_at": known.acknowledged_at,
        "mitigated_at": resolved_at if stated else None,
        "resolved_at": resolved_at,
        "merged_into_id": f"{context.source}:{merged_into}" if merged_into else None,
        "url": text(incident, "html_url"),
    }
    links = cause_links(incident_id, _cause(incident, context), changed_at, context)
    fact = Fact("incidents", values, order, identifier(incident, "id"))
    return Mapped([fact, *links], None, flags)


def _cause(incident: Any, context: MappingContext) -> str | None:
    """The configured field's value: a custom field by name, else a field of the incident."""
    field = cause_field(context)
    if field is None:
        return None
    for custom in members(incident, "custom_fields"):
        if field in (look_up(custom, "name"), look_up(custom, "display_name")):
            return text(custom, "value")
    return text(incident, field)

"""Incidents of CDEvents: detected, reported, resolved."""

from __future__ import annotations

from fairlead.connectors.cdevents.envelope import Event
from fairlead.connectors.contract import Mapped, MappingContext
from fairlead.connectors.nesting import inside, past_instant
from fairlead.connectors.reading import identifier, in_order, text
from fairlead.connectors.severity import INCIDENT_SEVERITIES, incident_severity
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

SHIPPED = {name: name for name in INCIDENT_SEVERITIES}


def map_incident(event: Event, context: MappingContext) -> Mapped:
    """One version of an incident; what happened before this event only customData can tell."""
    with inside("$.customData"):
        detected_at = past_instant(event.custom, "detected_at", context)
        declared_at = past_instant(event.custom, "declared_at", context)
    is_resolved = event.predicate == "resolved"
    if event.predicate == "detected":
        detected_at = detected_at or event.at
    if not is_resolved:
        declared_at = declared_at or event.at
    in_order(detected_at or declared_at, event.at, "$.context.timestamp")
    severity, flags = incident_severity(text(event.custom, "severity"), context, SHIPPED)
    service = text(event.body, "subject.content.service.id")
    values = {
        "incident_id": f"{context.source}:{identifier(event.body, 'subject.id')}",
        "title": text(event.body, "subject.content.description"),
        "kind": "incident",
        "state": "resolved" if is_resolved else "declared",
        "severity_declared": severity,
        "severity_final": severity,
        "service_refs": [service] if service else None,
        "detected_at": detected_at,
        "declared_at": declared_at,
        "resolved_at": event.at if is_resolved else None,
        "url": text(event.body, "subject.content.ticketURI"),
    }
    unknown = ["start_unknown"] if is_resolved and not (detected_at or declared_at) else []
    fact = Fact("incidents", values, order_of(event.at), event.id)
    return Mapped([fact], None, [*flags, *unknown])

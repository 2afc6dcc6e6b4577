"""Write PagerDuty's payloads: incidents of the REST API with their log entries, and webhooks v3.

The record of the API comes last and knows everything; webhooks of the most recent incidents precede
it, as they do in a real feed. A cause that people have named stands in the custom field `cause`.
"""

from __future__ import annotations

from typing import Any

from fairlead.demo.acme.calendar import DAY, Span
from fairlead.demo.acme.company import people
from fairlead.demo.acme.instants import iso
from fairlead.demo.acme.outbox import Outbox
from fairlead.demo.acme.records import Incident

SOURCE = "pagerduty"
WEBHOOK_DAYS = 60


def incident_ref(incident: Incident) -> str:
    """PagerDuty's own id of an incident."""
    return f"Q{incident.number:05d}ACME"


def send_incident(outbox: Outbox, incident: Incident, span: Span, cause_ref: str | None) -> None:
    """The incident as the API knows it at the end of the period, and its recent webhooks."""
    if span.end_at - incident.declared_at < WEBHOOK_DAYS * DAY:
        _send_webhooks(outbox, incident, span)
    record = _record(incident, _steps(incident, span)[-1][0], incident.severity)
    record["updated_at"] = record["last_status_change_at"] = iso(_last_at(incident, span))
    if incident.resolved_at < span.end_at:
        record["resolved_at"] = iso(incident.resolved_at)
    if cause_ref is not None and incident.resolved_at < span.end_at:
        record["custom_fields"] = [
            {"id": "PCAUSE1", "name": "cause", "field_type": "single_value", "value": cause_ref}
        ]
    body = {"incident": record, "log_entries": _log_entries(incident, span)}
    outbox.send(SOURCE, "incident", _last_at(incident, span) + 90, body)


def _steps(incident: Incident, span: Span) -> list[tuple[str, int]]:
    """The statuses that the incident had reached by the end of the period."""
    steps = [
        ("triggered", incident.declared_at),
        ("acknowledged", incident.acknowledged_at),
        ("resolved", incident.resolved_at),
    ]
    return [step for index, step in enumerate(steps) if index == 0 or step[1] < span.end_at]


def _last_at(incident: Incident, span: Span) -> int:
    return _steps(incident, span)[-1][1]


def _record(incident: Incident, status: str, severity: int) -> dict[str, Any]:
    return {
        "id": incident_ref(incident),
        "type": "incident",
        "incident_number": incident.number,
        "title": incident.title,
        "created_at": iso(incident.declared_at),
        "status": status,
        "urgency": "high" if severity < 3 else "low",
        "priority": {"id": f"PRIO{severity}", "type": "priority", "summary": f"P{severity}"},
        "service": {
            "id": f"PS{sum(map(ord, incident.service.id)):05d}",
            "type": "service_reference",
            "summary": incident.service.pager_name,
        },
        "html_url": f"https://acme.pagerduty.example/incidents/{incident_ref(incident)}",
    }


def _agent(incident: Incident) -> dict[str, str]:
    person = people()[incident.responder]
    return {"id": f"PU{person.number}", "type": "user_reference", "summary": person.name}


def _log_entries(incident: Incident, span: Span) -> list[dict[str, Any]]:
    service = {"type": "service_reference", "summary": incident.service.pager_name}
    entries = [("trigger_log_entry", incident.declared_at, service)]
    entries.append(("notify_log_entry", incident.declared_at + 4, service))
    entries.append(("acknowledge_log_entry", incident.acknowledged_at, _agent(incident)))
    entries.append(("resolve_log_entry", incident.resolved_at, _agent(incident)))
    return [
        {
            "id": f"R{incident.number:05d}{index}",
            "type": kind,
            "created_at": iso(at),
            "agent": agent,
        }
        for index, (kind, at, agent) in enumerate(entries)
        if at < span.end_at
    ]


def _send_webhooks(outbox: Outbox, incident: Incident, span: Span) -> None:
    for status, at in _steps(incident, span):
        severity = incident.first_severity if status == "triggered" else incident.severity
        event = {
            "id": f"01{incident.number:05d}{status[:3].upper()}",
            "event_type": f"incident.{status}",
            "resource_type": "incident",
            "occurred_at": iso(at),
            "agent": None if status == "triggered" else _agent(incident),
            "data": _record(incident, status, severity),
        }
        outbox.send(SOURCE, "webhook", at + 2, {"event": event})

"""Write Jira's issues: incidents of the two teams that keep them there, and ordinary tickets."""

from __future__ import annotations

from typing import Any

from fairlead.demo.acme.calendar import HOUR, Span
from fairlead.demo.acme.company import people, teams
from fairlead.demo.acme.instants import with_offset
from fairlead.demo.acme.outbox import Outbox
from fairlead.demo.acme.records import Change, Incident

SOURCE = "jira"
_PRIORITIES = {1: "Highest", 2: "High", 3: "Medium", 4: "Low"}
_CATEGORIES = {"Open": "new", "In Progress": "indeterminate", "Done": "done"}


def incident_ref(incident: Incident) -> str:
    """The key of the issue; the project is the incidents' own."""
    return f"OPS-{incident.number}"


def send_incident(outbox: Outbox, incident: Incident, span: Span, cause_ref: str | None) -> None:
    """An incident with the history of its status."""
    steps = [("Open", incident.declared_at), ("In Progress", incident.acknowledged_at)]
    steps.append(("Done", incident.resolved_at))
    steps = [step for index, step in enumerate(steps) if index == 0 or step[1] < span.end_at]
    status, at = steps[-1]
    issue = _issue(incident_ref(incident), "Incident", incident.title, steps[0][1], at, status)
    issue["fields"] |= {
        "priority": {"name": _PRIORITIES[incident.severity]},
        "components": [{"name": incident.service.id}],
        "customfield_10071": cause_ref if status == "Done" else None,
        "resolutiondate": with_offset(at) if status == "Done" else None,
        "assignee": {"displayName": people()[incident.responder].name},
    }
    histories = [
        {
            "id": str(incident.number * 10 + index),
            "created": with_offset(moved_at),
            "author": {"displayName": people()[incident.responder].name},
            "items": [{"field": "status", "fromString": steps[index][0], "toString": name}],
        }
        for index, (name, moved_at) in enumerate(steps[1:])
    ]
    issue["changelog"] = {"total": len(histories), "histories": histories}
    outbox.send(SOURCE, "issue", at + 120, issue)


def send_tickets(outbox: Outbox, changes: list[Change]) -> None:
    """Some of the tickets that changes name; they are no incidents and give no fact."""
    seen: set[str] = set()
    for change in changes:
        key, _, summary = change.title.partition(" ")
        is_ticket = key.partition("-")[0] in {team[:4].upper() for team in teams()} and "-" in key
        if not is_ticket or key in seen or change.number % 12 or change.merged_at is None:
            continue
        seen.add(key)
        created_at = change.first_authored_at - 30 * HOUR
        issue = _issue(key, "Story", summary, created_at, change.merged_at, "Done")
        outbox.send(SOURCE, "issue", change.merged_at + 600, issue)


def _issue(
    key: str, kind: str, summary: str, created_at: int, updated_at: int, status: str
) -> dict[str, Any]:
    return {
        "id": str(10_000 + sum(map(ord, key)) * 97),
        "key": key,
        "self": f"https://jira.acme.example/rest/api/3/issue/{key}",
        "fields": {
            "issuetype": {"name": kind},
            "project": {"key": key.partition("-")[0]},
            "summary": summary,
            "created": with_offset(created_at),
            "updated": with_offset(updated_at),
            "status": {"name": status, "statusCategory": {"key": _CATEGORIES[status]}},
        },
    }

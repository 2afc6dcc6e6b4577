"""Map a Jira issue, with as much changelog as is at hand, to one version of an incident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fairlead.connectors.causes import cause_field, cause_links
from fairlead.connectors.contract import Mapped, MappingContext, MappingError, Payload
from fairlead.connectors.jira.statuses import read_statuses, state_of
from fairlead.connectors.misshapen import refuse_misshapen
from fairlead.connectors.nesting import inside, listed, mapping_of, past_instant, required_past
from fairlead.connectors.reading import identifier, look_up, require, text, to_instant
from fairlead.connectors.severity import incident_severity
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

SHIPPED = {"Highest": "sev1", "High": "sev2", "Medium": "sev3", "Low": "sev4", "Lowest": "sev5"}
SHIPPED |= {f"{word}{n}": f"sev{n}" for word in ("P", "Sev", "Sev-") for n in range(1, 6)}
ISSUE_EVENTS = ("jira:issue_created", "jira:issue_updated", "jira:issue_deleted")
OTHER_EVENTS = (
    *("comment_", "worklog_", "sprint_", "board_", "project_", "user_", "issuelink_"),
    *("attachment_", "jira:version_", "jira:worklog_", "option_", "issue_property_"),
)
INSTANTS = (
    *("impact_started_at", "detected_at", "declared_at", "acknowledged_at", "mitigated_at"),
    *("resolved_at", "closed_at"),
)


def split(document: Any, _event: str = "") -> Sequence[Payload]:
    """Webhooks, `{issues: [...]}` of the search, or a list of either."""
    return [Payload(item) for item in listed(document, "issues")]


@refuse_misshapen
def map_payload(payload: Payload, context: MappingContext) -> Mapped:
    """A body with `webhookEvent` is a webhook; else it is an issue of the search."""
    body = mapping_of(payload.body)
    event = text(body, "webhookEvent")
    if event is None:
        return _map_issue(body, None, context)
    if event not in ISSUE_EVENTS:
        if event.startswith(OTHER_EVENTS):
            return Mapped(not_needed=f"`{event}` does not change an incident")
        raise MappingError("FL3107", "$.webhookEvent", f"`{event}` is not supported")
    require(body, "issue", Mapping)
    at = required_past(body, "timestamp", context)
    return _map_issue(_with_own_change(body, at), (event, at), context)


def _with_own_change(body: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """A webhook's one change in the shape of the search's changelog."""
    items = look_up(body, "changelog.items") or []
    history = {"created": at.isoformat(), "items": items}
    return {**body["issue"], "changelog": {"histories": [history] if items else []}}


def _map_issue(
    issue: Mapping[str, Any], webhook: tuple[str, datetime] | None, context: MappingContext
) -> Mapped:
    with inside("$.issue" if webhook else "$"):
        key, issue_type = identifier(issue, "key"), identifier(issue, "fields.issuetype.name")
        if issue_type not in context.settings.get("incident_issue_types", ["Incident"]):
            return Mapped(not_needed=f"issue type `{issue_type}` is no incident type")
        if webhook is None:
            at = required_past(issue, "fields.updated", context)
        else:
            at = max(webhook[1], past_instant(issue, "fields.updated", context) or webhook[1])
        values, flags = _values(issue, f"{context.source}:{key}", context)
        order = order_of(at) + (0 if webhook else 1)
        deleted = webhook is not None and webhook[0] == "jira:issue_deleted"
        fact = Fact("incidents", values, order, key, is_retracted=deleted)
        links = cause_links(values["incident_id"], _cause(issue, context), at, context)
    return Mapped([fact, *([] if deleted else links)], None, flags)


def _values(
    issue: Mapping[str, Any], incident_id: str, context: MappingContext
) -> tuple[dict[str, Any], list[str]]:
    state, unmapped = state_of(issue, context)
    field = str(context.settings.get("severity_field", "priority"))
    severity, flags = incident_severity(_names(issue, field)[0], context, SHIPPED)
    created_at = required_past(issue, "fields.created", context)
    known = {"declared_at": created_at, **read_statuses(issue, state, context)}
    known |= _stated(issue, context)
    services = _names(issue, str(context.settings.get("service_field", "components")))
    values = {
        "incident_id": incident_id,
        "title": text(issue, "fields.summary"),
        "kind": "incident",
        "state": state,
        "severity_declared": severity,
        "severity_final": severity,
        "service_refs": [name for name in services if name] or None,
        **known,
        "url": text(issue, "self"),
    }
    return values, [*flags, *unmapped]


def _stated(issue: Mapping[str, Any], context: MappingContext) -> dict[str, datetime]:
    """Instants that the issue states in fields of its own."""
    found = {}
    for column, field in (context.settings.get("instant_fields") or {}).items():
        if column not in INSTANTS:
            allowed = ", ".join(f"`{name}`" for name in INSTANTS)
            place = f"settings.instant_fields.{column}"
            raise MappingError("FL3110", place, f"`{column}` is not among {allowed}")
        if value := look_up(issue, f"fields.{field}"):
            found[column] = to_instant(value, f"$.fields.{field}")
    return found


def _names(issue: Mapping[str, Any], field: str) -> list[str | None]:
    """Names in a field that holds text, an option, or a list of either; `[None]` when empty."""
    found = look_up(issue, f"fields.{field}")
    items = found if isinstance(found, list) else [found]
    named = [
        (item.get("name") or item.get("value")) if isinstance(item, Mapping) else item
        for item in items
    ]
    return [str(name) for name in named if name not in (None, "")] or [None]


def _cause(issue: Mapping[str, Any], context: MappingContext) -> str | None:
    field = cause_field(context)
    return " ".join(name for name in _names(issue, field) if name) if field else None

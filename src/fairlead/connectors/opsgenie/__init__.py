"""Opsgenie: alert actions from webhooks, alerts and incidents from the REST API.

Reads:       webhook integration (alert actions); `GET /v2/alerts`, `GET /v1/incidents` (API key
             with read access).
Emits:       alert_events, incidents, incident_links.
Key:         alerts: source, delivery_ref (delivery id, else a hash of the content; of the API
             `api:<alert id>`), item_index_count; identity is the alias, else the alert id.
             Incidents: incident_id = `<source>:<Opsgenie id>`.
Order:       alerts: the instant of the action; incidents: `updatedAt`.
Limits:      pages of 100 by `paging.next`, at most 20,000 records a query: the checkpoint follows
             `updatedAt`, so the next pull goes on from there.
Not covered: schedules, escalations, pages per person; incident timelines, so an incident's resolve
             is its last update (flag `resolved_at_from_update`) and who acknowledged it is unknown.
             The vendor ends the API on 2027-04-05. A deleted alert counts as resolved.
Errors:      FL3102, FL3103 (incidents), FL3104, FL3107 (unknown action), FL3110 (unknown status).
             Alerts in the future are clamped and flagged. Epoch milliseconds and nanoseconds stand
             in one payload and are told apart by magnitude.
Source:      support.atlassian.com/opsgenie (webhook integration), docs.opsgenie.com (alert and
             incident API).
"""

from fairlead.connectors.contract import Connector
from fairlead.connectors.opsgenie.mapping import map_payload, split
from fairlead.connectors.opsgenie.plan import auth_headers, plan

CONNECTOR = Connector(
    id="opsgenie",
    name="Opsgenie",
    emits=("alert_events", "incidents", "incident_links"),
    map_payload=map_payload,
    split=split,
    plan=plan,
    auth_headers=auth_headers,
    base_url="https://api.opsgenie.com",
    resources={"alerts": ("alert_events",), "incidents": ("incidents", "incident_links")},
    secrets=("api_key",),
    settings={
        "severity_map": "Incident priority to sev1..sev5, over P1 to sev1 … P5 to sev5.",
        "alert_severity_map": "Alert priority to critical, error, warning or info, over P1 "
        "critical, P2 error, P3 warning, P4 and P5 info.",
        "service_detail": "Key in the alert's details that names the service; `service` if absent.",
        "cause_field": "Key in an incident's extraProperties, or `message` or `description`, that "
        "names the deployment or change.",
        "cause_kind": "`deployment` (default) or `change`, for a value without prefix.",
    },
)

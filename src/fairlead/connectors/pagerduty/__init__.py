"""PagerDuty: incidents from webhooks v3 and from the REST API with its log entries.

Reads:       webhooks v3 `incident.*`; REST v2 incidents and log_entries (read-only API key).
Emits:       incidents, incident_links.
Key:         incident_id = `<source>:<PagerDuty id>`.
Order:       `occurred_at` of a webhook; of REST the last change, rounded up to the next second,
             since REST cuts instants to seconds and knows more.
Limits:      REST pages of 100, offset below 10,000: windows of seven days; open incidents are
             asked again by id until they are resolved. Log entries as far as PagerDuty keeps them.
Not covered: schedules, on-call shifts, pages per person, status updates, notes; services, business
             services. A webhook tells the present state only: the version of a resolve knows
             neither the acknowledgement nor the first page, which the REST pull adds; an incident
             that is reopened after it was pulled as resolved is seen by webhook alone.
Errors:      FL3102, FL3103, FL3104, FL3107 (unknown event type), FL3110 (unknown status).
Source:      developer.pagerduty.com: webhooks v3 overview, REST API reference (incidents).
"""

from fairlead.connectors.contract import Connector
from fairlead.connectors.pagerduty.mapping import map_payload, split
from fairlead.connectors.pagerduty.plan import auth_headers, plan

CONNECTOR = Connector(
    id="pagerduty",
    name="PagerDuty",
    emits=("incidents", "incident_links"),
    map_payload=map_payload,
    split=split,
    plan=plan,
    auth_headers=auth_headers,
    base_url="https://api.pagerduty.com",
    secrets=("token",),
    settings={
        "severity_map": "Priority name to sev1..sev5, over `P1`..`P5` and `sev1`..`sev5`.",
        "mitigated_is_resolved": "true (default): mitigated_at stays empty, so that the resolve "
        "ends the impact with basis `resolved`; false: a resolve also states mitigated_at.",
        "cause_field": "Custom field, or `title`, that names the deployment or change.",
        "cause_kind": "`deployment` (default) or `change`, for a value without prefix.",
    },
)

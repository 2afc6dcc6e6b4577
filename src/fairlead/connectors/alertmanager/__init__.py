"""Alertmanager: every alert of a webhook message, and the active alerts of its API.

Reads:       webhook version 4; `GET /api/v2/alerts` (read access to the API).
Emits:       alert_events.
Key:         source, delivery_ref (the message's delivery id, else a hash of its content; for the
             API `api:<fingerprint>:<start>`), item_index_count (place in the message). The identity
             of an alert is its fingerprint, computed from the labels where it is absent.
Order:       occurred_at: `startsAt` of a firing alert, `endsAt` of a resolved one.
Limits:      no paging; the API lists at most what Alertmanager holds in memory.
Not covered: resolves seen by the API alone (it lists active alerts only: send the webhook, or the
             episode ends by timeout); silences and inhibition as such.
Errors:      FL3102, FL3104, FL3107 (another message version), FL3110 (another status). An
             instant more than 300 s in the future is clamped and flagged `clock_skewed`: it must
             page.
Source:      prometheus.io/docs/alerting/latest/configuration (webhook) and the API's OpenAPI file.
"""

from fairlead.connectors.alertmanager.mapping import map_payload, split
from fairlead.connectors.alertmanager.plan import auth_headers, plan
from fairlead.connectors.contract import Connector

CONNECTOR = Connector(
    id="alertmanager",
    name="Alertmanager",
    emits=("alert_events",),
    map_payload=map_payload,
    split=split,
    plan=plan,
    auth_headers=auth_headers,
    secrets=("token", "username", "password"),
    settings={
        "severity_map": "Label value to critical, error, warning or info, over the shipped four.",
        "severity_label": "Label that holds the severity; `severity` when absent.",
        "service_label": "Label that names the service; `service` when absent.",
    },
)

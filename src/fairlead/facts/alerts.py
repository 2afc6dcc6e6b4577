"""One continuous problem of one alert identity, from firing to stably resolved: an episode.

Grain:    one row per episode and version.
Key:      source, alert_identity, opening_event_ref.
Order:    our own recorded instant, since it is derived.
Late:     a late event refolds the episodes of its identity.
Keep:     five years.
Source:   incidents.md sections 3 and 4.2 (I4).
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "alerts",
    key="source alert_identity opening_event_ref",
    state="derived",
    event_at="started_at",
    columns="alert_id status started_at resolved_at closes_at resolution_kind severity service_id "
    "rule_id title event_count flap_count first_paged_at acknowledged_at acknowledged_by_id "
    "suppressed_by suppressor_id incident_id",
    retention_days=1827,
    allowed={
        "status": "firing settling resolved",
        "resolution_kind": "source timeout manual auto_rule",
        "severity": "critical error warning info",
        "suppressed_by": "silence inhibition maintenance",
    },
)

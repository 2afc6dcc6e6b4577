"""One coordinated response to real or feared impact, with its nine instants.

Grain:    one row per incident and version.
Key:      incident_id.
Order:    the source's update instant.
Late:     a later state is a new version; restore counts in the window of the last mitigation.
Keep:     ten years.
Source:   incidents.md sections 2 and 3.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "incidents",
    key="incident_id",
    state="mutable",
    event_at="declared_at",
    columns="title kind state severity_declared severity_peak severity_final visibility "
    "service_ids service_refs tier impact_started_at detected_at declared_at first_paged_at "
    "acknowledged_at mobilised_at mitigated_at resolved_at closed_at start_basis end_basis "
    "detected_by cause_class component_id trigger_kind affected_customer_count impact_ratio "
    "data_loss merged_into_id url",
    allowed={
        "kind": "incident security drill test",
        "state": "declared acknowledged mitigated resolved closed cancelled merged",
        "severity_declared": "sev1 sev2 sev3 sev4 sev5",
        "severity_peak": "sev1 sev2 sev3 sev4 sev5",
        "severity_final": "sev1 sev2 sev3 sev4 sev5",
        "visibility": "public internal restricted",
        "start_basis": "impact detected declared",
        "end_basis": "mitigated resolved",
        "detected_by": "alert human customer partner",
        "trigger_kind": "change load dependency hardware data security expiry unknown",
        "data_loss": "none suspected confirmed unknown",
    },
)

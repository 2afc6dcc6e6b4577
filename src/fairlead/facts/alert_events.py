"""One item of one message from an alert source: fire, update, acknowledge or resolve.

Grain:    one row per received item.
Key:      source, delivery_ref, item_index_count.
Order:    occurred_at.
Late:     any order gives the same episode (fold I4).
Keep:     two years.
Source:   incidents.md section 3.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "alert_events",
    key="source delivery_ref item_index_count",
    state="final",
    event_at="occurred_at",
    columns="alert_identity kind occurred_at received_at severity_raw severity title labels_json "
    "annotations_json service_id service_ref rule_id url truncated_count is_clock_skewed",
    retention_days=731,
    allowed={
        "kind": "fire update ack resolve",
        "severity": "critical error warning info",
    },
)

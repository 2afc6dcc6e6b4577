"""One change in the shipped range of one counted deployment, with its lead time in seven stages.

Grain:    one row per deployment and change, and version.
Key:      deployment_id, change_id.
Order:    our own recorded instant, since it is derived.
Late:     recomputed with its deployment; a link that no longer holds is retracted.
Keep:     ten years.
Source:   delivery.md sections 3, 4.5 to 4.7.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "deployment_changes",
    key="deployment_id change_id",
    state="derived",
    event_at="deployed_at",
    columns="role link_rule confidence_ratio lead_time_seconds merge_to_production_seconds "
    "coding_seconds pickup_seconds review_seconds merge_wait_seconds pipeline_seconds "
    "approval_wait_seconds deploy_seconds unknown_stages excluded_reason service_id deployed_at",
    types={"unknown_stages": "list"},
    allowed={
        "role": "first reshipped removed before_baseline",
        "excluded_reason": "negative_span",
    },
)

"""One status message about a deployment, as its source sent it.

Grain:    one row per message.
Key:      source, event_ref.
Order:    event_at, then the source's sequence.
Late:     any order gives the same deployment (fold 4.2); a late message refolds what it touches.
Keep:     ten years.
Source:   delivery.md sections 3 and 4.2; repo_id, service_ref, environment_tier and reverted
          statement columns by decision record 0003.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "deployment_events",
    key="source event_ref",
    state="final",
    event_at="event_at",
    columns="deployment_ref repo_id service_id service_ref environment environment_tier region "
    "state kind event_at sequence_count commit_sha artifact_digests version_label run_ref job_ref "
    "started_by_id mechanism branch",
    allowed={
        "state": "created queued running success degraded failure error cancelled skipped inactive",
        "kind": "normal hotfix rollback redeploy",
        "mechanism": "code config flag infrastructure data_migration",
        "environment_tier": "production staging testing development preview",
    },
)

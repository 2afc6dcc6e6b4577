"""One attempt to place one version of one service into one environment, folded from its messages.

Grain:    one row per attempt and version.
Key:      source, deployment_ref.
Order:    our own recorded instant, since it is derived.
Late:     a late message refolds the affected suffix of its service and environment.
Keep:     ten years.
Source:   delivery.md sections 3, 4.2 to 4.5; observation_seconds by decision record 0003.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "deployments",
    key="source deployment_ref",
    state="derived",
    event_at="finished_at",
    columns="deployment_id group_id service_id environment stage region kind kind_rule mechanism "
    "repo_id commit_sha artifact_digests version_label previous_deployment_id base_sha created_at "
    "started_at start_basis finished_at finish_basis fully_rolled_out_at outcome started_by_id "
    "change_request_id decision_id is_baseline is_shadow drops_changes observation_seconds run_ref",
    types={"drops_changes": "bool"},
    allowed={
        "stage": "production staging testing development preview unmapped",
        "kind": "normal hotfix rollback redeploy",
        "mechanism": "code config flag infrastructure data_migration",
        "start_basis": "running created",
        "finish_basis": "success terminal undated",
        "outcome": "success degraded failure error cancelled skipped running unknown",
    },
)

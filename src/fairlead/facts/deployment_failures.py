"""One piece of evidence that a deployment led to a failure in production.

Grain:    one row per deployment and evidence, and version.
Key:      deployment_id, evidence_kind, evidence_ref.
Order:    our own recorded instant; a person's verdict outranks the engine.
Late:     a failure counts where its deployment counts, whenever it opened.
Keep:     ten years.
Source:   delivery.md sections 3 and 4.9.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "deployment_failures",
    key="deployment_id evidence_kind evidence_ref",
    state="derived",
    event_at="failed_at",
    columns="confidence_ratio state failed_at recovered_at recovery_kind decided_by_id reason "
    "service_id",
    allowed={
        "evidence_kind": "incident change_request rollback revert hotfix human",
        "state": "suspected accepted confirmed rejected",
        "recovery_kind": "mitigated rollback hotfix flag_off",
    },
)

"""One attempt of one pipeline run, with its waiting, blocked and running time apart.

Grain:    one row per attempt and version.
Key:      source, run_ref, attempt_count (1, 2, ...).
Order:    the source's update instant.
Late:     a later state of the attempt is a new version.
Keep:     three years.
Source:   delivery.md sections 2, 3 and 4.12.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "pipeline_runs",
    key="source run_ref attempt_count",
    state="mutable",
    event_at="finished_at",
    columns="pipeline_id repo_id branch is_default_branch change_ref commit_sha kind trigger "
    "triggered_by_id rerun_kind parent_run_ref template_id template_version is_standard created_at "
    "started_at finished_at state result queue_seconds blocked_seconds duration_seconds",
    retention_days=1096,
    allowed={
        "kind": "ci deploy scheduled other",
        "trigger": "push merge_request schedule manual api upstream",
        "rerun_kind": "none human automatic unknown",
        "state": "pending executing blocked finalizing finished",
        "result": "success failure error timeout cancelled skipped",
    },
)

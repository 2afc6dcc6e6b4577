"""One task of one attempt of a pipeline run.

Grain:    one row per job and version.
Key:      source, job_ref.
Order:    the source's update instant.
Late:     a later state of the job is a new version.
Keep:     three years.
Source:   delivery.md sections 3, 4.12 and 4.14.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "pipeline_jobs",
    key="source job_ref",
    state="mutable",
    event_at="finished_at",
    columns="run_ref attempt_count repo_id commit_sha name config_hash retry_count retry_kind "
    "result failure_class allow_failure environment queued_at started_at finished_at",
    types={"allow_failure": "bool"},
    retention_days=1096,
    allowed={
        "retry_kind": "none human automatic unknown",
        "result": "success failure error timeout cancelled skipped",
        "failure_class": "code test infrastructure timeout unknown",
    },
)

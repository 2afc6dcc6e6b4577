"""One built thing, named by its digest, and the run and commit that made it.

Grain:    one row per digest and version.
Key:      artifact_digest.
Order:    the source's instant of the message.
Late:     a tag that moves is a new version.
Keep:     ten years.
Source:   delivery.md section 3.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "artifacts",
    key="artifact_digest",
    state="mutable",
    event_at="published_at",
    columns="purl tags repo_id commit_sha run_ref built_at published_at",
    types={"tags": "list"},
)

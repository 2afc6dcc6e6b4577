"""One commit and the first release that contains it.

Grain:    one row per commit of a release.
Key:      repo_id, commit_sha.
Order:    our own recorded instant, since it is derived.
Late:     a tag or commit found later recomputes the releases after it.
Keep:     for good.
Source:   delivery.md section 4.32; the fact type itself by decision record 0003.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "release_commits",
    key="repo_id commit_sha",
    state="derived",
    event_at="released_at",
    columns="tag released_at authored_at lead_time_seconds is_first_release excluded_reason "
    "service_id",
    retention_days=36_500,
    allowed={"excluded_reason": "negative_span"},
)

"""One path that a commit touched, as a diff to its first parent.

Grain:    one row per path of a commit.
Key:      repo_id, commit_sha, path.
Order:    the commit's instant; never changes.
Late:     arrives with its commit.
Keep:     for good, since path filters of ranges need it.
Source:   delivery.md section 3.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "commit_files",
    key="repo_id commit_sha path",
    state="final",
    event_at="committed_at",
    columns="previous_path added_count deleted_count is_binary committed_at",
    retention_days=36_500,
)

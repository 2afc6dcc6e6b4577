"""One git commit with its parents: the graph behind ranges, lead time and risk.

Grain:    one row per commit of a repository.
Key:      repo_id, commit_sha.
Order:    committed_at; a commit never changes, so one version is the rule.
Late:     a commit may arrive after the deployment that ships it; ranges are then recomputed.
Keep:     for good, since ranges need the whole graph.
Source:   delivery.md section 3.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "commits",
    key="repo_id commit_sha",
    state="final",
    event_at="committed_at",
    columns="parent_shas author_id committer_id co_author_ids authored_at committed_at subject "
    "trailers_json signature_state patch_id reverts_sha cherry_picked_from_sha",
    retention_days=36_500,
    allowed={"signature_state": "verified unverified none unknown"},
)

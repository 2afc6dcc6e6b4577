"""One integrated unit of work: a merge or pull request, else a lone commit of the default branch.

Grain:    one row per change and version.
Key:      repo_id, change_ref (`pr:12` or `commit:<sha>`).
Order:    the source's update instant.
Late:     a later state is a new version; its lead time counts where its deployment counts.
Keep:     ten years.
Source:   delivery.md sections 2 and 3.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "changes",
    key="repo_id change_ref",
    state="mutable",
    event_at="merged_at",
    columns="change_id title author_id author_kind ai_involvement ai_tool ai_evidence "
    "first_authored_at start_basis opened_at first_reviewed_at approved_at merged_at merged_by_id "
    "last_pusher_id head_sha merge_sha integration commit_shas base_branch labels ticket_ids "
    "reverts_change_id state",
    types={"labels": "list"},
    allowed={
        "author_kind": "human bot ai",
        "start_basis": "commit opened squash_commit",
        "integration": "merge squash rebase fast_forward direct unknown",
        "state": "open merged closed",
    },
)

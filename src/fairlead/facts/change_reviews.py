"""One review of a change: who said what about which commit.

Grain:    one row per review.
Key:      repo_id, change_ref, review_ref.
Order:    submitted_at, or the instant at which it was dismissed.
Late:     a dismissal is a later version of the same review.
Keep:     ten years.
Source:   delivery.md section 3.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "change_reviews",
    key="repo_id change_ref review_ref",
    state="final",
    event_at="submitted_at",
    columns="reviewer_id reviewer_kind verdict commit_sha submitted_at",
    allowed={
        "reviewer_kind": "human bot ai",
        "verdict": "approved changes_requested commented dismissed",
    },
)

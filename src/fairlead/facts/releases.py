"""One release tag of a repository: what git alone knows of a release.

Grain:    one row per tag and version.
Key:      repo_id, tag.
Order:    released_at; a moved tag is a new version in the order of the scan.
Late:     a tag found later takes its place by its own instant.
Keep:     for good.
Source:   delivery.md section 4.32; the fact type itself by decision record 0003.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "releases",
    key="repo_id tag",
    state="mutable",
    event_at="released_at",
    columns="commit_sha released_at instant_basis version_label is_prerelease service_id",
    retention_days=36_500,
    allowed={"instant_basis": "tagger commit"},
)

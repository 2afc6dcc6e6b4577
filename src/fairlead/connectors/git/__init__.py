"""Plain git: commits, their paths, release tags and branch tips of any repository.

Reads:    a local path (bare or work tree), a bundle file or a fetched mirror; no API, no scope.
Emits:    commits, commit_files, releases; deployment_events by the rule `production`.
Key:      (repo_id, commit_sha); + path; (repo_id, tag); (source, `<ref>@<sha>`).
Order:    commits and paths by committer instant; tags by the instant of the scan.
Limits:   paths are diffs to the first parent, so a merge shows what it brought into its branch.
Not covered: pull requests, reviews, approvals, pipeline runs; signatures are seen, not verified.
          A branch named by `production` counts from its tip at each scan, not from its reflog.
Errors:   FL3102 no committer instant, FL3103 instant in the future, FL3107 unknown record,
          FL3111 a setting is no regular expression.
Source:   git-cat-file(1), git-diff-tree(1), gitformat-pack(5); delivery.md 4.32 and section 6.
"""

from fairlead.connectors.contract import Connector
from fairlead.connectors.git.mapping import map_payload

CONNECTOR = Connector(
    id="git",
    name="plain git",
    emits=("commits", "commit_files", "releases", "deployment_events"),
    map_payload=map_payload,
    settings={
        "tag_pattern": "Regular expression of release tags; groups `version` and `service` are "
        r"read where it has them. Default `^v?\d+\.\d+\.\d+$`; pre-releases stay apart.",
        "production": "Rule that makes refs deployments: `refs` (regular expression of full ref "
        "names), `environment` (default `production`), `service` (name of the service).",
    },
)

"""Buildkite: builds and jobs, from webhooks and from the REST API.

Reads:       webhooks `build.*`, `job.*`; REST v2 builds with their jobs (token, `read_builds`).
Emits:       pipeline_runs, pipeline_jobs.
Key:         runs: run_ref = build id, attempt_count 1; jobs: job_ref = job id. A rebuild is a build
             of its own (rerun_kind `human`): what it repeats is no parent, and a triggered build
             names the build that triggered it as its parent.
Order:       the newest instant of the record; of REST one microsecond more, since it has the jobs.
Limits:      pages of 100 by `Link`, newest first: the checkpoint moves when all pages are safe.
             The pull asks by finish, so a running build is known by webhook alone.
Not covered: agents, annotations, artifacts, test analytics. Webhook builds carry no jobs, so
             blocked time and duration come with the pull.
Errors:      FL3102, FL3103, FL3104, FL3105, FL3107 (unknown event), FL3110 (unknown state). A
             finished build with `blocked: true` is not finished: it waits for a person.
Source:      buildkite.com/docs: webhooks (build and job events), REST API builds and jobs; the
             names of the retry fields as the builds page shows them.
"""

from fairlead.connectors.buildkite.mapping import map_payload, split
from fairlead.connectors.buildkite.plan import auth_headers, plan
from fairlead.connectors.contract import Connector

CONNECTOR = Connector(
    id="buildkite",
    name="Buildkite",
    emits=("pipeline_runs", "pipeline_jobs"),
    map_payload=map_payload,
    split=split,
    plan=plan,
    auth_headers=auth_headers,
    base_url="https://api.buildkite.com",
    secrets=("token",),
    settings={
        "organization": "Slug of the organisation to pull.",
        "deploy_pipelines": "Globs of pipeline slugs that deploy; others are CI.",
    },
)

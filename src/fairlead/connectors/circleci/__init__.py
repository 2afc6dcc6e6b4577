"""CircleCI: workflows and their jobs, from webhooks and from API v2.

Reads:       webhooks `workflow-completed`, `job-completed`; API v2 pipelines, workflows, jobs
             (personal API token, read).
Emits:       pipeline_runs, pipeline_jobs.
Key:         runs: run_ref = `<pipeline id>/<workflow name>`, attempt_count; jobs: job_ref = job id.
             A re-run is a new workflow of the same pipeline and name: which attempt it is, only
             its siblings tell, ordered by created_at. The pull sees them. A webhook does not: it
             writes attempt 1 with rerun_kind `unknown` (so the run leaves K11), a later re-run
             replaces it, and the setting `reruns: never` says that there are none.
Order:       the newest instant of the record; of the API the same plus 2^60, so that what saw the
             siblings outranks every webhook of the same attempt.
Limits:      pages by `next_page_token`, newest first: the checkpoint moves when all pages are safe.
             Pipelines younger than `lookback_days` (3) are asked again, since they may be re-run.
Not covered: steps, tests, artifacts, usage; pipelines older than the look-back that are re-run. A
             webhook has no start of a workflow: queue and duration come with the pull. A workflow
             with an approval job has no blocked time, as the API does not date it: its duration is
             null, flag `blocked_time_unknown`.
Errors:      FL3102, FL3103, FL3104, FL3105, FL3107 (unknown type), FL3110 (unknown status).
Source:      circleci.com/docs: outbound webhooks reference, API v2 reference, automatic reruns.
"""

from fairlead.connectors.circleci.mapping import map_payload, split
from fairlead.connectors.circleci.plan import auth_headers, plan
from fairlead.connectors.contract import Connector

CONNECTOR = Connector(
    id="circleci",
    name="CircleCI",
    emits=("pipeline_runs", "pipeline_jobs"),
    map_payload=map_payload,
    split=split,
    plan=plan,
    auth_headers=auth_headers,
    base_url="https://circleci.com",
    secrets=("token",),
    settings={
        "projects": "Project slugs to pull, such as `gh/acme/shop`.",
        "default_branches": "Names of default branches, where the payload does not say.",
        "deploy_workflows": "Globs of workflow names that deploy; others are CI.",
        "reruns": "`never`: webhooks are first attempts; else their re-runs are unknown.",
        "lookback_days": "Age in days up to which pipelines are asked again; 3 when absent.",
    },
)

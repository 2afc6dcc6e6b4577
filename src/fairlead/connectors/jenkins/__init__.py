"""Jenkins: builds as pipeline runs and the stages of pipelines as their jobs.

Reads:       `api/json` of folders, multibranch jobs and builds; `wfapi/describe` of the plug-in
             pipeline-rest-api, where it is installed; queue times of the plug-in metrics.
Emits:       pipeline_runs, pipeline_jobs.
Key:         `<job>#<number>`; a replayed, rebuilt or restarted build is a later attempt of the
             build that it repeats, counted by its distance, so attempts rise but may leave gaps;
             `<job>#<number>/<stage id>`.
Order:       finish of a finished build, start of a running one; then the later state.
Limits:      builds in ranges of 100; builds that Jenkins discarded are gone.
Not covered: messages (Jenkins sends none of its own); queued items before they are builds;
             infrastructure errors (Jenkins calls them FAILURE); retries inside a stage;
             deployments, which a `DeploymentRule` makes from jobs.
Errors:      FL3102, FL3103, FL3104, FL3107, FL3110.
Source:      Jenkins remote access API; pipeline-rest-api plug-in documentation.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from fairlead.connectors.contract import Connector
from fairlead.connectors.jenkins.mapping import map_payload, split
from fairlead.connectors.jenkins.plan import plan


def auth_headers(secrets: Mapping[str, str]) -> Mapping[str, str]:
    """Basic authentication of the account (`user`) with its API token (`token`)."""
    if "user" not in secrets or "token" not in secrets:
        return {}
    pair = f"{secrets['user']}:{secrets['token']}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


CONNECTOR = Connector(
    id="jenkins",
    name="Jenkins",
    emits=("pipeline_runs", "pipeline_jobs"),
    map_payload=map_payload,
    split=split,
    plan=plan,
    auth_headers=auth_headers,
    settings={
        "jobs": "Jobs or folders to pull, by full name (`shop/main`); all when absent.",
        "deploy_jobs": "Globs of jobs (full name) whose builds deploy.",
        "libraries": "Globs of repositories that are shared libraries, not the code built.",
        "default_branch": "Default branch, for jobs that are not multibranch.",
    },
    secrets=("user", "token"),
)

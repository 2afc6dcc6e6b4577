"""GitHub and GitHub Actions: runs, jobs, deployments, changes, reviews, commits and release tags.

Reads:       webhooks `workflow_run`, `workflow_job`, `deployment`, `deployment_status`,
             `pull_request`, `pull_request_review`, `issue_comment`, `push`, `release`, `create`;
             REST API version 2022-11-28 with read access to actions, contents, deployments,
             metadata and pull requests.
Emits:       pipeline_runs, pipeline_jobs, deployment_events, changes, change_reviews, commits,
             releases.
Key:         run id and `run_attempt`; job id; `deployment:<id>` and `status:<id>`; repository
             (`owner/name`) with `pr:<number>`, review id, commit SHA, tag.
Order:       `updated_at` of runs and pull requests, the state's own instant of jobs, `created_at`
             of statuses, submission or dismissal of reviews. GitHub's clock ticks in seconds:
             within one, the later state and then the record with more detail wins.
Limits:      100 records a page, followed by `Link`; a search of runs ends at 1,000, so it is cut
             by `created`; a pull request lists 250 commits (flag `commit_list_cut`).
Not covered: last pusher of a change; parents of commits in `push`; services in one deployment
             (name them by `service_field`); test reports; the approval of environments. A run
             that is run again later than `rerun_lookback_seconds` is seen through webhooks alone.
Errors:      FL3102, FL3103, FL3104, FL3105, FL3107, FL3110.
Source:      GitHub documentation of webhook events and payloads and of the REST API.
"""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.connectors.contract import Connector
from fairlead.connectors.github.mapping import map_payload, split
from fairlead.connectors.github.plan import plan


def auth_headers(secrets: Mapping[str, str]) -> Mapping[str, str]:
    """The headers of a pull: the token as bearer, and the version of the API."""
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    token = secrets.get("token")
    return {**headers, "Authorization": f"Bearer {token}"} if token else headers


CONNECTOR = Connector(
    id="github",
    name="GitHub",
    emits=(
        "pipeline_runs",
        "pipeline_jobs",
        "deployment_events",
        "changes",
        "change_reviews",
        "commits",
        "releases",
    ),
    map_payload=map_payload,
    split=split,
    plan=plan,
    auth_headers=auth_headers,
    base_url="https://api.github.com",
    resources={
        "runs": ("pipeline_runs", "pipeline_jobs"),
        "deployments": ("deployment_events",),
        "pulls": ("changes", "change_reviews", "commits"),
        "commits": ("commits",),
        "releases": ("releases",),
    },
    settings={
        "repositories": "Repositories to pull, as `owner/name`.",
        "deploy_workflows": "Globs of workflows (file, path or name) whose runs deploy.",
        "ci_workflows": "Globs of workflows that build and test, whatever starts them.",
        "ticket_pattern": "Regular expression of ticket keys; its first group, or all of it.",
        "service_field": "Field of a deployment that names the service (`payload.service`).",
        "ai_accounts": "Globs of accounts that are AI agents.",
        "ai_labels": "Globs of labels that say that AI assisted.",
        "with_jobs": "Whether to pull the jobs of each run (default true).",
        "rerun_lookback_seconds": "How far back runs are read again for re-runs (86400).",
    },
    secrets=("token", "webhook_secret"),
)

"""GitLab and GitLab CI: pipelines, jobs, deployments, flags, changes, reviews, commits and tags.

Reads:       messages Push, Tag Push, Merge Request, Note, Pipeline, Job, Deployment, Feature Flag
             and Release; REST API v4 with scope `read_api`.
Emits:       pipeline_runs, pipeline_jobs, deployment_events, changes, change_reviews, commits,
             releases.
Key:         pipeline id (one attempt each); job id; `deployment:<id>:<state>`; project path with
             `pr:<iid>`, `approval:<account>` or `note:<id>`, commit SHA, tag.
Order:       the latest instant that a pipeline or job names, `updated_at` of merge requests,
             `status_changed_at` of deployments; within one instant the later status and then the
             record with more detail wins.
Limits:      100 records a page, followed by `Link` (page number or keyset cursor); a push lists 20
             commits (flag `commit_list_cut`); one push to more than three branches or tags sends no
             message.
Not covered: author and integration of a change from messages alone; blocked time; who retried a
             job (`retry_kind` unknown); the instant and environment of a feature flag; steps of a
             deployment between creation and end from the REST API.
Errors:      FL3102, FL3103, FL3104, FL3105, FL3107, FL3110.
Source:      GitLab documentation of webhook events and of the REST API.
"""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.connectors.contract import Connector
from fairlead.connectors.gitlab.mapping import map_payload, split
from fairlead.connectors.gitlab.plan import plan


def auth_headers(secrets: Mapping[str, str]) -> Mapping[str, str]:
    """The header of a pull: a personal, group or project access token."""
    token = secrets.get("token")
    return {"PRIVATE-TOKEN": token} if token else {}


CONNECTOR = Connector(
    id="gitlab",
    name="GitLab",
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
    base_url="https://gitlab.com/api/v4",
    resources={
        "pipelines": ("pipeline_runs", "pipeline_jobs"),
        "deployments": ("deployment_events",),
        "merge_requests": ("changes", "change_reviews", "commits"),
        "commits": ("commits",),
        "releases": ("releases",),
    },
    settings={
        "projects": "Projects to pull, by full path (`acme/shop`).",
        "deploy_pipelines": "Globs of project paths or pipeline names whose pipelines deploy.",
        "ticket_pattern": "Regular expression of ticket keys; its first group, or all of it.",
        "flag_environment": "Environment in which feature flags of GitLab act.",
        "ai_accounts": "Globs of accounts that are AI agents.",
    },
    secrets=("token", "webhook_secret"),
)

"""The names of GitHub's webhook events, and how an event is told from a body that names none.

Source: the event names of GitHub's webhook documentation (events and payloads), 2025.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Names that carry no delivery fact; a name outside both sets is not GitHub's (FL3107).
_UNMAPPED_NAMES = """
branch_protection_configuration branch_protection_rule check_run check_suite code_scanning_alert
commit_comment content_reference custom_property custom_property_values delete dependabot_alert
deploy_key deployment_protection_rule deployment_review discussion discussion_comment fork
github_app_authorization gollum installation installation_repositories installation_target
issue_dependencies issues label marketplace_purchase member membership merge_group meta milestone
org_block organization package page_build personal_access_token_request ping project project_card
project_column projects_v2 projects_v2_item projects_v2_status_update public
pull_request_review_comment pull_request_review_thread registry_package repository
repository_advisory repository_dispatch repository_import repository_ruleset
repository_vulnerability_alert secret_scanning_alert secret_scanning_alert_location
secret_scanning_scan security_advisory security_and_analysis sponsorship star status sub_issues
team team_add watch workflow_dispatch
"""
NOT_NEEDED = frozenset(_UNMAPPED_NAMES.split())

_MAPPED_NAMES = """
workflow_run workflow_job deployment deployment_status pull_request pull_request_review
issue_comment push commit release create
"""
MAPPED = frozenset(_MAPPED_NAMES.split())

# First match wins: a deployment status encloses its deployment, a job may too, and both a run.
_BY_KEY = (
    (("deployment_status",), "deployment_status"),
    (("workflow_job",), "workflow_job"),
    (("deployment",), "deployment"),
    (("workflow_run",), "workflow_run"),
    (("review", "pull_request"), "pull_request_review"),
    (("comment", "pull_request"), "pull_request_review_comment"),
    (("pull_request",), "pull_request"),
    (("comment", "issue"), "issue_comment"),
    (("release",), "release"),
    (("commits", "ref"), "push"),
    (("ref_type", "master_branch"), "create"),
    (("ref_type", "pusher_type"), "delete"),
)

# Records of the REST API stand alone; these fields tell their kind.
_BY_RECORD = (
    (("run_number", "workflow_id"), "workflow_run"),
    (("run_id", "steps"), "workflow_job"),
    (("statuses_url", "environment", "sha"), "deployment"),
    (("deployment_url", "state"), "deployment_status"),
    (("number", "head", "base"), "pull_request"),
    (("pull_request_url", "submitted_at"), "pull_request_review"),
    (("tag_name", "target_commitish"), "release"),
    (("sha", "commit", "parents"), "commit"),
)

LISTS = {
    "workflow_runs": "workflow_run",
    "jobs": "workflow_job",
}


def event_of(body: Mapping[str, Any]) -> str | None:
    """The event or resource that a body is of, by its own fields; None when it does not tell."""
    for fields, event in (*_BY_RECORD, *_BY_KEY):
        if all(name in body for name in fields):
            return event
    return None


def event_in_name(name: str) -> str | None:
    """The event that a file is named after (`workflow_run.ndjson`), or None."""
    stem = name.rpartition("/")[2].partition(".")[0]
    return stem if stem in MAPPED or stem in NOT_NEEDED else None

"""Write GitLab's payloads: merge requests, commits, pipelines, deployments.

Merge requests and commits are records of the REST API with the project that a pull adds; pipelines
and deployments are webhooks, each with GitLab's own form of instants.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fairlead.demo.acme.company import ZONE_NAME, Service, people
from fairlead.demo.acme.instants import iso, iso_or_none, spaced
from fairlead.demo.acme.outbox import Outbox
from fairlead.demo.acme.records import Attempt, Change, Commit, Release, Run, RunAttempt

SOURCE = "gitlab"
BOT = "renovate-bot"
FIRST_PIPELINE_ID = 3_000_000
FIRST_RELEASE_JOB_ID = 70_000_000
_ZONE = ZoneInfo(ZONE_NAME)
_NOTES = {
    "approved": "approved this merge request",
    "changes_requested": "requested changes",
    "commented": "Could this be simpler?",
}
_STATUSES = {"success": "success", "cancelled": "canceled"}


def account(login: str) -> dict[str, Any]:
    """A user as GitLab encloses it."""
    person = people().get(login)
    if person is None:
        return {"id": 77, "username": BOT, "name": "Renovate"}
    return {"id": person.number, "username": login, "name": person.name}


def project(repo: str) -> dict[str, Any]:
    """The project as every message encloses it."""
    return {
        "id": 300 + sum(map(ord, repo)),
        "name": repo.rpartition("/")[2],
        "path_with_namespace": repo,
        "default_branch": "main",
        "web_url": f"https://gitlab.acme.example/{repo}",
    }


def send_changes(outbox: Outbox, repo: str, changes: list[Change], root: Commit) -> None:
    """Every merge request and every commit."""
    outbox.send(SOURCE, "commit", root.committed_at, _commit_record(repo, root))
    for change in changes:
        if change.number:
            updated_at = max(change.opened_at, change.merged_at or 0, change.closed_at or 0)
            outbox.send(SOURCE, "merge_request", updated_at + 3, merge_request(repo, change))
        commits = [*change.commits, *([change.merge_commit] if change.merge_commit else [])]
        for item in commits:
            if item.is_on_main:
                outbox.send(SOURCE, "commit", item.committed_at + 30, _commit_record(repo, item))


def _commit_record(repo: str, item: Commit) -> dict[str, Any]:
    return {"commit": commit(repo, item), "project": project(repo)}


def commit(repo: str, item: Commit) -> dict[str, Any]:
    """A commit as the REST API lists it."""
    person = account(item.author)
    mail = f"{person['username']}@acme.example"
    return {
        "id": item.sha,
        "short_id": item.sha[:8],
        "parent_ids": list(item.parents),
        "title": item.message.partition("\n")[0],
        "message": item.message,
        "author_name": person["name"],
        "author_email": mail,
        "authored_date": iso(item.authored_at),
        "committer_name": person["name"],
        "committer_email": mail,
        "committed_date": iso(item.committed_at),
        "web_url": f"https://gitlab.acme.example/{repo}/-/commit/{item.sha}",
    }


def merge_request(repo: str, change: Change) -> dict[str, Any]:
    """A merge request with its commits and approvals."""
    state = "merged" if change.merged_at else "closed" if change.closed_at else "opened"
    updated_at = max(change.opened_at, change.merged_at or 0, change.closed_at or 0)
    record = {
        "id": 800_000 + change.number,
        "iid": change.number,
        "state": state,
        "title": change.title,
        "description": "",
        "author": account(change.author),
        "labels": list(change.labels),
        "source_branch": change.branch,
        "target_branch": "main",
        "sha": change.head_sha,
        "created_at": iso(change.opened_at),
        "updated_at": iso(updated_at),
        "merged_at": iso_or_none(change.merged_at),
        "closed_at": iso_or_none(change.closed_at),
        "merge_commit_sha": change.main_sha if change.merged_at else None,
        "squash_commit_sha": None,
        "merge_user": account(change.merged_by) if change.merged_at else None,
    }
    return {
        "merge_request": record,
        "commits": [commit(repo, item) for item in change.commits],
        "notes": _notes(change),
        "project": project(repo),
    }


def _notes(change: Change) -> list[dict[str, Any]]:
    """What reviewers said; approvals and wishes for changes are notes of the system."""
    return [
        {
            "id": 40_000_000 + change.number * 10 + index,
            "body": _NOTES[review.verdict],
            "author": account(review.reviewer),
            "created_at": iso(review.at),
            "system": review.verdict != "commented",
        }
        for index, review in enumerate(change.reviews)
    ]


def send_run(outbox: Outbox, run: Run, run_id: int) -> None:
    """A pipeline of the build, as its last message tells it."""
    attempt = run.attempts[-1]
    status = _STATUSES.get(attempt.result, "failed")
    source = {"push": "push", "pull_request": "merge_request_event", "schedule": "schedule"}
    body = _pipeline(run.service, run_id, run.branch, run.sha, source.get(run.event, "web"), status)
    body["object_attributes"] |= {
        "created_at": spaced(attempt.created_at),
        "finished_at": spaced(attempt.finished_at),
        "duration": attempt.finished_at - attempt.started_at,
    }
    body["user"] = account(run.actor)
    if run.change is not None and run.event == "pull_request":
        body["merge_request"] = {"iid": run.change.number, "target_branch": "main"}
    body["builds"] = _builds(run_id, attempt)
    outbox.send(SOURCE, "pipeline", attempt.finished_at + 2, body)


def _pipeline(
    service: Service, run_id: int, ref: str, sha: str, source: str, status: str
) -> dict[str, Any]:
    return {
        "object_kind": "pipeline",
        "object_attributes": {
            "id": run_id, "iid": run_id % 100_000, "ref": ref, "tag": False, "sha": sha,
            "source": source, "status": status,
        },
        "project": project(service.repo),
    }  # fmt: skip


def _builds(run_id: int, attempt: RunAttempt) -> list[dict[str, Any]]:
    middle = attempt.started_at + (attempt.finished_at - attempt.started_at) // 2
    is_broken = attempt.result not in ("success", "cancelled")
    reasons = {"timed_out": "job_execution_timeout", "startup_failure": "runner_system_failure"}
    spans = [("build", attempt.started_at, middle), ("test", middle, attempt.finished_at)]
    found = []
    for index, (name, start, end) in enumerate(spans):
        is_last = index == len(spans) - 1
        job = {
            "id": run_id * 10 + index,
            "stage": name,
            "name": name,
            "status": _STATUSES.get(attempt.result, "failed") if is_last else "success",
            "created_at": spaced(attempt.created_at),
            "started_at": spaced(start),
            "finished_at": spaced(end),
            "allow_failure": False,
            "failure_reason": None,
        }
        if is_last and is_broken:
            job["failure_reason"] = reasons.get(attempt.result, "script_failure")
        found.append(job)
    return found


def send_release(outbox: Outbox, release: Release) -> None:
    """Deployment messages; for the service deployed by rule the pipeline whose jobs deploy."""
    if release.service.is_deployed_by_rule:
        _send_release_pipeline(outbox, release)
        return
    for attempt in release.attempts:
        outcome = "success" if attempt.is_success else "failed"
        for status, at in (("running", attempt.started_at), (outcome, attempt.finished_at)):
            outbox.send(SOURCE, "deployment", at + 1, _deployment(release, attempt, status, at))


def _deployment(release: Release, attempt: Attempt, status: str, at: int) -> dict[str, Any]:
    is_staging = attempt.environment == "staging"
    service = release.service
    local = datetime.fromtimestamp(at, _ZONE)
    return {
        "object_kind": "deployment",
        "status": status,
        "status_changed_at": f"{local:%Y-%m-%d %H:%M:%S %z}",
        "deployment_id": attempt.number,
        "deployable_id": FIRST_RELEASE_JOB_ID + attempt.number,
        "environment": "staging" if is_staging else "production",
        "environment_tier": "staging" if is_staging else "production",
        "short_sha": release.sha[:8],
        "ref": release.ref,
        "user": account(release.requested_by),
        "commit_url": f"https://gitlab.acme.example/{service.repo}/-/commit/{release.sha}",
        "project": project(service.repo),
    }


def _send_release_pipeline(outbox: Outbox, release: Release) -> None:
    """Jobs named after the environment; a second try is a new job of the same name."""
    first, last = release.attempts[0], release.attempts[-1]
    run_id = FIRST_RELEASE_JOB_ID + first.number
    body = _pipeline(release.service, run_id, "release", release.sha, "web", "success")
    body["object_attributes"] |= {
        "created_at": spaced(first.created_at), "finished_at": spaced(last.finished_at),
    }  # fmt: skip
    body["user"] = account(release.requested_by)
    body["builds"] = [
        {
            "id": FIRST_RELEASE_JOB_ID + attempt.number,
            "stage": "deploy",
            "name": f"deploy-{'staging' if attempt.environment == 'staging' else 'production'}",
            "status": "success" if attempt.is_success else "failed",
            "created_at": spaced(attempt.created_at),
            "started_at": spaced(attempt.started_at),
            "finished_at": spaced(attempt.finished_at),
            "allow_failure": False,
            "failure_reason": None if attempt.is_success else "script_failure",
        }
        for attempt in release.attempts
    ]
    outbox.send(SOURCE, "pipeline", last.finished_at + 2, body)

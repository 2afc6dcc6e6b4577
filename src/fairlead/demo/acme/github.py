"""Write GitHub's payloads: pull requests with commits and reviews, commits, deployments, statuses.

Shapes follow GitHub's webhook and REST documentation, with the fields that say something here. A
pull request is enclosed with its commits and reviews, which is what a pull of the API builds.
"""

from __future__ import annotations

from typing import Any

from fairlead.demo.acme.company import PLATFORM_REPO, people
from fairlead.demo.acme.instants import iso, iso_or_none
from fairlead.demo.acme.outbox import Outbox
from fairlead.demo.acme.records import Attempt, Change, Commit, Release

API = "https://api.github.com/repos"
SOURCE = "github"
_STATES = {
    "approved": "APPROVED",
    "changes_requested": "CHANGES_REQUESTED",
    "commented": "COMMENTED",
}
_SCRATCH = ("perf-lab", "demo-booth")


def user(login: str) -> dict[str, Any]:
    """An account; names in brackets are machines."""
    person = people().get(login)
    if person is None:
        return {"login": login, "id": 49_699_333 + len(login), "type": "Bot", "site_admin": False}
    return {"login": login, "id": person.number, "type": "User", "site_admin": False}


def repository(repo: str) -> dict[str, Any]:
    """The repository as every webhook encloses it."""
    owner, _, name = repo.partition("/")
    return {
        "id": 700_000 + sum(map(ord, repo)) * 31,
        "name": name,
        "full_name": repo,
        "private": True,
        "owner": {"login": owner, "id": 9001, "type": "Organization"},
        "html_url": f"https://github.com/{repo}",
        "default_branch": "main",
    }


def send_changes(outbox: Outbox, repo: str, changes: list[Change], root: Commit) -> None:
    """Every pull request and every commit of the default branch's history."""
    outbox.send(SOURCE, "commit", root.committed_at, commit(repo, root))
    for change in changes:
        if change.number:
            _send_pull_request(outbox, repo, change)
        commits = [*change.commits, *([change.merge_commit] if change.merge_commit else [])]
        for item in commits:
            if item.is_on_main:
                outbox.send(SOURCE, "commit", item.committed_at + 30, commit(repo, item))


def commit(repo: str, item: Commit) -> dict[str, Any]:
    """A commit as the REST API lists it."""
    person = people().get(item.author)
    name = person.name if person else item.author
    mail = f"{item.author.replace('[bot]', '')}@acme.example"
    return {
        "sha": item.sha,
        "url": f"{API}/{repo}/commits/{item.sha}",
        "commit": {
            "author": {"name": name, "email": mail, "date": iso(item.authored_at)},
            "committer": {"name": name, "email": mail, "date": iso(item.committed_at)},
            "message": item.message,
            "verification": {"verified": person is not None, "reason": "valid"},
        },
        "author": user(item.author),
        "committer": user(item.author),
        "parents": [{"sha": sha} for sha in item.parents],
    }


def _send_pull_request(outbox: Outbox, repo: str, change: Change) -> None:
    body = pull_request(repo, change)
    updated_at = _updated_at(change)
    if outbox.has_noise and outbox.rng.random() < 0.02 and change.merged_at is not None:
        earlier = {**body["pull_request"], "title": f"WIP {change.title}", "state": "open"}
        earlier |= {"merged_at": None, "closed_at": None, "merge_commit_sha": None}
        earlier |= {"updated_at": iso(change.opened_at + 60), "merged_by": None}
        outbox.send(
            SOURCE, "pull_request", change.opened_at + 61, {**body, "pull_request": earlier}
        )
    outbox.send(SOURCE, "pull_request", updated_at + 2, body)


def _updated_at(change: Change) -> int:
    seen = [change.opened_at, change.merged_at or 0, change.closed_at or 0]
    return max(*seen, *(review.at for review in change.reviews))


def pull_request(repo: str, change: Change) -> dict[str, Any]:
    """A pull request with its commits and reviews."""
    ended_at = change.merged_at or change.closed_at
    record = {
        "id": 1_600_000_000 + change.number,
        "number": change.number,
        "state": "closed" if ended_at else "open",
        "title": change.title,
        "body": _body(repo, change),
        "user": user(change.author),
        "labels": [{"name": label} for label in change.labels],
        "created_at": iso(change.opened_at),
        "updated_at": iso(_updated_at(change)),
        "closed_at": iso_or_none(ended_at),
        "merged_at": iso_or_none(change.merged_at),
        "merged_by": user(change.merged_by) if change.merged_at else None,
        "merge_commit_sha": change.main_sha if change.merged_at else None,
        "draft": False,
        "head": {"ref": change.branch, "sha": change.head_sha, "repo": {"full_name": repo}},
        "base": {"ref": "main", "repo": {"full_name": repo}},
    }
    return {
        "pull_request": record,
        "commits": [commit(repo, item) for item in change.commits],
        "reviews": _reviews(change),
        "repository": repository(repo),
    }


def _body(repo: str, change: Change) -> str | None:
    """A revert names the pull request that it takes back, as GitHub's button writes it."""
    if change.reverts is None or not change.reverts.number:
        return None
    return f"Reverts {repo}#{change.reverts.number}"


def _reviews(change: Change) -> list[dict[str, Any]]:
    return [
        {
            "id": 2_000_000_000 + change.number * 10 + index,
            "user": user(review.reviewer),
            "state": _STATES[review.verdict],
            "commit_id": change.head_sha,
            "submitted_at": iso(review.at),
        }
        for index, review in enumerate(change.reviews)
    ]


def environment_name(attempt: Attempt) -> str:
    """What GitHub's deployments call the environment."""
    return "staging" if attempt.environment == "staging" else f"production-{attempt.environment}"


def send_release(outbox: Outbox, release: Release) -> None:
    """The deployments of a release, each with its statuses."""
    for attempt in release.attempts:
        _send_deployment(outbox, release, attempt, environment_name(attempt))
    if outbox.has_noise and outbox.rng.random() < 0.02:
        first = release.attempts[0]
        scratch = Attempt(
            first.number + 500_000, "scratch", first.created_at, first.started_at, first.finished_at
        )
        _send_deployment(outbox, release, scratch, outbox.rng.choice(_SCRATCH))


def _send_deployment(outbox: Outbox, release: Release, attempt: Attempt, environment: str) -> None:
    repo = release.service.repo
    deployment = {
        "id": attempt.number,
        "url": f"{API}/{repo}/deployments/{attempt.number}",
        "sha": release.sha,
        "ref": release.ref,
        "task": "deploy",
        "payload": {"service": release.service.id} if repo == PLATFORM_REPO else {},
        "environment": environment,
        "production_environment": environment.startswith("production"),
        "transient_environment": False,
        "creator": user(release.requested_by),
        "created_at": iso(attempt.created_at),
        "updated_at": iso(attempt.finished_at),
    }
    sender = {"repository": repository(repo), "sender": user(release.requested_by)}
    outbox.send(
        SOURCE,
        "deployment",
        attempt.created_at,
        {"action": "created", "deployment": deployment, **sender},
    )
    steps = [("in_progress", attempt.started_at), (_outcome(attempt), attempt.finished_at)]
    if attempt.is_success and attempt.number % 4 == 0:
        steps.append(("inactive", attempt.finished_at + 259_200))
    for index, (state, at) in enumerate(steps):
        status = {
            "id": attempt.number * 10 + index,
            "state": state,
            "environment": environment,
            "created_at": iso(at),
            "updated_at": iso(at),
            "creator": user(release.requested_by),
        }
        body = {
            "action": "created", "deployment_status": status, "deployment": deployment, **sender,
        }  # fmt: skip
        outbox.send(SOURCE, "deployment_status", at + 1, body)


def _outcome(attempt: Attempt) -> str:
    return "success" if attempt.is_success else ("error" if attempt.number % 5 == 0 else "failure")

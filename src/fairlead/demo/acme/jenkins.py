"""Write Jenkins' builds as a pull makes them: the job, the build of `api/json`, and its stages."""

from __future__ import annotations

from typing import Any

from fairlead.demo.acme.outbox import Outbox
from fairlead.demo.acme.records import Run

SOURCE = "jenkins"
_RESULTS = {"success": "SUCCESS", "failure": "UNSTABLE", "cancelled": "ABORTED"}
_STATUSES = {"SUCCESS": "SUCCESS", "UNSTABLE": "UNSTABLE", "ABORTED": "ABORTED"}


def job_name(service_id: str) -> str:
    """The multibranch job of a service; its branches are jobs below it."""
    return f"acme/{service_id}"


def send_run(outbox: Outbox, run: Run) -> None:
    """A finished build."""
    name = f"{job_name(run.service.id)}/{run.branch}"
    job = {
        "_class": "org.jenkinsci.plugins.workflow.job.WorkflowJob",
        "fullName": name,
        "is_multibranch": True,
        "is_primary": run.branch == "main",
    }
    body = {"job": job, "build": _build(run, name), "describe": _describe(run)}
    outbox.send(SOURCE, "build", run.attempts[-1].finished_at + 300, body)


def _result(run: Run) -> str:
    return _RESULTS.get(run.attempts[-1].result, "FAILURE")


def _build(run: Run, name: str) -> dict[str, Any]:
    attempt = run.attempts[-1]
    return {
        "_class": "org.jenkinsci.plugins.workflow.job.WorkflowRun",
        "number": run.number,
        "url": f"https://jenkins.acme.example/job/{name.replace('/', '/job/')}/{run.number}/",
        "building": False,
        "result": _result(run),
        "timestamp": attempt.started_at * 1000,
        "duration": (attempt.finished_at - attempt.started_at) * 1000,
        "actions": [_cause(run), _checkout(run), _queue(run)],
        "changeSets": [],
    }


def _cause(run: Run) -> dict[str, Any]:
    cause = {
        "_class": "jenkins.branch.BranchEventCause",
        "shortDescription": f"Push event to branch {run.branch}",
    }
    return {"_class": "hudson.model.CauseAction", "causes": [cause]}


def _checkout(run: Run) -> dict[str, Any]:
    branch = {"SHA1": run.sha, "name": f"refs/remotes/origin/{run.branch}"}
    return {
        "_class": "hudson.plugins.git.util.BuildData",
        "lastBuiltRevision": {"SHA1": run.sha, "branch": [branch]},
        "remoteUrls": [f"https://github.com/{run.service.repo}.git"],
    }


def _queue(run: Run) -> dict[str, Any]:
    attempt = run.attempts[-1]
    return {
        "_class": "jenkins.metrics.impl.TimeInQueueAction",
        "queuingDurationMillis": (attempt.started_at - attempt.created_at) * 1000,
    }


def _describe(run: Run) -> dict[str, Any]:
    """Two stages; what goes wrong goes wrong in the second."""
    attempt, result = run.attempts[-1], _result(run)
    status = _STATUSES.get(result, "FAILED")
    half = (attempt.finished_at - attempt.started_at) * 500
    begins = attempt.started_at * 1000
    stages: list[dict[str, Any]] = [
        {"id": "6", "name": "Build", "status": "SUCCESS", "startTimeMillis": begins},
        {"id": "14", "name": "Test", "status": status, "startTimeMillis": begins + half},
    ]
    for stage in stages:
        stage |= {"durationMillis": half, "pauseDurationMillis": 0}
    return {"status": status, "stages": stages, "queueDurationMillis": 0, "pauseDurationMillis": 0}

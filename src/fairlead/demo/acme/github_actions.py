"""Write GitHub Actions' payloads: attempts of workflow runs, and their jobs.

Runs of the default branch enclose their jobs, as a pull of the API does; of other runs only those
that went wrong are followed by `workflow_job` messages.
"""

from __future__ import annotations

from typing import Any

from fairlead.demo.acme.company import Service
from fairlead.demo.acme.github import API, SOURCE, repository, user
from fairlead.demo.acme.instants import iso
from fairlead.demo.acme.outbox import Outbox
from fairlead.demo.acme.records import Run, RunAttempt

FIRST_RUN_ID = 9_000_000_000
_CONCLUSIONS = {"success": "success", "cancelled": "cancelled", "timed_out": "failure"}


def workflow_path(run: Run) -> str:
    """The file of the workflow; a monorepo has one for each service."""
    if run.pipeline != "ci":
        return f".github/workflows/{run.pipeline}.yml"
    return f".github/workflows/{ci_file(run.service)}"


def ci_file(service: Service) -> str:
    """The build workflow of a service."""
    if service.is_in_monorepo:
        return f"ci-{service.id}.yml"
    return "ci.yml" if service.has_standard_pipeline else "build-legacy.yml"


def send_run(outbox: Outbox, run: Run, run_id: int) -> None:
    """Every attempt of a run, once it has completed."""
    for number, attempt in enumerate(run.attempts, start=1):
        body = _message(run, run_id, number, attempt)
        jobs = _jobs(run, run_id, number, attempt)
        if outbox.has_noise and number == 1 and outbox.rng.random() < 0.06:
            outbox.send(SOURCE, "workflow_run", attempt.started_at, _in_progress(body, attempt))
        if run.branch == "main" and jobs:
            body["jobs"] = jobs
        outbox.send(SOURCE, "workflow_run", attempt.finished_at + 1, body)
        if run.branch != "main" and run.outcome != "clean":
            for job in jobs:
                message = {
                    "action": "completed", "workflow_job": job, "repository": body["repository"],
                }  # fmt: skip
                outbox.send(SOURCE, "workflow_job", attempt.finished_at, message)


def _message(run: Run, run_id: int, number: int, attempt: RunAttempt) -> dict[str, Any]:
    repo = run.service.repo
    record = {
        "id": run_id,
        "name": workflow_path(run).rpartition("/")[2].partition(".")[0],
        "path": workflow_path(run),
        "workflow_id": 5_000_000 + sum(map(ord, repo + workflow_path(run))),
        "run_number": run.number,
        "run_attempt": number,
        "event": run.event,
        "status": "completed",
        "conclusion": attempt.result,
        "head_branch": run.branch,
        "head_sha": run.sha,
        "created_at": iso(run.attempts[0].created_at),
        "run_started_at": iso(attempt.created_at),
        "updated_at": iso(attempt.finished_at),
        "actor": user(run.actor),
        "triggering_actor": user(attempt.actor),
        "pull_requests": _pull_requests(run),
        "url": f"{API}/{repo}/actions/runs/{run_id}",
        "head_repository": {"full_name": repo},
    }
    return {
        "action": "completed", "workflow_run": record, "repository": repository(repo),
        "sender": record["triggering_actor"],
    }  # fmt: skip


def _pull_requests(run: Run) -> list[dict[str, Any]]:
    if run.change is None or run.event != "pull_request":
        return []
    base = {"ref": "main", "repo": {"url": f"{API}/{run.service.repo}"}}
    return [{"number": run.change.number, "head": {"ref": run.branch}, "base": base}]


def _in_progress(body: dict[str, Any], attempt: RunAttempt) -> dict[str, Any]:
    record = body["workflow_run"] | {
        "status": "in_progress", "conclusion": None, "updated_at": iso(attempt.started_at),
    }  # fmt: skip
    return {**body, "action": "in_progress", "workflow_run": record}


def _jobs(run: Run, run_id: int, number: int, attempt: RunAttempt) -> list[dict[str, Any]]:
    """Build, then test; what fails is mostly the test. A run that never started has none."""
    if attempt.result == "startup_failure" or run.pipeline == "deploy":
        return []
    middle = attempt.started_at + (attempt.finished_at - attempt.started_at) * 2 // 5
    stops_early = attempt.result not in ("success", "cancelled") and run_id % 4 == 0
    spans = [("build", attempt.started_at, attempt.finished_at if stops_early else middle)]
    spans += [] if stops_early else [("test", middle, attempt.finished_at)]
    found = []
    for index, (name, start, end) in enumerate(spans):
        is_last = index == len(spans) - 1
        conclusion = _CONCLUSIONS.get(attempt.result, attempt.result) if is_last else "success"
        found.append(
            {
                "id": (run_id * 10 + number) * 10 + index,
                "run_id": run_id,
                "run_attempt": number,
                "name": name,
                "status": "completed",
                "conclusion": conclusion,
                "head_sha": run.sha,
                "created_at": iso(attempt.created_at),
                "started_at": iso(start),
                "completed_at": iso(end),
                "runner_id": 17,
                "steps": [],
            }
        )
    return found

"""Deployments of GitHub and their statuses as messages of the deployment fold.

A deployment says that it was created; each status says what became of it, at the status's own
`created_at`. `updated_at` moves for reasons of its own and is never read. The tier is the source's
statement (`production_environment`, `transient_environment`), never guessed from a name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fairlead.connectors.contract import MappingContext, MappingError
from fairlead.connectors.github.records import (
    login_of,
    record_of,
    repository_of,
    required_id,
    required_moment,
)
from fairlead.connectors.reading import look_up
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

STATES = {
    "success": "success",
    "failure": "failure",
    "error": "error",
    "inactive": "inactive",
    "in_progress": "running",
    "queued": "queued",
    "pending": "queued",
    "waiting": "queued",
}
_KINDS = ("hotfix", "rollback", "redeploy")
_SHA = re.compile(r"^[0-9a-f]{40}([0-9a-f]{24})?$")


def deployment_facts(body: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    """The creation of a deployment, and the statuses enclosed with it."""
    deployment = record_of(body, "deployment")
    repo_id = repository_of(body, deployment)
    shared = _shared(body, deployment, repo_id, context)
    created_at = required_moment(deployment, "created_at", "deployment", context.received_at)
    event_ref = f"deployment:{shared['deployment_ref']}"
    values = {
        **shared,
        "event_ref": event_ref,
        "state": "created",
        "event_at": created_at,
        "environment": deployment.get("environment"),
    }
    created = Fact("deployment_events", values, order_of(created_at), event_ref)
    statuses = body.get("statuses") or ()
    return [created, *(_status_fact(item, deployment, shared, context) for item in statuses)]


def status_facts(body: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    """One status of a deployment, from a message or a record of the REST API."""
    status = record_of(body, "deployment_status")
    deployment = body.get("deployment")
    if not isinstance(deployment, Mapping):
        number = str(status.get("deployment_url") or "").rpartition("/")[2]
        deployment = {"id": number or None}
    shared = _shared(body, deployment, repository_of(body, status), context)
    return [_status_fact(status, deployment, shared, context)]


def _status_fact(
    status: Mapping[str, Any],
    deployment: Mapping[str, Any],
    shared: Mapping[str, Any],
    context: MappingContext,
) -> Fact:
    number = required_id(status, "id", "deployment_status")
    state = STATES.get(str(status.get("state")))
    if state is None:
        allowed = ", ".join(STATES)
        raise MappingError(
            "FL3110", "$.deployment_status.state", f"`{status.get('state')}`; allowed: {allowed}"
        )
    event_at = required_moment(status, "created_at", "deployment_status", context.received_at)
    values = {
        **shared,
        "event_ref": f"status:{number}",
        "state": state,
        "event_at": event_at,
        "environment": status.get("environment") or deployment.get("environment"),
        # Ids grow, so they order statuses of one second.
        "sequence_count": int(number) if number.isdigit() else None,
    }
    return Fact("deployment_events", values, order_of(event_at), f"status:{number}")


def _shared(
    body: Mapping[str, Any],
    deployment: Mapping[str, Any],
    repo_id: str,
    context: MappingContext,
) -> dict[str, Any]:
    run, check = body.get("workflow_run"), body.get("check_run")
    task = deployment.get("task")
    service = context.settings.get("service_field") if context.settings else None
    return {
        "deployment_ref": required_id(deployment, "id", "deployment"),
        "repo_id": repo_id,
        "service_ref": look_up(deployment, str(service)) if service else None,
        "environment_tier": _tier(deployment),
        "commit_sha": deployment.get("sha"),
        "kind": task if task in _KINDS else None,
        "run_ref": _number(run),
        # The check run of a job of GitHub Actions has the job's own id.
        "job_ref": _number(check) if isinstance(run, Mapping) else None,
        "started_by_id": login_of(deployment.get("creator")),
        **_version(deployment.get("ref")),
    }


def _number(record: object) -> str | None:
    found = record.get("id") if isinstance(record, Mapping) else None
    return None if found is None else str(found)


def _tier(deployment: Mapping[str, Any]) -> str | None:
    if deployment.get("production_environment") is True:
        return "production"
    return "preview" if deployment.get("transient_environment") is True else None


def _version(ref: object) -> dict[str, str]:
    if not isinstance(ref, str) or not ref or _SHA.match(ref):
        return {}
    if ref.startswith("refs/tags/"):
        return {"version_label": ref.removeprefix("refs/tags/")}
    return {"branch": ref.removeprefix("refs/heads/")}

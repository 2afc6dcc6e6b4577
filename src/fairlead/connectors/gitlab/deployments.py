"""Deployments and feature flags of GitLab as messages of the deployment fold.

A message names no deployment SHA but a short one, so the full SHA is read from `commit_url`. A
record of the REST API holds only the present state: it gives the creation and, where the state is
final, its own instant; the messages in between are the webhooks'.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fairlead.connectors.contract import MappingContext
from fairlead.connectors.gitlab.records import (
    moment,
    one_of,
    part,
    project_of,
    required_moment,
    required_part,
    required_text,
    username,
)
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

_STATES = {
    "created": "created",
    "blocked": "queued",
    "running": "running",
    "success": "success",
    "failed": "failure",
    "canceled": "cancelled",
    "skipped": "skipped",
}
_TIERS = {
    "production": "production",
    "staging": "staging",
    "testing": "testing",
    "development": "development",
    "other": None,
}
_SHA = re.compile(r"/commit/([0-9a-f]{40}(?:[0-9a-f]{24})?)\b")


def message_facts(body: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    """One message about a deployment, at the instant at which its status changed."""
    number = required_text(body, "deployment_id", "deployment_id")
    status = required_text(body, "status", "status")
    match = _SHA.search(str(body.get("commit_url") or ""))
    job = body.get("deployable_id")
    values = {
        "deployment_ref": number,
        "repo_id": project_of(body),
        "environment": body.get("environment"),
        "environment_tier": _TIERS.get(str(body.get("environment_tier"))),
        "commit_sha": match[1] if match else None,
        "branch": body.get("ref"),
        "job_ref": None if job is None else str(job),
        "started_by_id": username(body.get("user")),
    }
    at = required_moment(body, "status_changed_at", "status_changed_at", context.received_at)
    state = one_of(status, _STATES, "status")
    return [_event(values, state, at)]


def record_facts(body: Mapping[str, Any], context: MappingContext) -> list[Fact]:
    """A deployment of the REST API under `deployment`: creation, start and end as it knows them."""
    record = required_part(body, "deployment")
    job, environment = part(record, "deployable"), part(record, "environment")
    pipeline = part(job, "pipeline").get("id")
    values = {
        "deployment_ref": required_text(record, "id", "deployment.id"),
        "repo_id": project_of(body),
        "environment": environment.get("name"),
        "environment_tier": _TIERS.get(str(environment.get("tier"))),
        "commit_sha": record.get("sha"),
        "branch": None if job.get("tag") else record.get("ref"),
        "version_label": record.get("ref") if job.get("tag") else None,
        "run_ref": None if pipeline is None else str(pipeline),
        "job_ref": str(job["id"]) if job.get("id") else None,
        "started_by_id": username(record.get("user")),
    }
    created_at = required_moment(record, "created_at", "deployment.created_at", context.received_at)
    facts = [_event(values, "created", created_at)]
    started_at = moment(job, "started_at", "deployment.deployable.started_at")
    if started_at is not None:
        facts.append(_event(values, "running", started_at))
    state = one_of(record.get("status"), _STATES, "deployment.status")
    ended_at = _end(record, job)
    if state not in ("created", "queued", "running") and ended_at is not None:
        facts.append(_event(values, state, ended_at))
    return facts


def _end(record: Mapping[str, Any], job: Mapping[str, Any]) -> datetime | None:
    # updated_at of a deployment moves for other reasons, so its job's finish is preferred.
    return moment(job, "finished_at", "deployment.deployable.finished_at") or moment(
        record, "updated_at", "deployment.updated_at"
    )


def _event(values: Mapping[str, Any], state: str, at: datetime) -> Fact:
    # Message and record of one state are one event; a job's retry makes a new deployment.
    event_ref = f"deployment:{values['deployment_ref']}:{state}"
    return Fact(
        "deployment_events",
        {**values, "event_ref": event_ref, "state": state, "event_at": at},
        order_of(at),
        event_ref,
    )


def flag_facts(
    body: Mapping[str, Any], context: MappingContext, delivery_ref: str | None
) -> list[Fact]:
    """A feature flag that was turned on or off, as a deployment by flag at the instant of receipt.

    The message names no instant and no environment; where the flag acts, the settings say
    (`flag_environment`). The delivery's own id tells a repeated delivery from a second turn.
    """
    flag = required_part(body, "object_attributes")
    number = required_text(flag, "id", "object_attributes.id")
    at = context.received_at
    state = "on" if flag.get("active") else "off"
    ref = f"feature_flag:{number}:{state}:{delivery_ref or order_of(at)}"
    values = {
        "deployment_ref": ref,
        "event_ref": ref,
        "repo_id": project_of(body),
        "environment": context.settings.get("flag_environment"),
        "state": "success",
        "event_at": at,
        "version_label": f"{flag.get('name')}={state}",
        "started_by_id": username(body.get("user")),
        "mechanism": "flag",
    }
    return [Fact("deployment_events", values, order_of(at), ref)]

"""Write Argo CD's notifications: one when a sync runs, one when it has ended.

The shape is that of the notification template which Fairlead ships with its connector.
"""

from __future__ import annotations

import hashlib
from typing import Any

from fairlead.demo.acme.company import Service
from fairlead.demo.acme.instants import iso
from fairlead.demo.acme.outbox import Outbox
from fairlead.demo.acme.records import Attempt, Release

SOURCE = "argocd"
NAMESPACE = "argocd"


def application_names(service: Service) -> tuple[str, ...]:
    """The applications of a service: one for staging, one for each region."""
    return (f"{service.id}-staging", *(f"{service.id}-prod-{region}" for region in service.regions))


def _application_name(release: Release, attempt: Attempt) -> str:
    where = attempt.environment
    return f"{release.service.id}-{where if where == 'staging' else f'prod-{where}'}"


def deployment_ref(release: Release, attempt: Attempt) -> str:
    """`<namespace>/<application>@<start>`: how a sync is known."""
    return f"{NAMESPACE}/{_application_name(release, attempt)}@{iso(attempt.started_at)}"


def send_release(outbox: Outbox, release: Release) -> None:
    """Both notifications of every sync."""
    for attempt in release.attempts:
        ended = "Succeeded" if attempt.is_success else "Failed"
        for phase, at in (("Running", attempt.started_at), (ended, attempt.finished_at)):
            body = {"fairlead": "argocd/1", "application": _application(release, attempt, phase)}
            outbox.send(SOURCE, "notification", at + 1, body)


def _application(release: Release, attempt: Attempt, phase: str) -> dict[str, Any]:
    cluster = "staging" if attempt.environment == "staging" else f"prod-{attempt.environment}"
    name = _application_name(release, attempt)
    digest = hashlib.sha256(release.sha.encode()).hexdigest()
    image = f"registry.acme.example/{release.service.id}:{release.sha[:10]}@sha256:{digest}"
    return {
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": release.service.id}},
        "spec": {
            "project": release.service.team_id,
            "destination": {"name": cluster, "namespace": release.service.team_id},
            "source": {"repoURL": f"https://github.com/{release.service.repo}.git"},
        },
        "status": {
            "operationState": {
                "phase": phase,
                "startedAt": iso(attempt.started_at),
                "finishedAt": None if phase == "Running" else iso(attempt.finished_at),
                "operation": {
                    "initiatedBy": {"username": release.requested_by},
                    "sync": {"dryRun": None, "resources": None},
                },
                "syncResult": {
                    "revision": release.sha if release.has_sha else "",
                    "revisions": None,
                },
            },
            "summary": {"images": [image] if release.has_sha else []},
        },
    }

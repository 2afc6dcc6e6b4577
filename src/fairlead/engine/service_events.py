"""Events of services as lines for people: incidents, deployments, pipelines that fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

import ibis
import ibis.expr.types as ir

from fairlead.engine.bound import BoundFacts
from fairlead.kernel.window import Window
from fairlead.store.session import DuckSession

OVER = ("resolved", "closed", "cancelled", "merged")
FAILED = ("failure", "error", "degraded")
DECISIVE = ("success", "failure", "error", "timeout")
PIPELINE_DAYS = 30
MOST = 200


@dataclass(frozen=True)
class IncidentLine:
    """One incident as a line; the title of a restricted one stays with itself."""

    incident_id: str
    title: str
    severity: str
    state: str
    services: Sequence[str]
    declared_at: datetime | None
    ended_at: datetime | None
    url: str


@dataclass(frozen=True)
class DeploymentLine:
    """One deployment as a line."""

    deployment_id: str
    service_id: str
    environment: str
    outcome: str
    version: str
    finished_at: datetime


@dataclass(frozen=True)
class PipelineLine:
    """One pipeline whose runs of the default branch fail, since when, and how often."""

    pipeline_id: str
    source: str
    service_id: str
    since: datetime
    last_at: datetime
    failures: int


def _within(table: ir.Table, column: str, window: Window) -> ir.Table:
    start, end = _literal(window.start), _literal(window.end)
    return table.filter((table[column] >= start) & (table[column] < end))


def _literal(instant: datetime) -> ir.TimestampScalar:
    """An instant as the session's tables hold it."""
    return ibis.literal(instant.astimezone(UTC).replace(tzinfo=None), type="timestamp")


def incident_lines(session: DuckSession, incidents: ir.Table) -> list[IncidentLine]:
    """Incidents as lines, newest first, at most 200."""
    newest = incidents.order_by([ibis.desc("declared_at"), "incident_id"]).limit(MOST)
    return [
        IncidentLine(
            incident_id=row["incident_id"],
            title=_title(row),
            severity=row["severity_final"] or row["severity_peak"] or row["severity_declared"]
            or "no severity",
            state=row["state"] or "unknown",
            services=list(row["service_ids"] or ()),
            declared_at=row["declared_at"],
            ended_at=row["mitigated_at"] or row["resolved_at"] or row["closed_at"],
            url=row["url"] or "",
        )
        for row in session.select(newest)
    ]  # fmt: skip


def _title(row: Mapping[str, Any]) -> str:
    if row["visibility"] == "restricted":
        return "a restricted incident"
    return str(row["title"] or row["incident_id"])


def deployment_lines(session: DuckSession, deployments: ir.Table) -> list[DeploymentLine]:
    """Deployments as lines, newest first, at most 200."""
    newest = deployments.order_by([ibis.desc("finished_at"), "deployment_id"]).limit(MOST)
    return [
        DeploymentLine(
            deployment_id=row["deployment_id"] or row["deployment_ref"],
            service_id=row["service_id"] or "",
            environment=row["environment"] or "",
            outcome=row["outcome"] or "unknown",
            version=row["version_label"] or (row["commit_sha"] or "")[:10],
            finished_at=row["finished_at"],
        )
        for row in session.select(newest)
    ]


def real_deployments(deployments: ir.Table) -> ir.Table:
    """Finished deployments into production that are no shadows."""
    return deployments.filter(
        deployments.finished_at.notnull()
        & (deployments.stage == "production")
        & ~deployments.is_shadow.fill_null(False)
    )


def failed_deployments(
    session: DuckSession, facts: BoundFacts, window: Window
) -> list[DeploymentLine]:
    """Production deployments that failed in a window, newest first."""
    found = _within(real_deployments(facts.deployments), "finished_at", window)
    return deployment_lines(session, found.filter(found.outcome.isin(FAILED)))


def failing_pipelines(session: DuckSession, runs: ir.Table, now: datetime) -> list[PipelineLine]:
    """Pipelines whose latest decided run of the default branch did not succeed."""
    recent = Window(now - timedelta(days=PIPELINE_DAYS), now + timedelta(seconds=1))
    decided = _within(runs, "finished_at", recent)
    decided = decided.filter(
        decided.is_default_branch.fill_null(False) & decided.result.isin(DECISIVE)
    )
    decided = decided.mutate(
        good_at=ibis.ifelse(
            decided.result == "success", decided.finished_at, ibis.null("timestamp")
        )
    )
    keys = ["source", "pipeline_id"]
    good_at = decided.good_at.max().over(ibis.window(group_by=keys))
    after = decided.mutate(last_good_at=good_at)
    after = after.filter(
        (after.result != "success")
        & (after.last_good_at.isnull() | (after.finished_at > after.last_good_at))
    )
    found = after.group_by(keys).aggregate(
        service_id=after.service_id.max(),
        since=after.finished_at.min(),
        last_at=after.finished_at.max(),
        failures=after.count(),
    )
    rows = session.select(found.order_by([ibis.asc("since"), "pipeline_id"]).limit(MOST))
    return [PipelineLine(**{**row, "service_id": row["service_id"] or ""}) for row in rows]


def open_incidents(session: DuckSession, facts: BoundFacts) -> list[IncidentLine]:
    """Incidents that are neither resolved nor closed, newest first."""
    found = _real(facts.incidents)
    is_over = found.state.isin(OVER).fill_null(False) | found.resolved_at.notnull()
    return incident_lines(session, found.filter(~is_over))


def declared_incidents(
    session: DuckSession,
    facts: BoundFacts,
    window: Window,
    services: Sequence[str] | None = None,
) -> list[IncidentLine]:
    """Incidents that were declared in a window, of some services where they are named."""
    found = _within(_real(facts.incidents), "declared_at", window)
    if services is not None:
        hits = [found.service_ids.contains(name).fill_null(False) for name in services]
        found = found.filter(reduce(or_, hits, ibis.literal(False)))
    return incident_lines(session, found)


def _real(incidents: ir.Table) -> ir.Table:
    """Incidents without drills and tests."""
    return incidents.filter(incidents.kind.fill_null("incident") == "incident")


def deployments_of(
    session: DuckSession, facts: BoundFacts, services: Sequence[str], window: Window
) -> tuple[list[DeploymentLine], list[tuple[datetime, bool]]]:
    """The latest production deployments of services, and instant and failure of each one."""
    found = _within(real_deployments(facts.deployments), "finished_at", window)
    found = found.filter(found.service_id.isin(list(services)))
    rows = session.select(found.select("finished_at", "outcome"))
    instants = [(row["finished_at"], row["outcome"] in FAILED) for row in rows]
    return deployment_lines(session, found), instants

"""The truth table: what the simulator decided, per service and month, in plain counts and seconds.

Nothing here reads a payload or uses a rule of Fairlead: deployments, failures, lead times and
outcomes are read off the simulator's own records. Months are those of Berlin.
"""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fairlead.demo.acme.calendar import month_of
from fairlead.demo.acme.causes import deployment_ref, incident_ref
from fairlead.demo.acme.company import ZONE_NAME, services
from fairlead.demo.acme.instants import iso, iso_or_none
from fairlead.demo.acme.records import Change, Release, Year
from fairlead.demo.acme.simulation import Shape


@dataclass(frozen=True)
class Silence:
    """An interval in which a source sent nothing although things happened."""

    source_id: str
    start_at: int
    end_at: int

    def covers(self, source_id: str, at: int) -> bool:
        return source_id == self.source_id and self.start_at <= at < self.end_at


def truth_of(year: Year, shape: Shape, silence: Silence | None) -> dict[str, Any]:
    """The whole table, ready to be written as JSON."""
    releases = _by_service(year.releases)
    deliveries = [row for found in releases.values() for row in _deliveries(year, found)]
    return {
        "seed": shape.seed,
        "zone": ZONE_NAME,
        "start": iso(shape.span.start_at),
        "end": iso(shape.span.end_at),
        "silences": [asdict(silence)] if silence else [],
        "services": _services(year, shape, releases, deliveries, silence),
        "deployments": [_deployment(r) for found in releases.values() for r in found],
        "changes": deliveries,
        "incidents": _incidents(year, shape),
    }


def write_truth(path: Path, table: dict[str, Any]) -> None:
    """Write the table with sorted keys, so that equal seeds give equal files."""
    path.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _by_service(releases: Iterable[Release]) -> dict[str, list[Release]]:
    """Counted releases of each service, by their first finish in production."""
    found: dict[str, list[Release]] = {}
    for release in sorted(releases, key=lambda item: item.finished_at):
        if release.is_counted:
            found.setdefault(release.service.id, []).append(release)
    return found


def _deliveries(year: Year, releases: list[Release]) -> Iterator[dict[str, Any]]:
    """Each change of a service with the first release that contained it; the baseline's are out."""
    service = releases[0].service
    changes = [
        change
        for change in year.changes[service.repo]
        if change.position >= 0 and service.id in change.service_ids
    ]
    changes.sort(key=lambda change: change.position)
    shipped = {id(change) for change in changes if _contains(releases[0], change)}
    for release in releases[1:]:
        for change in changes:
            if id(change) not in shipped and _contains(release, change):
                shipped.add(id(change))
                yield _delivery(service.id, change, release)


def _contains(release: Release, change: Change) -> bool:
    if release.head is None or not release.has_sha:
        return False
    return change.position <= release.head.position or change is release.hotfix


def _delivery(service_id: str, change: Change, release: Release) -> dict[str, Any]:
    return {
        "service_id": service_id,
        "change_ref": f"pr:{change.number}" if change.number else f"commit:{change.head_sha}",
        "author_kind": change.author_kind,
        "lead_time_seconds": release.finished_at - change.first_authored_at,
        "deployed_at": iso(release.finished_at),
        "deployment_ref": deployment_ref(release),
        "month": month_of(release.finished_at),
    }


def _deployment(release: Release) -> dict[str, Any]:
    return {
        "service_id": release.service.id,
        "deployment_ref": deployment_ref(release),
        "kind": release.kind,
        "regions": [attempt.environment for attempt in release.production],
        "finished_at": iso(release.finished_at),
        "failed_by": release.evidence,
        "has_sha": release.has_sha,
        "month": month_of(release.finished_at),
    }


def _incidents(year: Year, shape: Shape) -> list[dict[str, Any]]:
    end_at = shape.span.end_at
    return [
        {
            "incident_ref": incident_ref(incident),
            "service_id": incident.service.id,
            "severity": f"sev{incident.severity}",
            "declared_at": iso(incident.declared_at),
            "acknowledged_at": iso_or_none(_before(incident.acknowledged_at, end_at)),
            "resolved_at": iso_or_none(_before(incident.resolved_at, end_at)),
            "caused_by": deployment_ref(incident.cause) if incident.cause else None,
            "is_linked": incident.is_linked,
            "month": month_of(incident.declared_at),
        }
        for incident in year.incidents
    ]


def _before(at: int, end_at: int) -> int | None:
    return at if at < end_at else None


def _services(
    year: Year,
    shape: Shape,
    releases: dict[str, list[Release]],
    deliveries: list[dict[str, Any]],
    silence: Silence | None,
) -> dict[str, Any]:
    months = sorted(
        {month_of(shape.span.start_at), *(month_of(r.finished_at) for r in year.releases)}
    )
    leads = _grouped(row for row in deliveries if row["author_kind"] != "bot")
    incidents = _grouped(_incidents(year, shape))
    runs = _run_outcomes(year, silence)
    return {
        service_id: {
            "team": services()[service_id].team_id,
            "tier": services()[service_id].tier,
            "repo": services()[service_id].repo,
            "is_exact": all(release.has_sha for release in found),
            "months": {
                month: {
                    **_counts([r for r in found if month_of(r.finished_at) == month]),
                    **_lead_times(leads.get((service_id, month), [])),
                    "incidents": Counter(
                        r["severity"] for r in incidents.get((service_id, month), [])
                    ),
                    "runs": runs.get((service_id, month), {}),
                }
                for month in months
            },
        }
        for service_id, found in releases.items()
    }


def _grouped(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["service_id"], row["month"]), []).append(row)
    return found


def _counts(releases: list[Release]) -> dict[str, int]:
    return {
        "deployments": len(releases),
        "failed": sum(release.evidence is not None for release in releases),
        "failed_explicit": sum(release.evidence not in (None, "heuristic") for release in releases),
    }


def _lead_times(rows: list[dict[str, Any]]) -> dict[str, Any]:
    seconds = [row["lead_time_seconds"] for row in rows]
    median = statistics.median(seconds) if seconds else None
    return {"lead_time_count": len(seconds), "lead_time_median_seconds": median}


def _run_outcomes(year: Year, silence: Silence | None) -> dict[tuple[str, str], Counter[str]]:
    """Outcomes of build runs on the default branch, by the month of their last finish."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for run in year.runs:
        finished_at = run.attempts[-1].finished_at
        is_lost = silence is not None and silence.covers(run.service.host, finished_at)
        if run.pipeline == "ci" and run.branch == "main" and not is_lost:
            found.setdefault((run.service.id, month_of(finished_at)), Counter())[run.outcome] += 1
    return found

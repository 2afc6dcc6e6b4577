"""Simulate incidents: those that releases caused, and those that came from elsewhere."""

from __future__ import annotations

import random
from bisect import bisect_right

from fairlead.demo.acme.calendar import HOUR, MINUTE, Span, midnight, poisson, spread
from fairlead.demo.acme.company import Service, members_of, services
from fairlead.demo.acme.records import Incident, Release

JIRA_TEAMS = frozenset({"analytics", "partners"})
QUIET = 9 * HOUR
_SEVERITY_WEIGHTS = {
    1: (0.13, 0.32, 0.39, 0.16),
    2: (0.04, 0.2, 0.48, 0.28),
    3: (0, 0.08, 0.44, 0.48),
}
_RESTORE_SECONDS = {1: 42 * MINUTE, 2: 95 * MINUTE, 3: 4 * HOUR, 4: 13 * HOUR}
_SHOWN_RATIO = {"link": 1.0, "heuristic": 1.0, "rollback": 0.75, "hotfix": 0.9, "revert": 0.85}
_SYMPTOMS = ("Error rate high", "Latency high", "Requests fail", "Queue grows", "Data wrong")
_ELSEWHERE = (
    "Disk full on the node",
    "Certificate expired",
    "Provider outage",
    "Traffic spike",
    "Database failover",
    "Connection pool used up",
)


def simulate_incidents(
    releases: list[Release], span: Span, seed: str, *, is_explicit_only: bool
) -> list[Incident]:
    """Every incident of the period, numbered in order of its start."""
    rng = random.Random(f"{seed}:incidents")
    found = [
        _caused_by(release, span, rng)
        for release in releases
        if release.evidence is not None and rng.random() < _SHOWN_RATIO[release.evidence]
    ]
    for service in services().values():
        own = [release for release in releases if release.service.id == service.id]
        if own:
            found += _from_elsewhere(service, own, span, rng, is_explicit_only)
    found = [incident for incident in found if incident.started_at < span.end_at - 20 * MINUTE]
    found.sort(key=lambda incident: (incident.started_at, incident.service.id))
    for number, incident in enumerate(found, start=1):
        incident.number = number
    return found


def _caused_by(release: Release, span: Span, rng: random.Random) -> Incident:
    placed_at = release.attempts[-1].finished_at
    if release.evidence in ("link", "heuristic"):
        delay = 3 * MINUTE + min(3 * HOUR, int(rng.expovariate(1 / (40 * MINUTE))))
        if release.evidence == "link" and rng.random() < 0.1:
            delay = rng.randrange(9, 60) * HOUR
    else:
        delay = rng.randrange(2 * MINUTE, 20 * MINUTE)
    incident = _incident(release.service, placed_at + delay, span, rng, rng.choice(_SYMPTOMS))
    incident.cause, incident.is_linked = release, release.evidence == "link"
    return incident


def _incident(service: Service, at: int, span: Span, rng: random.Random, what: str) -> Incident:
    weights = _SEVERITY_WEIGHTS[service.tier]
    severity = rng.choices((1, 2, 3, 4), weights)[0]
    trouble = 1.0
    if service.team_id == "storefront":
        trouble = 1.5 - 0.9 * span.progress(at)
    elif service.team_id == "fulfilment":
        trouble = 0.8 + 1.1 * span.progress(at)
    restore = spread(_RESTORE_SECONDS[severity] * trouble, 0.55, rng)
    declared_at = at + rng.randrange(30, 6 * MINUTE)
    acknowledged_at = declared_at + spread(3.5 * MINUTE if severity < 3 else 11 * MINUTE, 0.7, rng)
    first = severity if rng.random() > 0.08 else min(4, severity + 1)
    return Incident(
        0, service, severity, at, declared_at, acknowledged_at,
        max(acknowledged_at + 2 * MINUTE, declared_at + restore),
        rng.choice(members_of(service.team_id)).login, f"{what}: {service.id}",
        first_severity=first, is_in_jira=service.team_id in JIRA_TEAMS,
    )  # fmt: skip


def _from_elsewhere(
    service: Service, own: list[Release], span: Span, rng: random.Random, is_explicit_only: bool
) -> list[Incident]:
    """Incidents without a release behind them, mostly long after the last one."""
    placed = sorted(a.finished_at for release in own for a in release.production)
    mean = {1: 0.019, 2: 0.012, 3: 0.009}[service.tier]
    found: list[Incident] = []
    for day in span.days():
        for _ in range(poisson(mean, rng)):
            at = midnight(day) + rng.randrange(86_400)
            if not placed or at < placed[0]:
                continue
            if is_explicit_only or rng.random() < 0.75:
                at = _quiet(at, placed)
            found.append(_incident(service, at, span, rng, rng.choice(_ELSEWHERE)))
    return found


def _quiet(at: int, placed: list[int]) -> int:
    """The first instant from `at` on that has had no release for some hours."""
    index = bisect_right(placed, at)
    while index and at - placed[index - 1] < QUIET:
        at = placed[index - 1] + QUIET
        index = bisect_right(placed, at)
    return at

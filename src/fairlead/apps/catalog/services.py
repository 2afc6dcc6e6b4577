"""Reads the catalog and what happened to its services in the last ninety days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from fairlead.engine.bound import BoundFacts
from fairlead.engine.service_events import (
    DeploymentLine,
    IncidentLine,
    declared_incidents,
    deployments_of,
)
from fairlead.kernel.window import Window, load_zone, local_midnight
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.model import Model
from fairlead.web.snapshots import Progress, key_of
from fairlead.web.workspace import Workspace

DAYS = 90


@dataclass(frozen=True)
class DayCount:
    """Production deployments that finished on one local day."""

    day: str
    good: int
    failed: int


@dataclass(frozen=True)
class Activity:
    """What happened to some services: deployments by day, the latest of them, incidents."""

    window: Window
    days: Sequence[DayCount]
    deployments: Sequence[DeploymentLine]
    incidents: Sequence[IncidentLine]


@dataclass(frozen=True)
class ActivityAsked:
    """Asks what happened to services in the ninety days up to the end of a local day."""

    services: tuple[str, ...]
    end: datetime
    shape: ClassVar[Any] = Activity

    @property
    def key(self) -> str:
        """The question as a digest."""
        return key_of(self)

    def answer(self, workspace: Workspace, progress: Progress) -> Activity:
        """The events from the lake."""
        progress("reading deployments and incidents")
        return read_activity(workspace=workspace, services=self.services, end=self.end)


def activity_of(workspace: Workspace, services: Sequence[str]) -> ActivityAsked:
    """The question about services, the same for the whole of a day."""
    zone = load_zone(workspace.model.workspace.time_zone)
    today = workspace.clock.now().astimezone(zone).date()
    return ActivityAsked(tuple(services), local_midnight(today + timedelta(days=1), zone))


def read_activity(*, workspace: Workspace, services: Sequence[str], end: datetime) -> Activity:
    """Deployments and incidents of services in the ninety days before an instant."""
    zone_name = workspace.model.workspace.time_zone
    whole = Window(end - timedelta(days=DAYS + 1), end, zone_name)
    days = whole.periods("day")[-DAYS:]
    window = Window(days[0].start, days[-1].end, zone_name)
    with workspace.session(None) as session:
        facts = BoundFacts(session, workspace.model)
        latest, instants = deployments_of(session, facts, services, window)
        incidents = declared_incidents(session, facts, window, services)
    return Activity(window, _by_day(instants, days), latest[:50], incidents)


def _by_day(instants: Sequence[tuple[datetime, bool]], days: Sequence[Window]) -> list[DayCount]:
    zone = days[0].zone
    counts = Counter((at.astimezone(zone).date().isoformat(), failed) for at, failed in instants)
    names = [day.start.astimezone(zone).date().isoformat() for day in days]
    return [DayCount(name, counts[name, False], counts[name, True]) for name in names]


def services_of_team(model: Model, team_id: str) -> list[Service]:
    """The services that a team owns, by name."""
    found = [s for s in model.all_of(Service).values() if s.owner == team_id]
    return sorted(found, key=lambda service: (service.title or service.id).casefold())


def users_of(model: Model, service_id: str) -> list[str]:
    """The services that call a service."""
    return [s.id for s in model.all_of(Service).values() if service_id in s.depends_on]


def found_services(model: Model, words: str, team: str, tier: str) -> list[Service]:
    """Services whose id, title, other names or repositories hold every word, by name."""
    wanted = words.casefold().split()
    found = []
    for service in model.all_of(Service).values():
        if (team and service.owner != team) or (tier and service.tier != tier):
            continue
        parts = [service.id, service.title or "", service.owner, *service.names]
        text = " ".join([*parts, *service.repositories]).casefold()
        if all(word in text for word in wanted):
            found.append(service)
    return sorted(found, key=lambda service: (service.title or service.id).casefold())

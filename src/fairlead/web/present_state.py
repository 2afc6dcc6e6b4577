"""What needs a person now: open incidents, yesterday's failures, pipelines that fail; kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from fairlead.engine.bound import BoundFacts
from fairlead.engine.service_events import (
    DeploymentLine,
    IncidentLine,
    PipelineLine,
    declared_incidents,
    failed_deployments,
    failing_pipelines,
    open_incidents,
)
from fairlead.engine.sources import source_states
from fairlead.kernel.measure import SourceState
from fairlead.kernel.window import Window, load_zone, local_midnight
from fairlead.web.desk import desk
from fairlead.web.snapshots import Progress, key_of
from fairlead.web.workspace import Workspace


@dataclass(frozen=True)
class PresentState:
    """The state now and what happened in one local day."""

    day: Window
    at: datetime
    open_incidents: Sequence[IncidentLine]
    declared: Sequence[IncidentLine]
    failed_deployments: Sequence[DeploymentLine]
    failing_pipelines: Sequence[PipelineLine]
    sources: Sequence[SourceState]


@dataclass(frozen=True)
class PresentAsked:
    """Asks for the state now, with the events of a local day."""

    day: date
    shape: ClassVar[Any] = PresentState

    @property
    def key(self) -> str:
        """The question as a digest."""
        return key_of(self)

    def answer(self, workspace: Workspace, progress: Progress) -> PresentState:
        """The state from the lake."""
        progress("reading incidents, deployments and pipelines")
        return read_present(workspace=workspace, day=self.day)


def yesterday() -> PresentAsked:
    """The question about the day before this one, in the zone of the workspace."""
    workspace = desk().workspace
    zone = load_zone(workspace.model.workspace.time_zone)
    return PresentAsked(workspace.clock.now().astimezone(zone).date() - timedelta(days=1))


def read_present(*, workspace: Workspace, day: date) -> PresentState:
    """The state now, and what happened on a day."""
    zone_name = workspace.model.workspace.time_zone
    zone = load_zone(zone_name)
    window = Window(
        local_midnight(day, zone), local_midnight(day + timedelta(days=1), zone), zone_name
    )
    now = workspace.clock.now()
    with workspace.session(None) as session:
        facts = BoundFacts(session, workspace.model)
        return PresentState(
            day=window,
            at=now,
            open_incidents=open_incidents(session, facts),
            declared=declared_incidents(session, facts, window),
            failed_deployments=failed_deployments(session, facts, window),
            failing_pipelines=failing_pipelines(session, facts.pipeline_runs, now),
            sources=source_states(
                session,
                workspace.model,
                workspace.journal.counts(),
                workspace.journal.quarantined_counts(),
                now,
            ),
        )

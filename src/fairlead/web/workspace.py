"""One workspace: its checked model, lake and journal, for commands and console alike."""

from __future__ import annotations

import os
import pkgutil
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from fairlead.kernel.clock import Clock, FixedClock, SystemClock
from fairlead.kernel.diagnostic import fail
from fairlead.web.live_model import LiveModel

if TYPE_CHECKING:
    from fairlead.engine.evaluate import Filter
    from fairlead.ingest.journal import Journal
    from fairlead.opmodel.kinds.source import Source
    from fairlead.opmodel.known import ConnectorTerms
    from fairlead.opmodel.loader import ModelReport
    from fairlead.opmodel.model import Model
    from fairlead.store.lake import Lake
    from fairlead.store.session import DuckSession


@cache
def known_kpis() -> frozenset[str]:
    """Ids of the KPIs on the shelf and on the scorecard; imports none of the expressions."""
    import fairlead.kpis
    from fairlead.packs.scorecard import SCORECARD

    shelf = {item.name for item in pkgutil.iter_modules(fairlead.kpis.__path__) if not item.ispkg}
    return frozenset(shelf - {"shelf"} | {line.kpi_id for line in SCORECARD})


@cache
def known_connectors() -> dict[str, ConnectorTerms]:
    """Every connector with the settings and secrets that it knows, those of webhooks included."""
    from fairlead.connectors import connector_ids, load_connector
    from fairlead.ingest.inbound import INBOUND, SECRETS, SETTINGS
    from fairlead.opmodel.known import ConnectorTerms

    found = {}
    for connector_id in connector_ids():
        connector = load_connector(connector_id)
        settings, secrets = dict(connector.settings), dict.fromkeys(connector.secrets)
        if connector_id in INBOUND:
            settings |= SETTINGS
            secrets |= dict.fromkeys(SECRETS)
        found[connector_id] = ConnectorTerms(tuple(settings), tuple(secrets))
    return found


def check_workspace(start: str | Path | None) -> tuple[Path, ModelReport]:
    """The workspace at or above a folder (or the present one), and what is right or wrong in it."""
    from fairlead.opmodel.loader import check_model, find_workspace

    root = find_workspace(Path(start or "."))
    report = check_model(root, known_kpis=known_kpis(), known_connectors=known_connectors())
    return root, report


def open_workspace(start: str | Path | None) -> tuple[Path, Model]:
    """The workspace and its model; DiagnosticError with every finding when it is wrong."""
    from fairlead.kernel.diagnostic import DiagnosticError

    root, report = check_workspace(start)
    if report.errors:
        raise DiagnosticError(*report.errors)
    return root, report.model


@dataclass
class Workspace:
    """What lies at or above a folder; each part is opened when it is first needed."""

    start: Path
    clock: Clock

    @cached_property
    def root(self) -> Path:
        """The folder of the workspace; FL9001 when there is none around the start."""
        from fairlead.opmodel.loader import find_workspace

        return find_workspace(self.start)

    @cached_property
    def live_model(self) -> LiveModel:
        """The model with what is right and wrong with it, as its files are now."""
        return LiveModel(self.root)

    @property
    def model(self) -> Model:
        """The checked operating model; raises every diagnostic of it."""
        return self.live_model.now().model

    @property
    def lake_folder(self) -> Path:
        """Where the facts lie; FL1009 when the model puts them outside the workspace."""
        folder = (self.root / self.model.workspace.lake).resolve()
        if not folder.is_relative_to(self.root.resolve()):
            raise fail(
                "FL1009",
                f"`lake: {self.model.workspace.lake}` leaves the workspace",
                help="name a folder inside it, such as `.fairlead/lake`",
            )
        return folder

    @cached_property
    def lake(self) -> Lake:
        from fairlead.store.lake import Lake

        return Lake(self.lake_folder)

    @cached_property
    def journal(self) -> Journal:
        from fairlead.ingest.journal import Journal

        return Journal(self.lake_folder.parent / "journal.sqlite3")

    def session(self, as_of: datetime | None = None) -> DuckSession:
        """A reading of the lake as of an instant."""
        from fairlead.store.session import DuckSession

        return DuckSession(self.lake, as_of=as_of)

    def source(self, source_id: str) -> Source | None:
        """The configured source of that id, if the model has one."""
        from fairlead.opmodel.kinds.source import Source

        return self.model.all_of(Source).get(source_id)

    def instant(self, text: str | None) -> datetime | None:
        """An `--as-of` instant in the workspace's zone."""
        from fairlead.kernel.window import load_zone, parse_instant

        return parse_instant(text, load_zone(self.model.workspace.time_zone)) if text else None

    def filter(self, team: str | None, service: str | None, tier: str | None) -> Filter:
        """The filter of `--team`, `--service`, `--tier`; FL4105 with a near match."""
        from fairlead.engine.evaluate import Filter
        from fairlead.kernel.ids import near_match
        from fairlead.opmodel.kinds.service import Service
        from fairlead.opmodel.kinds.team import Team
        from fairlead.opmodel.kinds.tier import Tier

        asked = (
            ("service_id", "service", service, self.model.all_of(Service)),
            ("team_id", "team", team, self.model.all_of(Team)),
            ("tier", "tier", tier, self.model.all_of(Tier)),
        )
        equals = {}
        for column, noun, value, known in asked:
            if value is None:
                continue
            if value not in known:
                like = near_match(value, known)
                raise fail(
                    "FL4105",
                    f"there is no {noun} `{value}`",
                    notes=[f"{len(known)} are declared"],
                    help=f"did you mean `{like}`?" if like else None,
                )
            equals[column] = value
        return Filter(equals)


def clock_of_environment() -> Clock:
    """The machine's clock, or the instant in FAIRLEAD_NOW (for the example company and replays)."""
    given = os.environ.get("FAIRLEAD_NOW")
    if not given:
        return SystemClock()
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise fail(
            "FL4106",
            f"FAIRLEAD_NOW=`{given}` is no instant with a zone",
            notes=["allowed: 2026-10-05T14:00Z, 2026-10-05T14:00+02:00"],
        )
    return FixedClock(found)

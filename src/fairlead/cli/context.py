"""The workspace that a command works in: model, lake, journal, clock; opened when first needed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fairlead.kernel.clock import Clock, FixedClock, SystemClock
from fairlead.kernel.diagnostic import fail

if TYPE_CHECKING:
    from fairlead.engine.evaluate import Filter
    from fairlead.ingest.journal import Journal
    from fairlead.kernel.window import Window
    from fairlead.opmodel.kinds.source import Source
    from fairlead.opmodel.model import Model
    from fairlead.store.lake import Lake
    from fairlead.store.session import DuckSession


@dataclass
class Context:
    """What the options of the command line come to."""

    start: Path
    clock: Clock

    @cached_property
    def root(self) -> Path:
        """The folder of the workspace; FL9001 when there is none around the start."""
        from fairlead.opmodel.loader import find_workspace

        return find_workspace(self.start)

    @cached_property
    def model(self) -> Model:
        """The checked operating model; raises every diagnostic of it."""
        from fairlead.cli.workspace import open_workspace

        return open_workspace(self.root)[1]

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

    def window(self, period: str | None, as_of: datetime | None = None) -> Window:
        """The window of a period (the workspace's by default), up to what is known of it."""
        from fairlead.kernel.window import parse_period

        workspace, now = self.model.workspace, self.clock.now()
        asked = parse_period(period or workspace.default_period, workspace.time_zone, now)
        cut = asked.until(as_of or now)
        if cut != asked:
            click.echo(
                f"the period is not over: figures up to {cut.end:%Y-%m-%d %H:%M} UTC", err=True
            )
        return cut

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


def context_of(ctx: click.Context) -> Context:
    """The context of a command, made once per run."""
    root = ctx.find_root()
    if not isinstance(root.obj, Context):
        given = (root.obj or {}).get("workspace")
        root.obj = Context(Path(given or "."), clock_of_environment())
    return root.obj


def period_options(command: Callable[..., None]) -> Callable[..., None]:
    """`--period` and `--as-of` of a command."""
    command = click.option(
        "--as-of", "as_of", help="What was known at this instant; default: now."
    )(command)
    return click.option("--period", help="Such as 2026-10, 2026-Q3, last-3-months, A..B.")(command)


def scope_options(command: Callable[..., None]) -> Callable[..., None]:
    """`--period`, `--as-of`, `--team`, `--service`, `--tier` of a command."""
    options = (
        click.option("--team", help="Only services of this team."),
        click.option("--service", help="Only this service."),
        click.option("--tier", help="Only services of this tier."),
    )
    for option in reversed(options):
        command = option(command)
    return period_options(command)

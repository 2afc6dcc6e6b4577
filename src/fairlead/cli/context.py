"""The workspace that a command works in: model, lake, journal, clock; opened when first needed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fairlead.web.workspace import Workspace, clock_of_environment

if TYPE_CHECKING:
    from fairlead.kernel.window import Window


class Context(Workspace):
    """What the options of the command line come to."""

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

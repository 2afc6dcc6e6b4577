"""`fairlead demo`: the example company acme, from its tools' payloads to its scorecard."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import click


@click.command()
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("acme"),
    show_default=True,
    help="Folder of the example workspace; an earlier one there is replaced.",
)
@click.option("--seed", default=7, show_default=True, help="Another seed, another year.")
@click.option(
    "--months",
    type=click.IntRange(1, 60),
    default=12,
    show_default=True,
    help="How many months of history.",
)
@click.option(
    "--end",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Last day of the history; default: yesterday.",
)
@click.option(
    "--console/--no-console",
    default=None,
    help="Start the console on it; default: where the output goes to a terminal.",
)
def command(into: Path, seed: int, months: int, end: datetime | None, console: bool | None) -> None:
    """Build the example company acme, ingest it, show its scorecard and start its console.

    \b
    Example:
      fairlead demo
      fairlead demo --into /tmp/acme --months 3 --no-console

    acme has about 40 services, 8 teams and 3 tiers. Its year is written in the formats of its own
    tools and goes through the same connectors as real data.
    """
    from fairlead.cli.demo import (
        is_earlier_demo,
        last_day,
        run_demo,
        start_console,
        wants_console,
    )
    from fairlead.kernel.diagnostic import fail

    if into.exists() and any(into.iterdir()):
        if not is_earlier_demo(into):
            raise fail("FL9004", f"`{into}` is not empty and holds no earlier demo")
        shutil.rmtree(into)
    last = last_day(end.date() if end else None)
    run_demo(into, seed=seed, months=months, end=last)
    if wants_console(console):
        start_console(into, last)

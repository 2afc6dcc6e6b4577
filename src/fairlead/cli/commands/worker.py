"""`fairlead worker`: maps what arrived in the inbox, apart from the web."""

from __future__ import annotations

from datetime import timedelta

import click

from fairlead.cli.context import context_of
from fairlead.cli.output import say


@click.command()
@click.option("--once", is_flag=True, help="Map what waits now, and end.")
@click.option("--batch", default=500, show_default=True, help="Deliveries mapped at a time.")
@click.option(
    "--lease-seconds",
    default=120,
    show_default=True,
    help="After this long, what a worker took and did not finish is another's.",
)
@click.pass_context
def command(ctx: click.Context, once: bool, batch: int, lease_seconds: int) -> None:
    """Map what arrived in the inbox, until it is stopped.

    Any number may run beside each other; what one leaves unfinished, another takes over.

    \b
    Example:
      fairlead serve --no-worker
      fairlead worker
      fairlead worker --once
    """
    from django.core.management import call_command

    from fairlead.cli.serving import set_up

    context = context_of(ctx)
    set_up(context)
    call_command("migrate", verbosity=0, interactive=False)
    from fairlead.apps.inbox.startup import work_here
    from fairlead.apps.inbox.worker import Worker

    worker = Worker(context, batch, timedelta(seconds=lease_seconds))
    if once:
        count = worker.drain()
        noun = "delivery was" if count == 1 else "deliveries were"
        say(f"{count:,} {noun} settled; `fairlead data quarantine` lists what could not be mapped")
        return
    say("mapping what arrives; stop with Ctrl-C")
    work_here(worker)

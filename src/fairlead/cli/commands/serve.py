"""`fairlead serve`: the console, the API and the worker, in one process by default."""

from __future__ import annotations

import os

import click

from fairlead.cli.context import context_of
from fairlead.cli.output import say


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8700, show_default=True, help="Port to listen on.")
@click.option("--workers", default=1, show_default=True, help="Web processes.")
@click.option("--https", is_flag=True, help="Behind TLS: secure cookies, strict transport.")
@click.option("--no-worker", is_flag=True, help="Leave the inbox to `fairlead worker`.")
@click.pass_context
def command(
    ctx: click.Context, host: str, port: int, workers: int, https: bool, no_worker: bool
) -> None:
    """Serve the console and the API, and map what arrives in the inbox.

    \b
    Example:
      fairlead serve
      fairlead serve --host 0.0.0.0 --workers 4 --https --no-worker
    """
    from fairlead.cli.serving import ready_ledger, serve

    context = context_of(ctx)
    os.environ["FAIRLEAD_WORKSPACE"] = str(context.root)
    if https:
        os.environ["FAIRLEAD_HTTPS"] = "1"
    created = ready_ledger(context)
    if created:
        say(f"first log-in: {created[0]} with password {created[1]} (shown once)")
    say(f"the console: http://{host}:{port}")
    serve(host, port, workers, has_worker=not no_worker)

"""`fairlead doctor`: what is wrong with an installation, and how to mend it."""

from __future__ import annotations

from dataclasses import asdict

import click

from fairlead.cli.context import context_of
from fairlead.cli.output import format_option, print_rows, say, suggest


@click.command()
@format_option()
@click.pass_context
def command(ctx: click.Context, output_format: str) -> None:
    """Look over this installation: model, lake, disk, ledger, keys, secrets, clock, programs.

    \b
    Example:
      fairlead doctor
      fairlead doctor --format json

    Exit code 1 says that something is bad; a warning is no more than that.
    """
    from fairlead.cli.installation import examine

    checks = list(examine(context_of(ctx)))
    print_rows([asdict(check) for check in checks], output_format)
    bad = [check.name for check in checks if check.state == "bad"]
    if bad:
        say(f"bad: {', '.join(bad)}")
        ctx.exit(1)
    suggest("fairlead serve")

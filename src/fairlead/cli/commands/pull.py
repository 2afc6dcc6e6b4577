"""`fairlead pull`: fetch from a configured source, from where the last pull stopped."""

from __future__ import annotations

from datetime import timedelta

import click

from fairlead.cli.context import context_of
from fairlead.cli.output import format_option, print_rows, say, suggest


@click.command()
@click.argument("source")
@click.option("--since", help="Begin here when nothing was pulled before; default: 90 days ago.")
@format_option()
@click.pass_context
def command(ctx: click.Context, source: str, since: str | None, output_format: str) -> None:
    """Fetch SOURCE through its REST API into the lake: pages, rate limits, checkpoints, resume.

    \b
    Example:
      fairlead pull github
      fairlead pull pagerduty --since 2026-01-01

    The workspace must allow it (`outbound: true`), and the source's secrets are references.
    """
    from fairlead.cli.intake import pull_source, rows_of
    from fairlead.engine.refresh import refresh

    context = context_of(ctx)
    begin = context.instant(since) or context.clock.now() - timedelta(days=90)
    report = pull_source(context, source, begin)
    refresh(context.lake, context.model, context.clock)
    rows = [{"what": "requests", "which": source, "count": report.requests}]
    print_rows([*rows, *rows_of(report.intake)], output_format)
    if report.waited_seconds:
        say(f"waited {report.waited_seconds:.0f} s for rate limits and retries")
    suggest("fairlead data quality")

"""`fairlead scorecard`: the balanced scorecard for a period, as text, data or one HTML file."""

from __future__ import annotations

from pathlib import Path

import click

from fairlead.cli.context import context_of, scope_options
from fairlead.cli.output import format_option, say, suggest, write_file

RECORDS_SHOWN = 150


@click.command()
@scope_options
@format_option("html", "md")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@click.option("--step", type=click.Choice(["week", "month"]), help="Step of the trends.")
@click.pass_context
def command(
    ctx: click.Context,
    period: str | None,
    as_of: str | None,
    team: str | None,
    service: str | None,
    tier: str | None,
    output_format: str,
    out: Path | None,
    step: str | None,
) -> None:
    """The scorecard: every KPI with its value, target, status, interval, trend and data grade.

    \b
    Example:
      fairlead scorecard
      fairlead scorecard --period 2026-Q3 --team payments
      fairlead scorecard --as-of 2026-10-01 --format html --out scorecard.html
    """
    from fairlead.cli.remote import asked_from, remote_address, remote_scorecard
    from fairlead.cli.scorecards import make_scorecard, render_scorecard
    from fairlead.kernel.diagnostic import fail

    if out is not None and not out.absolute().parent.is_dir():
        raise fail("FL8002", f"`{out}` cannot be written: no such file or directory")
    if remote_address(ctx):
        if step or output_format == "html":
            raise click.UsageError("--step and --format html do not go with --remote")
        scope = {"period": period, "as_of": as_of, "team": team, "service": service, "tier": tier}
        card = asked_from(ctx, lambda client: remote_scorecard(client, **scope))
        text = render_scorecard(card, output_format, None)
    else:
        context = context_of(ctx)
        card = make_scorecard(
            context, context.window(period), context.instant(as_of),
            context.filter(team, service, tier), step,
            records_limit=RECORDS_SHOWN if output_format == "html" else 0,
        )  # fmt: skip
        text = render_scorecard(card, output_format, context)
    if out is not None:
        write_file(out, text)
        say(f"wrote {out}")
    else:
        click.echo(text.rstrip("\n"))
    suggest("fairlead kpi show change_failure_rate --by service --trend")

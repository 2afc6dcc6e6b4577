"""`fairlead data`: how good the data is; what was quarantined, and its replay."""

from __future__ import annotations

from typing import Any

import click

from fairlead.cli.context import context_of, scope_options
from fairlead.cli.output import FORMATS, print_json, print_rows, print_table, say, suggest
from fairlead.kernel.wording import amount


@click.group()
def command() -> None:
    """Tell how good the data is, and replay what was quarantined.

    \b
    Example:
      fairlead data quality
      fairlead data quarantine --source github
      fairlead data replay --source github
    """


@command.command()
@scope_options
@click.option("--unlinked", is_flag=True, help="List what could not be placed, grouped.")
@format_option()
@click.pass_context
def quality(ctx: click.Context, output_format: str, unlinked: bool, **scope: Any) -> None:
    """Per source: last seen, lag, gaps, quarantine; per KPI: the known shares behind it.

    \b
    Example:
      fairlead data quality --period last-3-months
      fairlead data quality --unlinked
    """
    from fairlead.cli.data_quality import quality_report

    context = context_of(ctx)
    report = quality_report(context, scope["period"], scope["as_of"])
    if output_format == "json":
        print_json(report)
        return
    if unlinked:
        rows = [{"kind": kind, **row} for kind, found in report["unlinked"].items() for row in found]
        print_rows(rows, output_format)
    elif output_format == "csv":
        print_rows(report["components"], "csv")
    else:
        print_table(report["sources"], "Sources")
        print_table(report["components"], "\nKnown shares behind the KPIs")
        counts = [{"what": k, "count": sum(r["count"] for r in v)}
                  for k, v in report["unlinked"].items()]  # fmt: skip
        print_table(counts, "\nNot placed (list them with --unlinked)")
    suggest("fairlead data quarantine")


@command.command()
@click.option("--source", help="Only this source.")
@click.option("--payloads", is_flag=True, help="Show the payloads too.")
@format_option()
@click.pass_context
def quarantine(ctx: click.Context, source: str | None, payloads: bool, output_format: str) -> None:
    """Payloads that could not be mapped, with code, path and reason.

    \b
    Example:
      fairlead data quarantine --source github --payloads
    """
    held = context_of(ctx).journal.held(source)
    rows = [
        {
            "id": item.quarantine_id,
            "source": item.source,
            "event": item.event,
            "code": item.code,
            "path": item.path,
            "reason": item.message,
            "place": item.place,
            **({"payload": item.payload} if payloads else {}),
        }
        for item in held
    ]
    print_rows(rows, output_format)
    suggest("fairlead data replay" if rows else "fairlead scorecard")


@command.command()
@click.option("--source", help="Only this source.")
@click.option("--dry-run", is_flag=True, help="Map and report, write nothing.")
@click.pass_context
def replay(ctx: click.Context, source: str | None, dry_run: bool) -> None:
    """Map quarantined payloads again, after a connector or mapping was mended.

    \b
    Example:
      fairlead data replay --source github --dry-run
    """
    from fairlead.cli.replay import replay_held

    mended, still = replay_held(context_of(ctx), source, dry_run=dry_run)
    say(f"{mended} {'would be' if dry_run else 'were'} mapped, {still} stay in quarantine")


@command.command()
@click.argument("ids", nargs=-1, type=int, required=True)
@click.pass_context
def dismiss(ctx: click.Context, ids: tuple[int, ...]) -> None:
    """Take payloads out of the counts; they are kept and can still be listed.

    \b
    Example:
      fairlead data dismiss 17 18
    """
    context = context_of(ctx)
    context.journal.settle(ids, "dismissed", context.clock.now())
    say(f"{len(ids)} dismissed")


def _share(value: float | None) -> str:
    return amount(value, "ratio")

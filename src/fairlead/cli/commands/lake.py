"""`fairlead lake`: the state of the lake, compaction, retention, rebuild of derived facts."""

from __future__ import annotations

import click

from fairlead.cli.context import context_of
from fairlead.cli.output import format_option, print_rows, say, suggest, working


@click.group()
def command() -> None:
    """Look after the lake: state, compaction, rebuild of derived facts.

    \b
    Example:
      fairlead lake status
      fairlead lake compact
      fairlead lake derive --rebuild
    """


@command.command()
@format_option()
@click.pass_context
def status(ctx: click.Context, output_format: str) -> None:
    """Rows, files and bytes of each fact type.

    \b
    Example:
      fairlead lake status --format json
    """
    print_rows(context_of(ctx).lake.sizes(), output_format)
    suggest("fairlead lake compact")


@command.command()
@click.option(
    "--keep-hours",
    type=click.IntRange(min=0),
    default=168,
    show_default=True,
    help="Keep files out of use for so long; 0 breaks readers that are at work.",
)
@click.pass_context
def compact(ctx: click.Context, keep_hours: int) -> None:
    """Merge small files. Readers that are at work keep their files for --keep-hours.

    \b
    Example:
      fairlead lake compact --keep-hours 24
    """
    with working("merging small files"):
        removed = context_of(ctx).lake.compact(keep_hours=keep_hours)
    say(f"{sum(removed.values())} small files merged in {len(removed)} fact types")
    suggest("fairlead lake status")


@command.command()
@click.option("--dry-run/--apply", default=True, help="Only tell (default), or delete.")
@click.pass_context
def expire(ctx: click.Context, dry_run: bool) -> None:
    """Delete facts that are older than the retention of their type.

    \b
    Example:
      fairlead lake expire
      fairlead lake expire --apply
    """
    context = context_of(ctx)
    rows = context.lake.expire(context.clock.now(), dry_run=dry_run)
    say(", ".join(f"{name}: {count}" for name, count in rows.items() if count) or "nothing is old")
    if dry_run:
        suggest("fairlead lake expire --apply")


@command.command()
@click.option("--rebuild", is_flag=True, help="Recompute everything instead of what changed.")
@click.pass_context
def derive(ctx: click.Context, rebuild: bool) -> None:
    """Bring derived facts (deployments, failures, links, alerts) up to date.

    \b
    Example:
      fairlead lake derive --rebuild
    """
    from fairlead.engine.refresh import refresh

    context = context_of(ctx)
    with working("deriving"):
        changed = refresh(context.lake, context.model, context.clock, rebuild=rebuild)
    say(", ".join(f"{name}: {count}" for name, count in changed.items()) or "nothing changed")
    suggest("fairlead scorecard")

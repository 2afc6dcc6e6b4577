"""`fairlead data`: how good the data is; what was quarantined, and its replay."""

from __future__ import annotations

from pathlib import Path

import click

from fairlead.cli.context import context_of, period_options
from fairlead.cli.output import format_option, print_json, print_rows, say, suggest, working


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
@period_options
@click.option("--unlinked", is_flag=True, help="List what could not be placed, grouped, and why.")
@format_option()
@click.pass_context
def quality(
    ctx: click.Context, period: str | None, as_of: str | None, unlinked: bool, output_format: str
) -> None:
    """Per source: last seen, lag, gaps, quarantine; per KPI: the known shares behind it.

    \b
    Example:
      fairlead data quality --period last-3-months
      fairlead data quality --unlinked
    """
    from fairlead.cli.data_quality import print_quality
    from fairlead.cli.remote import asked_from, remote_address, remote_quality
    from fairlead.web.data_quality import quality_report

    if remote_address(ctx):
        if unlinked:
            raise click.UsageError("--unlinked does not go with --remote")
        report = asked_from(ctx, lambda client: remote_quality(client, period, as_of))
    else:
        context = context_of(ctx)
        with working("judging the data"):
            instant = context.instant(as_of)
            report = quality_report(context, context.window(period), instant, with_changes=unlinked)
    if output_format == "json":
        print_json(report)
        return
    if unlinked:
        rows = [
            {"kind": kind, **row} for kind, found in report["unlinked"].items() for row in found
        ]
        print_rows(rows, output_format)
    elif output_format == "csv":
        print_rows(report["components"], "csv")
    else:
        print_quality(report)
    suggest("fairlead data quarantine")


@command.command()
@click.option("--source", help="Only this source.")
@click.option(
    "--state",
    type=click.Choice(["held", "replayed", "dismissed"]),
    default="held",
    show_default=True,
    help="Those that wait, or those that were settled.",
)
@click.option("--payloads", is_flag=True, help="Show the payloads too.")
@format_option()
@click.pass_context
def quarantine(
    ctx: click.Context, source: str | None, state: str, payloads: bool, output_format: str
) -> None:
    """Payloads that could not be mapped, with code, path and reason.

    \b
    Example:
      fairlead data quarantine --source github --payloads
      fairlead data quarantine --state dismissed
    """
    held = context_of(ctx).journal.held(source, state)
    rows = [
        {
            "id": item.quarantine_id,
            "source": item.source,
            "event": item.event,
            "code": item.code,
            "path": item.path,
            "reason": item.message,
            "place": item.place.rpartition("/")[2] if output_format == "table" else item.place,
            **({"payload": item.payload} if payloads else {}),
        }
        for item in held
    ]
    if rows or output_format != "table":
        print_rows(rows, output_format)
    else:
        click.echo(f"nothing is {state}")
    waits = bool(rows) and state == "held"
    suggest("fairlead data replay" if waits else "fairlead scorecard")


@command.command()
@click.option("--source", help="Only this source.")
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The mended mapping file of payloads that were read with one.",
)
@click.option("--dry-run", is_flag=True, help="Map and report, write nothing.")
@click.pass_context
def replay(
    ctx: click.Context, source: str | None, mapping_file: Path | None, dry_run: bool
) -> None:
    """Map quarantined payloads again, after a connector, a setting or a mapping was mended.

    \b
    Example:
      fairlead data replay --source github --dry-run
      fairlead data replay --source builds --mapping builds.yaml
    """
    from fairlead.web.replay import replay_held

    with working("mapping again"):
        done = replay_held(context_of(ctx), source, mapping_file=mapping_file, dry_run=dry_run)
    for reason in done.not_tried:
        say(reason)
    say(f"{done.mapped_count} {'would be' if dry_run else 'were'} mapped, "
        f"{done.held_count} stay in quarantine")  # fmt: skip
    suggest("fairlead data quarantine" if done.held_count else "fairlead data quality")


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
    held = {item.quarantine_id for item in context.journal.held()}
    unknown = [str(id_) for id_ in ids if id_ not in held]
    if unknown:
        raise click.BadParameter(
            f"not in quarantine: {', '.join(unknown)}; nothing was dismissed", param_hint="IDS"
        )
    context.journal.settle(ids, "dismissed", context.clock.now())
    say(f"{len(set(ids))} dismissed")
    suggest("fairlead data quarantine --state dismissed")

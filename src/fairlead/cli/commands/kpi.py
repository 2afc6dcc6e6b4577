"""`fairlead kpi`: list, show, trace and explain KPIs."""

from __future__ import annotations

from typing import Any

import click

from fairlead.cli.context import context_of, scope_options
from fairlead.cli.output import format_option, print_json, print_rows, say, suggest, working


@click.group()
def command() -> None:
    """Show, trace and explain one KPI.

    \b
    Example:
      fairlead kpi list
      fairlead kpi show change_failure_rate --by service --trend
      fairlead kpi records lead_time_for_changes --service checkout
      fairlead kpi explain deployment_frequency
    """


@command.command("list")
@format_option()
def list_kpis(output_format: str) -> None:
    """All 26 KPIs and their companions: computed here, or what to connect.

    \b
    Example:
      fairlead kpi list --format json
    """
    from fairlead.cli.kpi_answers import listing

    if output_format == "table":
        from fairlead.cli.kpi_text import print_listing

        print_listing(listing())
    else:
        print_rows(listing(), output_format)
    suggest("fairlead kpi explain deployment_frequency")


@command.command()
@click.argument("kpi_id", metavar="ID")
@scope_options
@click.option("--by", default="", help="service, team, tier or a dimension such as severity.")
@click.option("--trend", is_flag=True, help="Successive complete periods and their verdict too.")
@click.option(
    "--step",
    type=click.Choice(["week", "month", "quarter"]),
    default="week",
    show_default=True,
    help="Length of the trend's periods.",
)
@click.option(
    "--definition",
    default="fairlead",
    show_default=True,
    help="Whose rules: fairlead, devlake, gitlab, fourkeys, middleware, pelorus.",
)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A KPI setting.")
@format_option()
@click.pass_context
def show(
    ctx: click.Context,
    /,
    kpi_id: str,
    by: str,
    trend: bool,
    step: str,
    definition: str,
    settings: tuple[str, ...],
    output_format: str,
    **scope: Any,
) -> None:
    """The value of KPI ID with numerator, denominator, interval, target, status and exclusions.

    \b
    Example:
      fairlead kpi show change_failure_rate --by service --trend
      fairlead kpi show time_to_restore --by severity --period 2026-Q3
      fairlead kpi show deployment_frequency --definition devlake

    With --trend, JSON holds `measures` and `trend`, and CSV the periods of the trend.
    """
    from fairlead.cli.kpi_answers import measures_of, question_of, rows_of, series_of, trend_rows
    from fairlead.cli.kpi_text import print_measures
    from fairlead.cli.remote import asked_from, remote_address, remote_kpi

    if remote_address(ctx):
        asked, measures, series = asked_from(
            ctx,
            lambda client: remote_kpi(
                client, kpi_id, definition, settings, by=by, trend=trend, step=step, **scope
            ),
        )
    else:
        asked = question_of(
            context_of(ctx), kpi_id, definition, settings, by=by, step=step, **scope
        )
        with working(f"computing {kpi_id}"), asked.context.session(asked.as_of) as session:
            measures = measures_of(asked, session)
            series = series_of(asked, session) if trend else []
    if output_format == "table":
        print_measures(asked, measures, series)
    elif not trend:
        print_rows(rows_of(asked, measures), output_format)
    elif output_format == "csv":
        print_rows(trend_rows(asked, series), output_format)
    else:
        print_json({"measures": rows_of(asked, measures), "trend": trend_rows(asked, series)})
    suggest(f"fairlead kpi records {kpi_id}")


@command.command()
@click.argument("kpi_id", metavar="ID")
@scope_options
@click.option("--definition", default="fairlead", show_default=True, help="Whose rules.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A KPI setting.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=50,
    show_default=True,
    help="At most so many; 0 for all.",
)
@click.option("--excluded", is_flag=True, help="Only the rows left out, with the reason.")
@format_option()
@click.pass_context
def records(
    ctx: click.Context,
    /,
    kpi_id: str,
    definition: str,
    settings: tuple[str, ...],
    limit: int,
    excluded: bool,
    output_format: str,
    **scope: Any,
) -> None:
    """The very records behind the number, counted and left out.

    \b
    Example:
      fairlead kpi records change_failure_rate --service checkout --period 2026-10
    """
    from fairlead.cli.kpi_answers import question_of, record_rows
    from fairlead.cli.remote import asked_from, remote_address, remote_kpi, remote_records

    if remote_address(ctx):
        rows, total = asked_from(
            ctx,
            lambda client: remote_records(
                client, kpi_id, definition, settings, limit, excluded, **scope
            ),
        )
        asked = None
    else:
        asked = question_of(context_of(ctx), kpi_id, definition, settings, **scope)
        with working(f"listing {kpi_id}"), asked.context.session(asked.as_of) as session:
            rows, total = record_rows(asked, session, limit, excluded)
    if output_format == "table":
        from fairlead.cli.kpi_text import print_records

        if asked is None and not rows:
            asked = asked_from(
                ctx, lambda client: remote_kpi(client, kpi_id, definition, settings, **scope)
            )[0]
        print_records(rows, asked)
    else:
        print_rows(rows, output_format)
    if len(rows) < total:
        say(f"{len(rows)} of {total} records; --limit 0 gives all")
    suggest(f"fairlead kpi explain {kpi_id}")


@command.command()
@click.argument("kpi_id", metavar="ID")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print.",
)
def explain(kpi_id: str, output_format: str) -> None:
    """The definition of KPI ID: what counts, when, why a value is absent, where others differ.

    \b
    Example:
      fairlead kpi explain change_failure_rate
    """
    from fairlead.cli.kpi_answers import explanation, explanation_text
    from fairlead.cli.output import console

    found = explanation(kpi_id)
    if output_format == "json":
        print_json(found)
    else:
        click.echo(explanation_text(found, min(console().width, 100)))
    suggest(f"fairlead kpi show {kpi_id}")


@command.command()
@click.argument("kpi_id", metavar="ID")
@scope_options
@format_option()
@click.pass_context
def compare(ctx: click.Context, /, kpi_id: str, output_format: str, **scope: Any) -> None:
    """KPI ID by our rules and by those of other tools, on the same facts.

    \b
    Example:
      fairlead kpi compare change_failure_rate --period 2026-Q3
    """
    from fairlead.cli.kpi_answers import comparison, question_of
    from fairlead.cli.kpi_text import print_comparison

    asked = question_of(context_of(ctx), kpi_id, "fairlead", (), **scope)
    with working(f"computing {kpi_id}"), asked.context.session(asked.as_of) as session:
        rows = comparison(asked, session)
    if output_format == "table":
        print_comparison(asked, rows)
    else:
        print_rows(rows, output_format)
    suggest(f"fairlead kpi explain {kpi_id}")

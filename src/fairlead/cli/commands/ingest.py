"""`fairlead ingest`: payload files of a tool into the lake, through its connector."""

from __future__ import annotations

from pathlib import Path

import click

from fairlead.cli.context import context_of
from fairlead.cli.output import format_option, print_rows, say, suggest, working


@click.command()
@click.argument("source")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--connector", help="Connector of a source that the model does not configure.")
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Mapping file (YAML) of the connector `mapping`.",
)
@click.option("--no-derive", is_flag=True, help="Leave derived facts for `fairlead lake derive`.")
@click.option("--dry-run", is_flag=True, help="Map and report, write nothing.")
@format_option()
@click.pass_context
def command(
    ctx: click.Context,
    source: str,
    paths: tuple[Path, ...],
    connector: str | None,
    mapping_file: Path | None,
    no_derive: bool,
    dry_run: bool,
    output_format: str,
) -> None:
    """Read payload FILES or folders of SOURCE (a configured source, or a connector's id).

    \b
    Example:
      fairlead ingest github payloads/github/
      fairlead ingest git ~/src/shop
      fairlead ingest builds runs.csv --connector mapping --mapping builds.yaml

    JSON, NDJSON and CSV are read, each also gzipped. What cannot be mapped is held in quarantine
    with its reason. Reading the same files again changes nothing. Exit 1 when nothing of the input
    could be used.
    """
    from fairlead.cli.intake import held_words, ingest_paths, rows_of
    from fairlead.web.source_settings import settings_of

    context = context_of(ctx)
    settings = settings_of(context, source, connector, mapping_file)
    report = ingest_paths(context, source, settings, paths, dry_run=dry_run)
    if not (no_derive or dry_run):
        from fairlead.engine.refresh import refresh

        with working("deriving deployments, links and failures"):
            refresh(context.lake, context.model, context.clock)
    print_rows(rows_of(report), output_format)
    if report.held_count:
        say(f"{held_words(report)}: fairlead data quarantine --source {source}")
    if report.payloads and report.held_count == report.payloads:
        ctx.exit(1)
    suggest("fairlead scorecard")

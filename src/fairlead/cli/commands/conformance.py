"""`fairlead conformance`: run cases, the shipped ones or a set kept elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from fairlead.cli.output import format_option, print_rows, say, working


@click.group()
def command() -> None:
    """Run conformance cases, the shipped ones or your own.

    \b
    Example:
      fairlead conformance run --conformance-dir ./conformance
    """


@command.command()
@click.option(
    "--conformance-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Folder with kpis/, folds/ and connectors/, or with case files.",
)
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="Where the expressions run; spark needs the extra `spark` and a JRE.",
)
@click.option("--only", help="Only cases whose file or name holds this text.")
@format_option()
@click.pass_context
def run(
    ctx: click.Context, conformance_dir: Path, engine: str, only: str | None, output_format: str
) -> None:
    """Run every case and name what disagrees, with file and line; exit 1 when any does.

    \b
    Example:
      fairlead conformance run --conformance-dir ./conformance --only change_failure
    """
    from fairlead.engine.conformance.runner import run_folder

    with working("running cases"):
        results = run_folder(conformance_dir, engine=engine, only=only)
    failed = [result for result in results if result.problems]
    if output_format != "table" or failed:
        shown = results if output_format != "table" else failed
        rows = [
            {"place": r.place, "case": r.name, "state": "failed" if r.problems else "passed",
             "problems": "; ".join(r.problems)}
            for r in shown
        ]  # fmt: skip
        print_rows(rows, output_format)
    say(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    if not results:
        say("no case was found" + (f" that holds `{only}`" if only else ""))
    if failed or not results:
        ctx.exit(1)

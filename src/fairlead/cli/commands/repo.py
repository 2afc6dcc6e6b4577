"""`fairlead repo`: what any git repository says of its delivery, without credentials or set-up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fairlead.cli.output import print_json, progress_bar, suggest

if TYPE_CHECKING:
    from fairlead.methods.repository_report import RepositoryReport


@click.group(name="repo", short_help="Look at a git repository without any credentials.")
def command() -> None:
    """Look at a git repository without any credentials.

    \b
    Example:
      fairlead repo scan ~/src/shop
    """


@command.command(name="scan", short_help="Report releases, lead time, branches and posture.")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json", "md"]),
    default="table",
    show_default=True,
    help="How to print.",
)
@click.option(
    "--tag-pattern",
    default=None,
    help=r"Regular expression of release tags. Default: ^v?\d+\.\d+\.\d+$",
)
@click.option("--since", default=None, help="Only releases and merges from this day on (UTC).")
@click.option("--no-files", is_flag=True, help="Leave out line counts: faster, graph figures only.")
@click.option(
    "--state",
    "state_path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="File that keeps what was read, so that the next scan reads only what is new.",
)
@click.option(
    "--time-limit",
    "limit_seconds",
    type=click.FloatRange(min=1),
    default=600,
    show_default=True,
    help="Seconds after which the scan stops and says what is missing.",
)
def scan(
    path: Path,
    output_format: str,
    tag_pattern: str | None,
    since: str | None,
    no_files: bool,
    state_path: Path | None,
    limit_seconds: float,
) -> None:
    """Scan the repository at PATH: a work tree, a bare repository or a bundle file.

    Nothing of the repository is executed, nothing leaves the machine, no set-up is needed. Figures
    are labelled `exact` or `proxy`; what git cannot know names the tool that would tell it.

    \b
    Example:
      fairlead repo scan ~/src/shop
      fairlead repo scan shop.bundle --format md
      fairlead repo scan . --tag-pattern '^release-(?P<version>\\d+\\.\\d+\\.\\d+)$'
      fairlead repo scan . --since 2026-01-01 --state .scan-state
    """
    from zoneinfo import ZoneInfo

    from fairlead.cli.repo_scan import ScanOptions, scan_repository
    from fairlead.ingest.git_repository import Limits
    from fairlead.kernel.clock import SYSTEM_CLOCK
    from fairlead.kernel.window import parse_instant
    from fairlead.methods.release_attribution import RELEASE_PATTERN

    options = ScanOptions(
        tag_pattern=_checked(tag_pattern or RELEASE_PATTERN),
        since_at=parse_instant(since, ZoneInfo("UTC")) if since else None,
        with_files=not no_files,
        state_path=state_path,
        limits=Limits(seconds=limit_seconds),
    )
    with progress_bar() as shown:
        task = shown.add_task("opening", total=None)

        def tell(stage: str, done: int, total: int | None) -> None:
            shown.update(task, description=stage, completed=done, total=total)

        report = scan_repository(path, options, SYSTEM_CLOCK.now(), tell)
    _show(report, output_format)
    suggest("fairlead init my-org   # then connect the tools above")


def _show(report: RepositoryReport, output_format: str) -> None:
    from fairlead.cli.repo_output import as_json, as_markdown, print_report

    if output_format == "json":
        print_json(as_json(report))
    elif output_format == "md":
        click.echo(as_markdown(report), nl=False)
    else:
        print_report(report)


def _checked(pattern: str) -> str:
    import re

    try:
        re.compile(pattern)
    except re.error as error:
        raise click.BadParameter(
            f"`{pattern}` is no regular expression: {error}", param_hint="--tag-pattern"
        ) from None
    return pattern

"""Tables on stdout in the format that was asked for; messages and progress on stderr."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.progress import Progress

Command = TypeVar("Command", bound=Callable[..., Any])
FORMATS = ("table", "json", "csv")
PIPED_WIDTH = 200
# What a payload says may mean to deceive a terminal.
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127, *range(128, 160))}
_CONTROL |= {code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def format_option(*extra: str) -> Callable[[Command], Command]:
    """The `--format` option of a command, with formats beyond table, json and csv."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice([*FORMATS, *extra]),
        default="table",
        show_default=True,
        help="How to print.",
    )


def plain(value: Any) -> Any:
    """A value as JSON knows it; instants in ISO 8601 UTC (facts carry no other zone)."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "") + "Z"
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return value


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False, default=str))


def print_rows(rows: Sequence[Mapping[str, Any]], output_format: str, title: str = "") -> None:
    """Rows of equal columns as table, JSON or CSV; an empty table says so."""
    if output_format == "json":
        print_json(list(rows))
    elif output_format == "csv":
        click.echo(rows_as_csv(rows), nl=False)
    else:
        print_table(rows, title)


def rows_as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV; a cell that a spreadsheet would run as a formula gets a leading quote."""
    text = io.StringIO()
    columns = list(rows[0]) if rows else []
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_csv_cell(plain(row.get(column))) for column in columns])
    return text.getvalue()


def _csv_cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value


def console(stderr: bool = False) -> Any:
    """A rich console as wide as the terminal, COLUMNS or, in a pipe, 200; respects NO_COLOR."""
    from rich.console import Console

    class PlainConsole(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    stream = sys.stderr if stderr else sys.stdout
    columns = os.environ.get("COLUMNS", "")
    piped_width = int(columns) if columns.isdigit() else PIPED_WIDTH
    return PlainConsole(
        stderr=stderr,
        width=None if stream.isatty() else piped_width,
        highlight=False,
        markup=False,
        emoji=False,
    )


def print_table(
    rows: Sequence[Mapping[str, Any]],
    title: str = "",
    *,
    right: Collection[str] = (),
    whole: Collection[str] = (),
) -> None:
    """Rows as a table for people; columns of numbers and those in `right` stand to the right,
    those in `whole` are never broken over lines."""
    if title:
        click.echo(title)
    if not rows:
        click.echo("nothing to show")
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in rows[0]:
        numeric = all(isinstance(row[column], int | float | None) for row in rows)
        table.add_column(
            column,
            justify="right" if numeric or column in right else "left",
            overflow="fold",
            no_wrap=column in whole,
        )
    for row in rows:
        table.add_row(*(cell(row[column]) for column in row))
    print_rendered(table)


def print_rendered(renderable: Any) -> None:
    """Anything of rich on stdout; through click, so that a closed pipe is noticed once."""
    click.echo(rendered(renderable))


def rendered(renderable: Any) -> str:
    """Anything of rich as text for stdout, without blanks at the end of a line."""
    shown = console()
    with shown.capture() as captured:
        shown.print(renderable)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def cell(value: Any) -> str:
    """A value as people read it in a table; control characters are made visible."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e6 else f"{value:,.0f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%SZ}"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return str(plain(value)).translate(_CONTROL)


def write_file(path: Path, text: str) -> None:
    """Write a file that the user asked for; FL8002 says why it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        from fairlead.kernel.diagnostic import fail

        reason = (error.strerror or "unknown reason").lower()
        raise fail("FL8002", f"`{path}` cannot be written: {reason}") from None


def say(message: str) -> None:
    """A message for the person at the terminal, on stderr."""
    click.echo(message, err=True)


def suggest(command: str) -> None:
    """The next useful command, after a success; as it can be typed here."""
    if shutil.which("fairlead") is None and Path(sys.argv[0]).is_file():
        here = Path(os.path.relpath(sys.argv[0]))
        command = command.replace("fairlead ", f"{here} ", 1)
    click.echo(f"next: {command}", err=True)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A progress display on stderr; plain lines are left out where nobody watches."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console(stderr=True),
        disable=not sys.stderr.isatty(),
    ) as shown:
        yield shown


@contextmanager
def working(what: str) -> Iterator[None]:
    """A moving bar on stderr, with what is being done, for work without a known end."""
    with progress_bar() as shown:
        shown.add_task(what, total=None)
        yield

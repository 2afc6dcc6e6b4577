"""`cli.md`: the help of every command, as click prints it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from fairlead.cli.entry import cli

from .markdown import opening

WIDTH = 96


def page() -> list[str]:
    """The whole page."""
    lines = opening(
        "Commands",
        "Numbers go to stdout, messages to stderr. Exit codes: 0 pass, 1 findings or denied, "
        "2 usage, 3 environment, 4 internal.",
    )
    for path, command in commands():
        lines += [f"## {' '.join(path)}", "", "```text", *help_of(path, command), "```", ""]
    return lines


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and group with its words, in the order of `--help`."""
    yield from _below(("fairlead",), cli, click.Context(cli, info_name="fairlead"))


def _below(
    path: tuple[str, ...], command: click.Command, context: click.Context
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from _below((*path, name), inner, click.Context(inner, info_name=name))


def help_of(path: tuple[str, ...], command: click.Command) -> list[str]:
    """The lines that `--help` prints, at a width of our own."""
    os.environ.pop("COLUMNS", None)
    context: click.Context | None = None
    for word in path[:-1]:
        context = click.Context(cli, info_name=word, parent=context)
    own = click.Context(
        command,
        info_name=path[-1],
        parent=context,
        max_content_width=WIDTH,
        terminal_width=WIDTH,
        help_option_names=["-h", "--help"],
    )
    return command.get_help(own).splitlines()

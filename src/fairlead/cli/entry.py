"""The `fairlead` command: a lazy group, so that `--help` answers at once.

Exit codes: 0 pass, 1 findings or denied, 2 usage, 3 environment or storage, 4 internal (with a
crash report), 130 stopped by the user.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from fairlead.kernel.diagnostic import Diagnostic

# Name of the command to the one line of its help; the module is cli/commands/<name>.py.
COMMANDS: dict[str, str] = {
    "init": "Write a commented operating model for an organisation.",
    "model": "Check, show and describe the operating model.",
    "repo": "Look at a git repository without any credentials.",
    "ingest": "Read payload files of a tool into the lake.",
    "pull": "Fetch from a configured source and read it into the lake.",
    "scorecard": "Print the balanced scorecard.",
    "kpi": "Show, trace and explain one KPI.",
    "serve": "Serve the console and the API.",
    "worker": "Map what arrived in the inbox, apart from the web.",
    "person": "Add people, give them roles, let them in again.",
    "audit": "Verify, export and sign the log of who did what.",
    "doctor": "Tell what is wrong with this installation, and how to mend it.",
    "data": "Tell how good the data is, and replay what was quarantined.",
    "lake": "Look after the lake: state, compaction, rebuild of derived facts.",
    "conformance": "Run conformance cases, the shipped ones or your own.",
    "demo": "Build the example company acme, show its scorecard and start its console.",
    "explain": "Explain an error code.",
}


_USAGE = frozenset({"FL4101", "FL4102", "FL4103", "FL4105", "FL4106", "FL3112", "FL9004"})
# Asked wrongly on the command line; with a place they are findings in a file.
_USAGE_WITHOUT_PLACE = frozenset({"FL1005", "FL1007", "FL2001"})
_OUTSIDE = frozenset({"FL3113", "FL3114"})


class PipeClosedError(Exception):
    """Whoever read our output has stopped reading, as `head` does."""


@contextmanager
def _noticing_closed_pipes() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise PipeClosedError from None


class LazyGroup(click.Group):
    """A group whose commands are imported only when they run."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _noticing_closed_pipes():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _noticing_closed_pipes():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"fairlead.cli.commands.{cmd_name}")
        found: click.Command = module.command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from fairlead.kernel.ids import near_match

            like = near_match(args[0], COMMANDS)
            if not like:
                raise
            raise click.UsageError(f"{error.message} Did you mean `{like}`?", ctx) from None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fairlead", prog_name="fairlead")
@click.option(
    "-w",
    "--workspace",
    type=click.Path(file_okay=False),
    envvar="FAIRLEAD_WORKSPACE",
    help="Folder of the operating model; else the one around the present folder.",
)
@click.option(
    "--remote",
    metavar="URL",
    envvar="FAIRLEAD_REMOTE",
    help="Ask the console at this address (token: FAIRLEAD_TOKEN) instead of the workspace here.",
)
@click.pass_context
def cli(ctx: click.Context, workspace: str | None, remote: str | None) -> None:  # noqa: ARG001
    """Facts from your tools, numbers with their evidence.

    \b
    Example:
      fairlead init my-org --profile saas-mid
      fairlead repo scan ~/src/shop
      fairlead scorecard --period last-3-months
    """
    ctx.obj = {"workspace": workspace}


def main() -> None:
    """Run the command line and end the process with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line; diagnostics become text, and every end an exit code."""
    from fairlead.kernel.diagnostic import DiagnosticError

    try:
        code = cli.main(list(arguments), standalone_mode=False, prog_name="fairlead")
        return code if isinstance(code, int) else 0
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        return 130
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except DiagnosticError as error:
        return report(error)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else int(bool(done.code))
    except PipeClosedError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _unforeseen(error, arguments)


def report(error: Any) -> int:
    """Print every diagnostic on stderr and give the exit code that their codes call for."""
    for item in error.diagnostics:
        click.echo(item.render(), err=True)
    first = error.diagnostics[0]
    click.echo(f"\nfairlead explain {first.code}", err=True)
    return exit_code(first)


def exit_code(found: Diagnostic) -> int:
    """2 for what was asked wrongly, 3 for the environment and storage, 1 for findings."""
    if found.code in _USAGE or (found.code in _USAGE_WITHOUT_PLACE and found.place is None):
        return 2
    return 3 if found.code.startswith(("FL8", "FL9")) or found.code in _OUTSIDE else 1


def _unforeseen(error: Exception, arguments: Sequence[str]) -> int:
    """A trouble of the storage as a diagnostic; anything else as a crash report, exit 4."""
    from fairlead.cli.crash import without_secrets, write_report
    from fairlead.cli.storage_trouble import storage_trouble

    known = storage_trouble(error)
    if known is not None:
        return report(known)
    path = write_report(error, arguments)
    message = one_line(without_secrets(str(error)))
    click.echo(f"internal error: {type(error).__name__}: {message}", err=True)
    if path is None:
        click.echo("the report could not be written anywhere", err=True)
    else:
        click.echo(f"the report is in {path}: read it, then send it to the maintainers", err=True)
    return 4


def one_line(text: str, limit: int = 200) -> str:
    """Text on one line, without control characters, cut where it is long."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else f"{line[:limit]}…"

"""The `fairlead` command: a lazy group, so that `--help` answers at once.

Exit codes: 0 pass, 1 findings or denied, 2 usage, 3 environment, 4 internal.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

# Name of the command to the one line of its help; the module is cli/commands/<name>.py.
COMMANDS: dict[str, str] = {
    "init": "Write a commented operating model for an organisation.",
    "model": "Check, show and describe the operating model.",
    "repo": "Look at a git repository without any credentials.",
    "ingest": "Read payload files of a tool into the lake.",
    "pull": "Fetch from a configured source and read it into the lake.",
    "scorecard": "Print the balanced scorecard.",
    "kpi": "Show, trace and explain one KPI.",
    "data": "Tell how good the data is, and replay what was quarantined.",
    "lake": "Look after the lake: state, compaction, rebuild of derived facts.",
    "conformance": "Run conformance cases, the shipped ones or your own.",
    "demo": "Build the example company acme, ingest it and show its scorecard.",
    "explain": "Explain an error code.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported only when they run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"fairlead.cli.commands.{cmd_name}")
        found: click.Command = module.command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
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
            if like:
                error.message += f" Did you mean `{like}`?"
            raise


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fairlead", prog_name="fairlead")
@click.option(
    "-w",
    "--workspace",
    type=click.Path(file_okay=False),
    envvar="FAIRLEAD_WORKSPACE",
    help="Folder of the operating model; else the one around the present folder.",
)
@click.pass_context
def cli(ctx: click.Context, workspace: str | None) -> None:
    """Facts from your tools, numbers with their evidence.

    \b
    Example:
      fairlead init my-org --profile saas-mid
      fairlead repo scan ~/src/shop
      fairlead scorecard --period last-3-months
    """
    ctx.obj = {"workspace": workspace}


def main() -> None:
    """Run the command line; turn diagnostics into text and exit codes."""
    from fairlead.kernel.diagnostic import DiagnosticError

    try:
        code = cli.main(standalone_mode=False, prog_name="fairlead")
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except DiagnosticError as error:
        sys.exit(report(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def report(error: Any) -> int:
    """Print every diagnostic on stderr and give the exit code that their codes call for."""
    for item in error.diagnostics:
        click.echo(item.render(), err=True)
    first = error.diagnostics[0].code
    click.echo(f"\nfairlead explain {first}", err=True)
    return exit_code(first)


def exit_code(code: str) -> int:
    """2 for what was asked wrongly, 3 for the environment and storage, 1 for findings."""
    if code in {"FL4101", "FL4102", "FL4103", "FL4105", "FL4106", "FL3112", "FL9004"}:
        return 2
    return 3 if code.startswith(("FL8", "FL9")) else 1

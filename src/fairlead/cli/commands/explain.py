"""`fairlead explain`: what an error code means and how to mend it, offline."""

from __future__ import annotations

import click

from fairlead.cli.output import FORMATS, print_rows, suggest


@click.command(name="explain", short_help="Explain an error code.")
@click.argument("code", required=False)
@click.option("--all", "list_all", is_flag=True, help="List every code with its title.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="How to print.",
)
def command(code: str | None, list_all: bool, output_format: str) -> None:
    """Explain an error CODE: what it means, an example, how to mend it.

    \b
    Example:
      fairlead explain FL2001
      fairlead explain --all
    """
    from fairlead.kernel.codes import CODES

    if list_all:
        print_rows([{"code": key, "title": title} for key, title in CODES.items()], output_format)
        suggest("fairlead explain FL2001")
        return
    if code is None:
        raise click.UsageError("name a code, such as FL2001, or ask for `--all`")
    found = _code(code)
    from fairlead.packs import error_page

    page = error_page(found)
    if output_format == "table":
        click.echo(page, nl=False)
    else:
        print_rows([{"code": found, "title": CODES[found], "page": page}], output_format)


def _code(text: str) -> str:
    """The code that was meant: `fl2001` and `2001` too; a usage error with a near match else."""
    from fairlead.kernel.codes import CODES
    from fairlead.kernel.ids import near_match

    wanted = text.strip().upper().strip("[]")
    wanted = wanted if wanted.startswith("FL") else f"FL{wanted}"
    if wanted in CODES:
        return wanted
    like = near_match(wanted, CODES)
    hint = f" Did you mean {like}?" if like else ""
    raise click.BadParameter(
        f"there is no code `{text}`.{hint} `fairlead explain --all` lists them.",
        param_hint="CODE",
    )

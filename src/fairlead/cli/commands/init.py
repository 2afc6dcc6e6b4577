"""`fairlead init`: write a commented operating model for an organisation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from fairlead.cli.output import say, suggest


def _profile(_: click.Context, __: click.Parameter, value: str) -> str:
    """The profile that was asked for; a usage error with a near match when there is none."""
    from fairlead.kernel.ids import near_match
    from fairlead.packs import profile_ids

    if value in profile_ids():
        return value
    like = near_match(value, profile_ids())
    hint = f" Did you mean `{like}`?" if like else ""
    allowed = ", ".join(f"`{name}`" for name in profile_ids())
    raise click.BadParameter(f"`{value}` is no profile; allowed: {allowed}.{hint}")


@click.command(name="init", short_help="Write a commented operating model for an organisation.")
@click.argument("name")
@click.option(
    "--profile",
    default="small",
    show_default=True,
    callback=_profile,
    help="Starting model: small, saas-mid or enterprise-regulated.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    help="Folder to write into; a new folder of the organisation's name when absent.",
)
def command(name: str, profile: str, into: Path | None) -> None:
    """Write a commented operating model for the organisation NAME.

    \b
    Example:
      fairlead init my-org --profile saas-mid
      fairlead init "My Org" --into ./operating-model
    """
    from fairlead.opmodel.profiles import organisation_id, render_profile
    from fairlead.packs import profile_files

    folder = into or Path(organisation_id(name))
    rendered = render_profile(profile_files(profile), name)
    _refuse_used(folder)
    _write(folder, rendered)
    click.echo(f"{folder}/")
    for line in tree_lines(rendered):
        click.echo(line)
    say(f"{len(rendered)} files written from the profile {profile}")
    suggest(f"fairlead model check {folder}")


def _refuse_used(folder: Path) -> None:
    """FL9004 where the folder holds anything but a git repository."""
    from fairlead.kernel.diagnostic import fail

    if folder.exists() and not folder.is_dir():
        raise fail("FL9004", f"`{folder}` is a file", help="name another folder with `--into DIR`")
    inside = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    found = [entry for entry in inside if entry != ".git"]
    if found:
        raise fail(
            "FL9004",
            f"the folder `{folder}` is not empty",
            notes=[f"it holds `{found[0]}`" + (f" and {len(found) - 1} more" * (len(found) > 1))],
            help="name another folder with `--into DIR`",
        )


def _write(folder: Path, rendered: Mapping[str, str]) -> None:
    from fairlead.kernel.diagnostic import fail

    try:
        for path, text in rendered.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise fail("FL8002", f"`{folder}` cannot be written: {reason}") from None


def tree_lines(paths: Iterable[str]) -> list[str]:
    """Paths as an indented tree, a folder once."""
    lines: list[str] = []
    above: tuple[str, ...] = ()
    for path in sorted(paths, key=lambda item: item.split("/")):
        *folders, name = path.split("/")
        for depth, part in enumerate(folders):
            if above[: depth + 1] != tuple(folders[: depth + 1]):
                lines.append(f"{'  ' * (depth + 1)}{part}/")
        above = tuple(folders)
        lines.append(f"{'  ' * (len(folders) + 1)}{name}")
    return lines

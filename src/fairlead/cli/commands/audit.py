"""`fairlead audit`: verify, export and sign the audit log."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fairlead.cli.context import context_of
from fairlead.cli.output import format_option, print_json, print_rows, say, suggest, working

if TYPE_CHECKING:
    from fairlead.ledger.audit_verify import Verified


@click.group()
def command() -> None:
    """Verify, export and sign the log of who did what.

    \b
    Example:
      fairlead audit verify
      fairlead audit export --output log.ndjson
      fairlead audit verify --file log.ndjson --key audit_key.pub
    """


@command.command()
@click.option(
    "--file", "path", type=click.Path(path_type=Path), help="An export; needs no workspace."
)
@click.option(
    "--key", "key_path", type=click.Path(path_type=Path), help="File with the public keys to trust."
)
@format_option()
@click.pass_context
def verify(
    ctx: click.Context, path: Path | None, key_path: Path | None, output_format: str
) -> None:
    """Check every entry and every signed checkpoint, and name what is wrong.

    \b
    Example:
      fairlead audit verify
      fairlead audit verify --file log.ndjson --key audit_key.pub

    Exit code 1 says that something is wrong. Without --key an export is checked with the keys that
    it names itself: that shows damage, not a forger who signed anew.
    """
    from fairlead.ledger.audit_keys import read_public_keys

    has_keys, keys = True, read_public_keys(key_path) if key_path else []
    with working("verifying"):
        if path is not None:
            from fairlead.ledger.audit_files import verify_file

            done = verify_file(path, keys)
            found, has_keys = done.verified, done.has_given_keys
        else:
            found = _verify_ledger(ctx)
    _show(found, output_format, has_keys)
    if not found.is_whole:
        ctx.exit(1)
    suggest("fairlead audit export --output log.ndjson")


def _verify_ledger(ctx: click.Context) -> Verified:
    from fairlead.cli.open_ledger import open_ledger

    open_ledger(context_of(ctx))
    from fairlead.ledger.audit_proofs import verify_database

    return verify_database()


def _show(found: Verified, output_format: str, has_keys: bool) -> None:
    rows = [asdict(finding) for finding in found.findings]
    if output_format == "json":
        print_json(
            {
                "size": found.size,
                "root_sha256": found.root.hex(),
                "verified_up_to": found.verified_up_to,
                "signed_up_to": found.signed_up_to,
                "checkpoints": found.checkpoint_count,
                "anchor": "unanchored",
                "has_given_keys": has_keys,
                "findings": rows,
            }
        )
        return
    if rows or output_format == "csv":
        print_rows(rows, output_format)
    else:
        click.echo(
            f"whole: {found.size} entries, {found.signed_up_to} of them under a signed checkpoint"
        )
    if rows:
        say(f"{len(rows)} findings; verified up to entry {found.verified_up_to} of {found.size}")
    if not has_keys:
        say("the keys are those that the file names itself: give --key to know who signed")
    say("unanchored: nothing outside this installation vouches for the last checkpoint")


@command.command()
@click.option(
    "--output", "path", type=click.Path(path_type=Path), help="File to write; default: stdout."
)
@click.pass_context
def export(ctx: click.Context, path: Path | None) -> None:
    """Write keys, checkpoints and entries as lines of JSON.

    \b
    Example:
      fairlead audit export --output log.ndjson

    Taking an export is an entry too, the last one of it.
    """
    from fairlead.cli.open_ledger import CONSOLE, open_ledger
    from fairlead.kernel.diagnostic import fail

    open_ledger(context_of(ctx))
    from fairlead.ledger.audit import record
    from fairlead.ledger.audit_checkpoints import make_checkpoint
    from fairlead.ledger.audit_proofs import export_lines

    record(actor=CONSOLE, action="audit_exported", object_type="audit_log", object_id="whole")
    make_checkpoint()
    if path is None:
        for line in export_lines():
            sys.stdout.write(line)
        return
    try:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(export_lines())
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise fail("FL8002", f"`{path}` cannot be written: {reason}") from None
    suggest(f"fairlead audit verify --file {path}")


@command.command()
@format_option()
@click.pass_context
def checkpoint(ctx: click.Context, output_format: str) -> None:
    """Sign the log as it is now, and write the note beside the ledger.

    \b
    Example:
      fairlead audit checkpoint

    Copy the note to a place that this installation cannot write: then nobody here can cut the log.
    """
    from fairlead.cli.open_ledger import open_ledger

    open_ledger(context_of(ctx))
    from fairlead.ledger.audit_checkpoints import last_checkpoint, log_folder, make_checkpoint

    made = make_checkpoint() or last_checkpoint()
    if made is None:
        say("the log is empty: there is nothing to sign")
        return
    path = log_folder() / "checkpoints" / f"{made.size}.note"
    if output_format == "table":
        click.echo(made.note, nl=False)
    else:
        row = {"size": made.size, "root": made.root_base64, "file": str(path), "note": made.note}
        if output_format == "json":
            click.echo(json.dumps(row, indent=2, ensure_ascii=False))
        else:
            print_rows([row], output_format)
    say(f"written to {path}")
    suggest("fairlead audit verify")

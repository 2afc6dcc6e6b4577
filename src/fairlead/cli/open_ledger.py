"""Opens the ledger of a workspace for a command, brought up to date first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairlead.cli.serving import set_up
from fairlead.ledger.permissions import Actor

if TYPE_CHECKING:
    from fairlead.cli.context import Context

# Whoever may run commands on the machine; the log names no person for it.
CONSOLE = Actor("", "installation", (), "console")


def open_ledger(context: Context) -> None:
    """Load the web framework and bring the tables up to date."""
    set_up(context)
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)

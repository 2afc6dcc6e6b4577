"""Starts the web framework on a workspace: ledger up to date, first administrator, server."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from fairlead.kernel.ids import random_token

if TYPE_CHECKING:
    from fairlead.cli.context import Context

SETTINGS = "fairlead.site.settings"
FIRST_ADDRESS = "admin@localhost.invalid"
STOP_SECONDS = 5


def set_up(context: Context) -> None:
    """Load the web framework for a workspace."""
    import django

    os.environ["FAIRLEAD_WORKSPACE"] = str(context.root)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    django.setup()


def ready_ledger(context: Context) -> tuple[str, str] | None:
    """Bring the ledger up to date; address and password of the first administrator if made now."""
    from django.core.management import call_command

    set_up(context)
    call_command("migrate", verbosity=0, interactive=False)
    return first_administrator()


def first_administrator(password: str | None = None) -> tuple[str, str] | None:
    """Make an administrator where nobody can log in yet."""
    from fairlead.ledger.audit import record
    from fairlead.ledger.people import Person, RoleGrant
    from fairlead.ledger.permissions import Actor

    if Person.objects.exists():
        return None
    chosen = password or random_token(12)
    person = Person.objects.create_person(FIRST_ADDRESS, "First administrator", chosen)
    for role in ("admin", "director"):
        RoleGrant.objects.create(person=person, role=role, scope_kind="organisation")
    record(
        actor=Actor("", "installation", (), "console"),
        action="person_created",
        object_type="account",
        object_id=person.person_id,
    )
    return FIRST_ADDRESS, chosen


def free_port(host: str, wished: int) -> int:
    """The wished port of an address, or any that is free."""
    for port in (wished, 0):
        with socket.socket() as found:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                found.bind((host, port))
            except OSError:
                continue
            return int(found.getsockname()[1])
    raise OSError(f"{host} has no free port")


def serve(host: str, port: int, workers: int, *, has_worker: bool) -> None:
    """Serve until interrupted."""
    from granian import Granian
    from granian.constants import Interfaces

    os.environ["FAIRLEAD_WORKER"] = "1" if has_worker else "0"
    Granian(
        "fairlead.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=8,
        log_enabled=False,
        workers_kill_timeout=STOP_SECONDS,
    ).serve()

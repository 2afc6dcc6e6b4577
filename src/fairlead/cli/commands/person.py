"""`fairlead person`: people and their roles, for the start of an installation and for need."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from fairlead.cli.context import context_of
from fairlead.cli.output import format_option, print_rows, say, suggest

if TYPE_CHECKING:
    from fairlead.apps.administration.services import Wish


@click.group()
def command() -> None:
    """Add people, give them roles, let them in again; each act is recorded in the audit log.

    \b
    Example:
      fairlead person add ana@example.org --name "Ana Lopez"
      fairlead person grant ana@example.org director
      fairlead person list
    """


def _open(ctx: click.Context) -> None:
    from fairlead.cli.open_ledger import open_ledger

    open_ledger(context_of(ctx))


@command.command()
@click.argument("email")
@click.option("--name", required=True, help="Name that the console shows.")
@click.option("--sso", is_flag=True, help="No password: they come in by single sign-on.")
@click.pass_context
def add(ctx: click.Context, email: str, name: str, sso: bool) -> None:
    """Add a person; the first password is printed once.

    \b
    Example:
      fairlead person add ana@example.org --name "Ana Lopez"
    """
    _open(ctx)
    from fairlead.apps.administration.services import add_person
    from fairlead.cli.open_ledger import CONSOLE

    person, password = add_person(email=email, name=name, actor=CONSOLE, has_password=not sso)
    say(f"added {person.email}, with no role yet")
    if password:
        say("first password, shown only now:")
        click.echo(password)
    suggest(f"fairlead person grant {person.email} viewer")


@command.command()
@click.argument("email")
@click.argument("role")
@click.option("--team", help="Only for this team.")
@click.option("--service", help="Only for this service.")
@click.option("--audit", help="Only for this audit.")
@click.option("--until", default="", help="Last day of the role, such as 2027-03-31.")
@click.pass_context
def grant(
    ctx: click.Context,
    email: str,
    role: str,
    team: str | None,
    service: str | None,
    audit: str | None,
    until: str,
) -> None:
    """Give a person a role, in the whole organisation or in one scope.

    \b
    Example:
      fairlead person grant ana@example.org director
      fairlead person grant bo@example.org team_lead --team payments
      fairlead person grant cy@example.org auditor --until 2027-03-31
    """
    _open(ctx)
    from fairlead.apps.administration.person import known_scopes
    from fairlead.apps.administration.services import find_person, grant_role
    from fairlead.cli.open_ledger import CONSOLE
    from fairlead.kernel.clock import SYSTEM_CLOCK

    found = grant_role(
        person=find_person(email),
        wish=_wish(role, team, service, audit, until),
        known=known_scopes(),
        actor=CONSOLE,
        now=SYSTEM_CLOCK.now(),
    )
    say(f"{email} is {found}")
    suggest("fairlead person list")


@command.command()
@click.argument("email")
@click.argument("role")
@click.option("--team", help="The grant for this team.")
@click.option("--service", help="The grant for this service.")
@click.option("--audit", help="The grant for this audit.")
@click.pass_context
def revoke(
    ctx: click.Context,
    email: str,
    role: str,
    team: str | None,
    service: str | None,
    audit: str | None,
) -> None:
    """Take a role away; the last administrator's stays.

    \b
    Example:
      fairlead person revoke bo@example.org team_lead --team payments
    """
    _open(ctx)
    from fairlead.apps.administration.services import find_person, revoke_role
    from fairlead.cli.open_ledger import CONSOLE
    from fairlead.kernel.clock import SYSTEM_CLOCK
    from fairlead.kernel.diagnostic import fail

    wish = _wish(role, team, service, audit, "")
    grants = find_person(email).grants.filter(
        role=wish.role, scope_kind=wish.scope_kind, scope_id=wish.scope_id
    )
    if not grants:
        raise fail("FL7028", f"`{email}` has no such role", help="fairlead person list")
    for found in grants:
        revoke_role(grant=found, actor=CONSOLE, now=SYSTEM_CLOCK.now())
    say(f"{email} is no longer {role}")
    suggest("fairlead person list")


def _wish(role: str, team: str | None, service: str | None, audit: str | None, until: str) -> Wish:
    from fairlead.apps.administration.person import end_of_day
    from fairlead.apps.administration.services import Wish

    given = {"team": team, "service": service, "audit": audit}
    chosen = [(kind, which) for kind, which in given.items() if which]
    if len(chosen) > 1:
        raise click.UsageError("give one of --team, --service and --audit")
    kind, which = chosen[0] if chosen else ("organisation", "")
    return Wish(role, kind, which, end_of_day(until))


@command.command("list")
@format_option()
@click.pass_context
def list_people(ctx: click.Context, output_format: str) -> None:
    """Everybody, with state and roles in force.

    \b
    Example:
      fairlead person list --format json
    """
    _open(ctx)
    from fairlead.kernel.clock import SYSTEM_CLOCK
    from fairlead.ledger.people import Person

    now = SYSTEM_CLOCK.now()
    rows = [
        {
            "email": person.email,
            "name": person.name,
            "state": "active" if person.is_active else "shut out",
            "second_factor": bool(person.totp_secret),
            "roles": [str(found) for found in person.grants_at(now)],
        }
        for person in Person.objects.order_by("email")
    ]
    print_rows(rows, output_format)
    suggest("fairlead person add")


@command.command()
@click.argument("email")
@click.option("--stdin", is_flag=True, help="Read the password from stdin, else make one.")
@click.pass_context
def password(ctx: click.Context, email: str, stdin: bool) -> None:
    """Give a person a fresh password, which ends their sessions.

    \b
    Example:
      fairlead person password ana@example.org
    """
    _open(ctx)
    from fairlead.apps.administration.services import find_person, reset_password
    from fairlead.cli.open_ledger import CONSOLE

    given = sys.stdin.readline().rstrip("\r\n") if stdin else None
    chosen = reset_password(person=find_person(email), actor=CONSOLE, password=given)
    if stdin:
        say(f"{email} has the given password")
    else:
        say("fresh password, shown only now:")
        click.echo(chosen)
    suggest("fairlead person list")

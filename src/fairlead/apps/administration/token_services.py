"""Makes and revokes API tokens; each is an entry of the log, the value never is."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from fairlead.kernel.diagnostic import fail
from fairlead.ledger.audit import record
from fairlead.ledger.people import Person
from fairlead.ledger.permissions import PERMISSIONS, SENSITIVE, Actor, is_allowed
from fairlead.ledger.tokens import ApiToken, create_token

# What asks a person for a fresh proof is nothing that a program can do.
PERSONAL = SENSITIVE | {"account:manage"}


def scopes_of(actor: Actor) -> list[str]:
    """What a token of an actor may be allowed: less than the actor is, and nothing personal."""
    return sorted(name for name in PERMISSIONS - PERSONAL if _holds(actor, name))


def _holds(actor: Actor, permission: str) -> bool:
    scopes = [None, *((g.scope_kind, g.scope_id) for g in actor.grants)]
    return any(is_allowed(actor, permission, scope) for scope in scopes)


@transaction.atomic
def create_own_token(
    *, label: str, scopes: list[str], days: int, actor: Actor, now: datetime, request_id: str = ""
) -> tuple[ApiToken, str]:
    """A token of the actor's own; FL7029 for a scope that the actor does not have."""
    if not label.strip() or not scopes:
        raise fail("FL7029", "a token has a label and at least one permission")
    beyond = sorted(set(scopes) & PERMISSIONS - set(scopes_of(actor)))
    if beyond and _holds(actor, beyond[0]):
        raise fail("FL7029", f"no token may have `{beyond[0]}`: it asks for a fresh proof")
    if beyond:
        raise fail("FL7029", f"your roles do not include `{beyond[0]}`")
    person = Person.objects.get(pk=actor.actor_id)
    token, value = create_token(
        person=person, label=label.strip()[:100], scopes=scopes, days=days, now=now
    )
    _note(actor, "token_created", token, request_id)
    return token, value


@transaction.atomic
def revoke_token(*, token: ApiToken, actor: Actor, now: datetime, request_id: str = "") -> None:
    """End a token at once."""
    if token.revoked_at is not None:
        return
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
    _note(actor, "token_revoked", token, request_id)


def _note(actor: Actor, action: str, token: ApiToken, request_id: str) -> None:
    content = {
        "token": token.pk,
        "person": token.person_id,
        "label": token.label,
        "scopes": list(token.scopes),
        "expires_at": token.expires_at.isoformat(),
    }
    record(
        actor=actor,
        action=action,
        object_type="token",
        object_id=str(token.pk),
        after=content,
        payload=content,
        request_id=request_id,
    )

"""Adds people, grants and revokes roles, ends access; each change is an entry of the log."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from fairlead.kernel.diagnostic import fail
from fairlead.kernel.ids import near_match, random_token
from fairlead.ledger.audit import record
from fairlead.ledger.people import Person, RoleGrant
from fairlead.ledger.permissions import ROLES, SCOPES, Actor


@dataclass(frozen=True)
class Wish:
    """A role that somebody is to have, in a scope, until when."""

    role: str
    scope_kind: str = "organisation"
    scope_id: str = ""
    expires_at: datetime | None = None


def find_person(email: str) -> Person:
    """The person of an address; FL7028 with a near match."""
    address = email.strip().lower()
    found = Person.objects.filter(email=address).first()
    if found is None:
        like = near_match(address, Person.objects.values_list("email", flat=True))
        raise fail(
            "FL7028",
            f"there is no person `{address}`",
            help=f"did you mean `{like}`?" if like else None,
        )
    return found


@transaction.atomic
def add_person(
    *, email: str, name: str, actor: Actor, has_password: bool = True, request_id: str = ""
) -> tuple[Person, str]:
    """A person and the first password, which is shown now and never again."""
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise fail("FL7024", f"`{address}` is no mail address") from None
    if not name.strip():
        raise fail("FL7024", "a person has a name")
    if Person.objects.filter(email=address).exists():
        raise fail("FL7024", f"`{address}` is a person's already")
    password = random_token(15) if has_password else None
    person = Person.objects.create_person(address, name.strip()[:200], password)
    _note(actor, "person_created", person, request_id, after={"has_password": has_password})
    return person, password or ""


@transaction.atomic
def grant_role(
    *,
    person: Person,
    wish: Wish,
    known: Mapping[str, Collection[str]],
    actor: Actor,
    now: datetime,
    request_id: str = "",
) -> RoleGrant:
    """Grant a role; `known` holds the ids of teams and services. FL7021 to oneself, FL7023."""
    if actor.actor_id and actor.actor_id == person.person_id:
        raise fail(
            "FL7021",
            "nobody grants a role to themselves",
            help="another administrator can grant it",
        )
    check_wish(wish, known, now)
    grant, is_created = RoleGrant.objects.update_or_create(
        person=person,
        role=wish.role,
        scope_kind=wish.scope_kind,
        scope_id=wish.scope_id,
        origin="local",
        defaults={"expires_at": wish.expires_at, "granted_by_id": actor.actor_id},
    )
    action = "role_granted" if is_created else "role_grant_changed"
    _note(actor, action, person, request_id, after=grant_content(grant))
    return grant


def check_wish(wish: Wish, known: Mapping[str, Collection[str]], now: datetime) -> None:
    """FL7023 for a role, scope or expiry that cannot be."""
    if wish.role not in ROLES:
        raise _wrong("role", wish.role, ROLES)
    if wish.scope_kind not in SCOPES:
        raise _wrong("scope", wish.scope_kind, SCOPES)
    if wish.scope_kind == "organisation" and wish.scope_id:
        raise fail("FL7023", "the organisation is a scope without an id")
    if wish.scope_kind != "organisation" and not wish.scope_id:
        raise fail("FL7023", f"the scope `{wish.scope_kind}` needs an id")
    if wish.scope_kind in known and wish.scope_id not in known[wish.scope_kind]:
        raise _wrong(wish.scope_kind, wish.scope_id, known[wish.scope_kind])
    if wish.expires_at is not None and wish.expires_at <= now:
        raise fail("FL7023", "the role would have ended before it began")
    if wish.role == "auditor" and wish.expires_at is None:
        raise fail("FL7023", "an auditor's role ends on a day", help="give the day of its end")


def _wrong(noun: str, given: str, allowed: Collection[str]) -> Exception:
    like = near_match(given, allowed)
    return fail(
        "FL7023",
        f"there is no {noun} `{given}`",
        notes=[f"allowed: {', '.join(sorted(allowed))}"] if len(allowed) <= 20 else [],
        help=f"did you mean `{like}`?" if like else None,
    )


@transaction.atomic
def revoke_role(*, grant: RoleGrant, actor: Actor, now: datetime, request_id: str = "") -> None:
    """Take a role away; FL7027 for the last administrator's."""
    if grant.role == "admin":
        _keep_an_administrator(now, Q(pk=grant.pk))
    content, person = grant_content(grant), grant.person
    grant.delete()
    _note(actor, "role_revoked", person, request_id, before=content)


@transaction.atomic
def set_active(
    *, person: Person, is_active: bool, actor: Actor, now: datetime, request_id: str = ""
) -> None:
    """Let a person in, or shut them out with all their sessions and tokens at once."""
    if person.is_active == is_active:
        return
    if not is_active:
        _keep_an_administrator(now, Q(person=person))
    person.is_active = is_active
    person.save(update_fields=["is_active"])
    action = "person_activated" if is_active else "person_deactivated"
    _note(actor, action, person, request_id, before={"is_active": not is_active})


@transaction.atomic
def reset_password(
    *, person: Person, actor: Actor, password: str | None = None, request_id: str = ""
) -> str:
    """Give a person a fresh password, which ends their sessions; FL7025 for a weak one."""
    if password is not None:
        try:
            validate_password(password, person)
        except ValidationError as error:
            raise fail("FL7025", "the password is too weak", notes=error.messages) from None
    chosen = password if password is not None else random_token(15)
    person.set_password(chosen)
    person.save(update_fields=["password"])
    _note(actor, "password_reset", person, request_id)
    return chosen


def _keep_an_administrator(now: datetime, without: Q) -> None:
    live = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    admins = RoleGrant.objects.select_for_update(of=("self",)).filter(
        live, role="admin", scope_kind="organisation", person__is_active=True
    )
    found = {grant.pk for grant in admins}
    gone = {grant.pk for grant in admins.filter(without)}
    if gone and not found - gone:
        raise fail(
            "FL7027",
            "the last administrator stays",
            help="make somebody else an administrator first",
        )


def grant_content(grant: RoleGrant) -> dict[str, str | None]:
    """A grant as the log digests it."""
    return {
        "role": grant.role,
        "scope_kind": grant.scope_kind,
        "scope_id": grant.scope_id,
        "expires_at": grant.expires_at.isoformat() if grant.expires_at else None,
        "origin": grant.origin,
    }


def _note(
    actor: Actor,
    action: str,
    person: Person,
    request_id: str,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    content = {"person": person.person_id, **(after or before or {})}
    record(
        actor=actor,
        action=action,
        object_type="person",
        object_id=person.person_id,
        before=dict(before) if before is not None else None,
        after=dict(after) if after is not None else None,
        payload=content,
        request_id=request_id,
    )

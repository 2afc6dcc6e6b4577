"""The person that an ID token speaks of: found or made, with the roles that their groups give."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from fairlead.apps.identity.id_token import refused
from fairlead.apps.identity.oidc_settings import OidcSettings
from fairlead.apps.identity.services import Asking
from fairlead.kernel.ids import content_sha256
from fairlead.ledger.audit import record
from fairlead.ledger.people import Person, RoleGrant
from fairlead.ledger.permissions import Actor, Grant

ORIGIN = "sso"
PROVIDER = Actor("", "identity provider", (), "sso")


def person_of_claims(*, claims: dict[str, Any], settings: OidcSettings, asking: Asking) -> Person:
    """The person of checked claims, with grants of origin `sso` that are those of their groups now.

    A local account is taken over only by an address that the provider has verified.
    """
    external_id = f"{content_sha256(settings.issuer)[:12]}:{claims['sub']}"[:200]
    with transaction.atomic():
        person = Person.objects.select_for_update().filter(external_id=external_id).first()
        if person is None:
            person = _known_or_made(claims, external_id, asking)
        if not person.is_active:
            raise refused("the account is not active")
        groups = claims.get(settings.groups_claim)
        names = [str(name) for name in groups] if isinstance(groups, list) else []
        _replace_grants(person, settings.grants_of(names), asking)
    return person


def _known_or_made(claims: dict[str, Any], external_id: str, asking: Asking) -> Person:
    email = str(claims.get("email", "")).strip().lower()
    if not email or "@" not in email:
        raise refused("the provider gives no address")
    known = Person.objects.select_for_update().filter(email=email).first()
    if known is not None:
        if claims.get("email_verified") is not True or known.external_id:
            raise refused("the address belongs to an account that is not linked")
        known.external_id = external_id
        known.save(update_fields=["external_id"])
        _note("account_linked", known, asking)
        return known
    name = str(claims.get("name") or email.partition("@")[0])[:200]
    made = Person.objects.create_person(email, name)
    made.external_id = external_id
    made.save(update_fields=["external_id"])
    _note("person_created", made, asking)
    return made


def _replace_grants(person: Person, wanted: set[Grant], asking: Asking) -> None:
    held = {
        Grant(one.role, one.scope_kind, one.scope_id): one
        for one in person.grants.filter(origin=ORIGIN)
    }
    for grant in sorted(held.keys() - wanted, key=str):
        held[grant].delete()
        _note("role_revoked", person, asking, grant)
    for grant in sorted(wanted - held.keys(), key=str):
        RoleGrant.objects.create(
            person=person, role=grant.role, scope_kind=grant.scope_kind, scope_id=grant.scope_id,
            origin=ORIGIN,
        )  # fmt: skip
        _note("role_granted", person, asking, grant)


def _note(action: str, person: Person, asking: Asking, grant: Grant | None = None) -> None:
    value = None
    if grant is not None:
        value = {"role": grant.role, "scope": f"{grant.scope_kind}:{grant.scope_id}"}
    record(
        actor=PROVIDER,
        action=action,
        object_type="account",
        object_id=person.person_id,
        before=value if action == "role_revoked" else None,
        after=value if action != "role_revoked" else None,
        request_id=asking.request_id,
        at=asking.now,
    )

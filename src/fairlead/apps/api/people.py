"""People who may log in, with the roles in force."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query

from fairlead.apps.api.asking import Paging
from fairlead.apps.api.operations import operation
from fairlead.apps.api.problem import nothing_here
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.ledger.people import Person
from fairlead.web.api_shapes import GrantAnswer, PersonAnswer
from fairlead.web.paging import Page, page_of_query

PERSON = {
    "person_id": "0199c1de-6f00-7000-8000-000000000000", "email": "ada@acme.example",
    "name": "Ada", "is_active": True, "created_at": "2026-01-05T09:00:00Z",
    "has_second_factor": True, "grants": [{"role": "director", "scope_kind": "organisation",
                                           "scope_id": "", "origin": "local", "expires_at": None}],
}  # fmt: skip


@operation(
    "GET", "/people", "person:read", answers=Page[PersonAnswer], tag="people",
    example={"items": [PERSON], "next": None, "total": None},
)  # fmt: skip
def people(request: HttpRequest, asked: Query[Paging]) -> Page[PersonAnswer]:  # noqa: ARG001
    """Everybody who has an account, newest first."""
    query = Person.objects.prefetch_related("grants")
    return page_of_query(query, {"list": "people"}, asked.cursor, asked.limit, _person)


@operation("GET", "/people/{person_id}", "person:read", answers=PersonAnswer, tag="people",
           example=PERSON)  # fmt: skip
def person(request: HttpRequest, person_id: str) -> PersonAnswer:  # noqa: ARG001
    """One person with the roles in force."""
    found = Person.objects.filter(pk=person_id[:36]).first()
    if found is None or found.pk != person_id:
        raise nothing_here("person", person_id)
    return _person(found)


def _person(found: Person) -> PersonAnswer:
    now = SYSTEM_CLOCK.now()
    return PersonAnswer(
        found.person_id, found.email, found.name, found.is_active, found.created_at,
        bool(found.totp_secret),
        [
            GrantAnswer(one.role, one.scope_kind, one.scope_id, one.origin, one.expires_at)
            for one in found.grants.all()
            if one.expires_at is None or one.expires_at > now
        ],
    )  # fmt: skip

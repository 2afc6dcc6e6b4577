"""People, roles and tokens are managed by administrators alone, and every change is recorded."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from fairlead.apps.administration.services import (
    Wish,
    add_person,
    find_person,
    grant_role,
    reset_password,
)
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.ledger.audit import AuditEntry
from fairlead.ledger.people import Person, RoleGrant
from fairlead.ledger.permissions import ROLES, Actor
from fairlead.ledger.tokens import ApiToken, token_of
from tests.console.conftest import Login

People = Callable[..., Person]
KNOWN = {"team": ["payments", "platform"], "service": ["checkout"]}
CONSOLE = Actor("", "installation", (), "console")


def actions() -> list[str]:
    """What was recorded, but for log-ins."""
    found = AuditEntry.objects.exclude(action="login").order_by("seq")
    return list(found.values_list("action", flat=True))


@pytest.mark.parametrize("role", sorted(ROLES))
def test_pages_of_a_person_open_for_those_who_may(role: str, login: Login, person: People) -> None:
    bo = person(email="bo@acme.invalid")
    client = login(role)
    needed = {"": "person:read", "/account": "person:manage", "/roles": "role:grant"}
    for path, permission in needed.items():
        status = client.get(f"/admin/people/{bo.pk}{path}").status_code
        assert status == (200 if permission in ROLES[role] else 403), path
    if "role:grant" not in ROLES[role]:
        answer = client.post(f"/admin/people/{bo.pk}/roles", {"role": "viewer"})
        assert (answer.status_code, bo.grants.count()) == (403, 0)


def test_a_person_is_added_and_comes_in_with_the_password_shown_once(login: Login) -> None:
    admin = login("admin")
    page = admin.post("/admin/add", {"email": " Bo@Acme.invalid ", "name": "Bo"}).content.decode()
    password = re.findall(r"<code>([^<]+)</code>", page)[0]
    assert (
        Client().post("/login", {"email": "bo@acme.invalid", "password": password}).status_code
        == 302
    )
    assert password not in admin.get("/admin").content.decode()
    assert actions() == ["person_created"]


@pytest.mark.diagnostic("FL7024")
@pytest.mark.parametrize(
    ("email", "name", "says"),
    [
        ("bo", "Bo", "is no mail address"),
        ("bo@acme.invalid", " ", "has a name"),
        ("ADMIN@acme.invalid", "Bo", "already"),
    ],
)
def test_a_wrong_address_or_name_is_refused(email: str, name: str, says: str, login: Login) -> None:
    answer = login("admin").post("/admin/add", {"email": email, "name": name})
    assert (answer.status_code, says in answer.content.decode()) == (400, True)
    with pytest.raises(DiagnosticError, match="FL7024"):
        add_person(email=email, name=name, actor=CONSOLE)
    assert actions() == []


def test_a_role_is_granted_in_a_scope_until_the_end_of_a_day(login: Login, person: People) -> None:
    bo = person(email="bo@acme.invalid")
    admin = login("admin")
    given = {
        "role": "team_lead", "scope_kind": "team", "scope_id": "payments", "until": "2099-03-31",
    }  # fmt: skip
    assert admin.post(f"/admin/people/{bo.pk}/roles", given).status_code == 302
    grant = bo.grants.get()
    granter = Person.objects.get(email="admin@acme.invalid")
    assert (str(grant), grant.granted_by_id) == ("team_lead of payments", granter.pk)
    assert grant.expires_at is not None
    assert f"{grant.expires_at:%Y-%m-%d}" in ("2099-03-31", "2099-04-01")
    entry = AuditEntry.objects.get(action="role_granted")
    assert (entry.actor_id, entry.object_id) == (granter.pk, bo.pk)
    assert json.loads(entry.payload_json)["scope_id"] == "payments"
    assert "team_lead of payments" not in admin.get("/admin").content.decode()
    assert "(team payments)" in admin.get("/admin").content.decode()


def test_a_role_is_revoked_at_once(login: Login, person: People) -> None:
    bo = person("director", email="bo@acme.invalid")
    admin = login("admin")
    grant = bo.grants.get()
    for _ in range(2):
        answer = admin.post(
            f"/admin/people/{bo.pk}/roles", {"do": "revoke", "grant": str(grant.pk)}
        )
    assert (answer.status_code, bo.grants.count()) == (400, 0), "the second time it is gone"
    assert actions() == ["role_revoked"]


@pytest.mark.diagnostic("FL7021")
def test_nobody_grants_to_themselves(login: Login) -> None:
    admin = login("admin")
    me = Person.objects.get(email="admin@acme.invalid")
    answer = admin.post(f"/admin/people/{me.pk}/roles", {"role": "director"})
    assert (answer.status_code, me.grants.count(), actions()) == (400, 1, [])
    assert "nobody grants a role to themselves" in answer.content.decode()
    actor = Actor(me.pk, me.name)
    with pytest.raises(DiagnosticError, match="FL7021"):
        grant_role(
            person=me, wish=Wish("director"), known=KNOWN, actor=actor, now=SYSTEM_CLOCK.now()
        )


@pytest.mark.diagnostic("FL7023")
@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (Wish("directr"), "did you mean `director`"),
        (Wish("viewer", "planet"), "there is no scope `planet`"),
        (Wish("viewer", "team", "paymnts"), "did you mean `payments`"),
        (Wish("viewer", "service"), "needs an id"),
        (Wish("viewer", "organisation", "acme"), "without an id"),
        (Wish("viewer", expires_at=SYSTEM_CLOCK.now()), "ended before it began"),
        (Wish("auditor"), "ends on a day"),
    ],
)
def test_a_grant_that_cannot_be_is_refused(wish: Wish, says: str, person: People) -> None:
    bo = person(email="bo@acme.invalid")
    with pytest.raises(DiagnosticError, match=says) as caught:
        grant_role(person=bo, wish=wish, known=KNOWN, actor=CONSOLE, now=SYSTEM_CLOCK.now())
    assert caught.value.diagnostics[0].code == "FL7023"
    assert (bo.grants.count(), actions()) == (0, [])


@pytest.mark.diagnostic("FL7027")
def test_the_last_administrator_stays(login: Login, person: People) -> None:
    admin = login("admin")
    me = Person.objects.get(email="admin@acme.invalid")
    address, grant = f"/admin/people/{me.pk}", str(me.grants.get().pk)
    assert admin.post(f"{address}/roles", {"do": "revoke", "grant": grant}).status_code == 400
    answer = admin.post(f"{address}/account", {"do": "deactivate"})
    assert (answer.status_code, "the last administrator" in answer.content.decode()) == (400, True)
    person("admin", email="bo@acme.invalid")
    assert admin.post(f"{address}/account", {"do": "deactivate"}).status_code == 302
    assert not Person.objects.get(pk=me.pk).is_active


@pytest.mark.diagnostic("FL7025")
def test_a_weak_password_is_refused(person: People) -> None:
    bo = person(email="bo@acme.invalid")
    with pytest.raises(DiagnosticError, match="at least 12"):
        reset_password(person=bo, actor=CONSOLE, password="short")
    assert actions() == []


def test_who_is_shut_out_loses_session_and_tokens_and_may_return(
    login: Login, person: People
) -> None:
    bo, admin = login("viewer", email="bo@acme.invalid"), login("admin")
    found = find_person("bo@acme.invalid")
    value = make_token(bo, ["kpi:read"])
    admin.post(f"/admin/people/{found.pk}/account", {"do": "deactivate"})
    assert bo.get("/account").status_code == 302
    assert token_of(value, SYSTEM_CLOCK.now()) is None
    admin.post(f"/admin/people/{found.pk}/account", {"do": "activate"})
    assert token_of(value, SYSTEM_CLOCK.now()) is not None
    assert actions() == ["token_created", "person_deactivated", "person_activated"]


def make_token(client: Client, scopes: list[str]) -> str:
    """The value of a token made on the page."""
    answer = client.post("/account/tokens", {"label": "ci", "days": "30", "scopes": scopes})
    return re.findall(r"<code>(fl_[^<…]+)</code>", answer.content.decode())[0]


def test_a_token_is_shown_once_and_kept_as_a_digest(login: Login) -> None:
    client = login("engineer")
    value = make_token(client, ["kpi:read"])
    assert len(value) >= 43 + 3
    token = ApiToken.objects.get()
    assert (token.scopes, value in repr(token.__dict__)) == (["kpi:read"], False)
    assert token.expires_at - token.created_at == timedelta(days=30)
    assert value not in client.get("/account/tokens").content.decode()
    entry = AuditEntry.objects.get(action="token_created")
    assert value not in entry.entry_json + entry.payload_json


@pytest.mark.diagnostic("FL7029")
@pytest.mark.parametrize(
    ("scopes", "says"), [(["role:grant"], "do not include"), ([], "at least one permission")]
)
def test_a_token_gets_no_more_than_its_owner_has(
    scopes: list[str], says: str, login: Login
) -> None:
    answer = login("engineer").post(
        "/account/tokens", {"label": "ci", "days": "30", "scopes": scopes}
    )
    assert (answer.status_code, says in answer.content.decode()) == (400, True)
    assert ApiToken.objects.count() == 0


def test_no_token_does_what_asks_for_a_fresh_proof(login: Login) -> None:
    admin = login("admin")
    page = admin.get("/account/tokens").content.decode()
    assert 'value="kpi:read"' in page
    assert 'value="role:grant"' not in page
    answer = admin.post("/account/tokens", {"label": "x", "days": "1", "scopes": ["role:grant"]})
    assert "no token may have" in answer.content.decode()
    assert ApiToken.objects.count() == 0


def test_tokens_are_revoked_by_their_owner_and_by_administrators_only(login: Login) -> None:
    owner, other = login("engineer"), login("viewer")
    value = make_token(owner, ["kpi:read"])
    number = {"do": "revoke", "token": str(ApiToken.objects.get().pk)}
    other.post("/account/tokens", number)
    assert token_of(value, SYSTEM_CLOCK.now()) is not None
    assert other.post("/admin/tokens", number).status_code == 403
    assert login("admin").post("/admin/tokens", number).status_code == 302
    assert token_of(value, SYSTEM_CLOCK.now()) is None
    assert actions() == ["token_created", "token_revoked"]


def test_hostile_names_are_shown_as_text(login: Login, person: People) -> None:
    bo = person(email="bo@acme.invalid")
    Person.objects.filter(pk=bo.pk).update(name="<img src=x onerror=alert(1)>")
    RoleGrant.objects.create(person=bo, role="viewer", scope_kind="audit", scope_id="<b>x</b>")
    admin = login("admin")
    for address in ("/admin", f"/admin/people/{bo.pk}", "/admin?q=<b>"):
        page = admin.get(address).content.decode()
        assert "<img" not in page
        assert "<b>" not in page


@pytest.mark.diagnostic("FL7028")
def test_an_unknown_person_is_not_found_with_a_near_match(login: Login, person: People) -> None:
    person(email="anabel@acme.invalid")
    admin = login("admin")
    for path in ("", "/account", "/roles"):
        assert admin.get(f"/admin/people/nobody{path}").status_code == 404
    with pytest.raises(DiagnosticError, match="did you mean `anabel@"):
        find_person("annabel@acme.invalid")

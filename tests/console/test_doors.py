"""Every address declares who may open it, and every role gets just that."""

from __future__ import annotations

import pytest
from django.test import Client

from fairlead.ledger.permissions import PERMISSIONS, ROLES, Actor, Grant, is_allowed
from fairlead.site.urls import routes, urlpatterns
from fairlead.web.access import OPEN, Route
from tests.console.conftest import Login

PLAIN = [route for route in routes() if "<" not in route.path]


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.name)
def test_every_address_declares_a_known_permission(route: Route) -> None:
    assert route.permission == OPEN or route.permission in PERMISSIONS


def test_no_address_goes_around_the_door() -> None:
    assert {pattern.name for pattern in urlpatterns} == {route.name for route in routes()}


@pytest.mark.parametrize("route", PLAIN, ids=lambda route: route.name)
def test_nobody_opens_what_is_not_open(route: Route, db: None) -> None:
    answer = Client().get(f"/{route.path}")
    if route.permission != OPEN:
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login?next=")


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_opens_what_its_permissions_say(role: str, login: Login, facts: None) -> None:
    client = login(role)
    actor = Actor("x", "x", (Grant(role),))
    for route in PLAIN:
        if route.permission == OPEN or "GET" not in route.methods:
            continue
        status = client.get(f"/{route.path}").status_code
        allowed = is_allowed(actor, route.permission)
        assert (status != 403) == allowed, (role, route.path, status)
        assert status < 500, (role, route.path)

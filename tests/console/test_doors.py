"""Every address declares who may open it, and every role gets just that."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver

from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.ledger.people import Person
from fairlead.ledger.permissions import PERMISSIONS, ROLES, Actor, Grant, is_allowed
from fairlead.ledger.tokens import create_token
from fairlead.site.urls import routes, urlpatterns
from fairlead.web.access import OPEN, Route, page
from tests.console.conftest import Login

PLAIN = [route for route in routes() if "<" not in route.path]


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.name)
def test_every_address_declares_a_known_permission(route: Route) -> None:
    assert route.permission == OPEN or route.permission in PERMISSIONS


def test_no_address_goes_around_the_door() -> None:
    plain = {item.name for item in urlpatterns if isinstance(item, URLPattern)}
    assert plain == {route.name for route in routes()}
    mounted = [str(item.pattern) for item in urlpatterns if isinstance(item, URLResolver)]
    assert mounted == ["api/v1/"]


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


@pytest.mark.diagnostic("FL7001")
def test_a_page_of_another_role_says_what_is_missing(login: Login, rf: RequestFactory) -> None:
    request = login("viewer").get("/account").wsgi_request
    route = page("secret", lambda _: HttpResponse("opened"), "role:grant")
    answer = route.view(request)
    assert (answer.status_code, "FL7001" in answer.content.decode()) == (403, True)
    assert "opened" not in answer.content.decode()


@pytest.mark.diagnostic("FL7003")
@pytest.mark.parametrize(
    ("scopes", "days", "says"),
    [(["scorecards:read"], 30, "is no permission"), (["kpi:read"], 366, "1 to 365 days")],
)
def test_a_token_that_no_rule_allows_is_refused(
    scopes: list[str], days: int, says: str, person: Callable[..., Person]
) -> None:
    with pytest.raises(DiagnosticError, match=says) as caught:
        create_token(
            person=person("viewer"), label="ci", scopes=scopes, days=days, now=SYSTEM_CLOCK.now()
        )
    assert caught.value.diagnostics[0].code == "FL7003"

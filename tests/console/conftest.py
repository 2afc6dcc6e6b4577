"""People with each role, clients that are logged in, and acme's facts where a page needs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.test import Client

from fairlead.kernel.clock import FixedClock
from fairlead.ledger.people import Person, RoleGrant
from fairlead.web.desk import desk
from tests.demo.small_acme import make_small_acme

PASSWORD = "correct horse battery staple"
Login = Callable[..., Client]


@pytest.fixture(scope="session")
def facts() -> Iterator[None]:
    """The facts of the small acme in the lake of the suite's workspace, made once."""
    make_small_acme(settings.WORKSPACE.root, has_noise=True)
    yield
    assert desk().workspace.clock == FixedClock(datetime(2026, 11, 23, 6, tzinfo=UTC))


@pytest.fixture
def person(db: None) -> Callable[..., Person]:
    """Makes a person with roles."""

    def make(*roles: str, email: str = "", scope: tuple[str, str] = ("organisation", "")) -> Person:
        address = email or f"{'-'.join(roles) or 'nobody'}@acme.invalid"
        found = Person.objects.create_person(address, address.split("@")[0], PASSWORD)
        for role in roles:
            RoleGrant.objects.create(
                person=found, role=role, scope_kind=scope[0], scope_id=scope[1]
            )
        return found

    return make


@pytest.fixture
def login(person: Callable[..., Person]) -> Login:
    """A client that is logged in as a person with roles."""

    def enter(*roles: str, **more: object) -> Client:
        found = person(*roles, **more)
        client = Client()
        answer = client.post("/login", {"email": found.email, "password": PASSWORD})
        assert answer.status_code == 302, answer.content.decode()[-400:]
        return client

    return enter

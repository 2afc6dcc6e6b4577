"""Every operation of the API: described, with a permission, for every role, under any input."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from fairlead.apps.api import door
from fairlead.apps.api.description import description
from fairlead.apps.api.operations import API, OPERATIONS
from fairlead.apps.api.urls import EXTRA_URLS
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.ledger.people import Person
from fairlead.ledger.permissions import PERMISSIONS, ROLES, Actor, Grant, is_allowed
from fairlead.ledger.tokens import create_token
from fairlead.web.access import OPEN
from fairlead.web.rate_limits import RateLimit
from tests.console.conftest import Login
from tests.console.in_process import application

FILLED = {
    "kpi_id": "change_failure_rate", "service_id": "checkout", "team_id": "payments",
    "person_id": "nobody", "token_id": "999",
}  # fmt: skip
BODIES = {"quarantine_replay": {"dry_run": True}, "token_create": {"label": "", "scopes": []}}


def test_every_operation_has_a_permission_and_no_other_address_is_mounted() -> None:
    declared = {item.permission for item in OPERATIONS.values()}
    assert declared <= PERMISSIONS | {OPEN}
    described = description()["paths"]
    found = {each["operationId"] for path in described.values() for each in path.values()}
    assert found == set(OPERATIONS)
    assert {item.name for item in OPERATIONS.values() if item.permission == OPEN} == {
        "version",
        "health",
    }
    names = {pattern.name for pattern in EXTRA_URLS[0].url_patterns}
    assert names - {"openapi"} == set(OPERATIONS)
    for router in API._get_bound_routers():
        for view in router.path_operations.values():
            for operation in view.operations:
                is_open = OPERATIONS[operation.operation_id].permission == OPEN
                assert is_open or operation.auth_callbacks, operation.operation_id


def test_every_operation_has_an_example_that_fits_its_schema() -> None:
    whole = description()
    for path in whole["paths"].values():
        for described in path.values():
            for status, answer in described["responses"].items():
                for kind in answer.get("content", {}).values():
                    schema = {**kind["schema"], "components": whole["components"]}
                    errors = list(Draft202012Validator(schema).iter_errors(kind["example"]))
                    assert errors == [], (described["operationId"], status)


def ask(client: Client, name: str) -> int:
    item = OPERATIONS[name]
    path = f"/api/v1{item.path}".format(**FILLED)
    more: dict[str, Any] = {}
    if item.method == "POST":
        more = {"data": json.dumps(BODIES[name]), "content_type": "application/json"}
    return client.generic(
        item.method, path, more.get("data", ""), more.get("content_type", "")
    ).status_code


@pytest.mark.parametrize("role", [*sorted(ROLES), "nobody"])
def test_each_role_does_what_its_permissions_say(role: str, login: Login, facts: None) -> None:
    door.BY_ADDRESS.forget()
    client = Client() if role == "nobody" else login(role)
    actor = Actor("x", "x", () if role == "nobody" else (Grant(role),))
    for name, item in OPERATIONS.items():
        status = ask(client, name)
        assert status < 500, (role, name, status)
        allowed = item.permission == OPEN or is_allowed(actor, item.permission)
        assert (status not in (401, 403)) == allowed, (role, name, status)


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 15


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BY_ADDRESS", "BY_TOKEN"):
        monkeypatch.setattr(door, name, RateLimit(1_000_000, 60))


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_no_input_makes_the_server_fail(
    name: str, person: Callable[..., Person], facts: None, unlimited: None
) -> None:
    _, value = create_token(
        person=person("director"), label="x", scopes=sorted(PERMISSIONS), days=1,
        now=SYSTEM_CLOCK.now(),
    )  # fmt: skip
    headers = {"Host": "testserver", "Authorization": f"Bearer {value}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application(), headers=headers)
    (operation,) = (
        found.ok()
        for found in schema.get_all_operations()
        if found.ok().definition.raw["operationId"] == name
    )
    asked = []

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def probe(case: schemathesis.Case) -> None:
        asked.append(case.call_and_validate(headers=headers, checks=CHECKS).status_code)

    probe()
    assert asked

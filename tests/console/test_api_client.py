"""The client and `--remote` on the real API: the same output as in the workspace."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from django.conf import settings

from fairlead.cli.entry import cli
from fairlead.client import Client, RefusedError, UnreachableError
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.ledger.people import Person
from fairlead.ledger.tokens import create_token
from tests.console.in_process import application
from tests.console.settings import NOW

SCOPES = ["scorecard:read", "kpi:read", "source:read", "catalog:read", "definition:read"]


@pytest.fixture
def token(person: Callable[..., Person], facts: None) -> str:
    found = person("director")
    now = SYSTEM_CLOCK.now()
    return create_token(person=found, label="x", scopes=SCOPES, days=1, now=now)[1]


class InProcess(httpx.BaseTransport):
    """Hands requests to the web framework without a socket, in the test's own transaction."""

    def __init__(self) -> None:
        self.inner = httpx.WSGITransport(application())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.inner.handle_request(request)


@pytest.fixture
def remote(token: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An address that `--remote` reaches in this process."""
    monkeypatch.setenv("FAIRLEAD_TOKEN", token)
    monkeypatch.setenv("FAIRLEAD_NOW", NOW)
    monkeypatch.setenv("COLUMNS", "130")  # too narrow for intervals
    monkeypatch.setattr(
        "fairlead.cli.remote.Client",
        lambda address, value: Client(address, value, transport=InProcess()),
    )
    return "http://127.0.0.1"


def run(*arguments: str) -> str:
    done = CliRunner().invoke(cli, arguments)
    if done.exception is not None:
        raise done.exception
    return done.stdout


@pytest.mark.parametrize(
    "command",
    [
        "scorecard",
        "scorecard --team payments",
        "scorecard --period 2026-10 --format json",
        "kpi show change_failure_rate",
        "kpi show change_failure_rate --by team --trend",
        "kpi show time_to_restore --trend --step month --format json",
        "kpi show deployment_frequency --definition devlake --tier tier-1",
        "kpi show change_failure_rate --by service --format csv",
        "kpi records change_failure_rate --limit 7",
        "kpi records change_failure_rate --limit 0 --format json",
        "kpi records lead_time_for_changes --excluded --format csv",
        "data quality",
        "data quality --format json",
    ],
)
def test_remote_and_local_say_the_same(remote: str, command: str) -> None:
    local = run("-w", str(settings.WORKSPACE.root), *command.split())
    assert len(local) > 40
    there = run("--remote", remote, *command.split())
    if "json" in command:
        assert_alike(json.loads(there), json.loads(local))
    else:
        assert there == local


RESAMPLED = ("low", "high")


def assert_alike(one: Any, other: Any, name: str = "") -> None:
    """Equal to the last digit of a sum; resampled bounds differ from run to run, also locally."""
    if isinstance(one, dict):
        assert one.keys() == other.keys(), name
        for key in one:
            assert_alike(one[key], other[key], key)
    elif isinstance(one, list):
        assert len(one) == len(other), name
        for each, counterpart in zip(one, other, strict=True):
            assert_alike(each, counterpart, name)
    elif isinstance(one, float) and isinstance(other, float):
        assert one == pytest.approx(other, rel=0.5 if name in RESAMPLED else 1e-9), name
    else:
        assert one == other, name


def test_the_client_walks_all_pages(token: str) -> None:
    client = Client("http://127.0.0.1", token, transport=InProcess())
    services = list(client.services())
    assert len({found.id for found in services}) == len(services) > 0
    assert client.service(services[0].id) == services[0]
    assert {found.kpi for found in client.definitions()} == {found.kpi for found in client.kpis()}
    total = next(client.kpi_records("change_failure_rate")).total
    pages = client.kpi_records("change_failure_rate")
    assert sum(len(page.items) for page in pages) == total


def test_an_answer_that_did_not_change_is_not_read_again(token: str) -> None:
    statuses = []

    class Watched(InProcess):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = super().handle_request(request)
            statuses.append(answer.status_code)
            return answer

    client = Client("http://127.0.0.1", token, transport=Watched())
    assert list(client.teams()) == list(client.teams())
    assert statuses == [200, 304]


def test_patience_ends_when_the_answer_is_there() -> None:
    answers = [
        httpx.Response(503, headers={"Retry-After": "2"}),
        httpx.Response(429, headers={"Retry-After": "40"}),
        httpx.Response(200, json={"version": "1", "api": "v1"}),
    ]
    waited: list[float] = []
    client = Client("http://127.0.0.1", transport=httpx.MockTransport(lambda _: answers.pop(0)))
    client.transport.sleep = waited.append
    assert client.version().version == "1"
    assert waited == [2.0, 10.0]


@pytest.mark.diagnostic("FL9012")
def test_a_refusal_is_told_with_the_console_s_own_words(remote: str, token: str) -> None:
    client = Client("http://127.0.0.1", token, transport=InProcess())
    with pytest.raises(RefusedError, match="person:read"):
        list(client.people())
    with pytest.raises(DiagnosticError, match="the console refused: 404 there is no KPI `x`"):
        run("--remote", remote, "kpi", "show", "x")


@pytest.mark.diagnostic("FL9011")
def test_an_address_without_a_console_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRLEAD_TOKEN", "fl_x")
    with pytest.raises(DiagnosticError, match="does not answer"):
        run("--remote", "http://127.0.0.1:9", "scorecard")
    page = httpx.Response(200, html="<h1>Welcome</h1>")
    client = Client("http://127.0.0.1", transport=httpx.MockTransport(lambda _: page))
    with pytest.raises(UnreachableError, match="is no console"):
        client.version()


@pytest.mark.diagnostic("FL9013")
def test_a_token_is_needed_and_does_not_travel_in_the_clear(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FAIRLEAD_TOKEN", raising=False)
    with pytest.raises(DiagnosticError, match="needs a token"):
        run("--remote", "https://fairlead.acme.invalid", "scorecard")
    monkeypatch.setenv("FAIRLEAD_TOKEN", "env:NO_SUCH_TOKEN")
    with pytest.raises(DiagnosticError, match="FL3114"):
        run("--remote", "https://fairlead.acme.invalid", "scorecard")
    monkeypatch.setenv("FAIRLEAD_TOKEN", "fl_x")
    with pytest.raises(DiagnosticError, match="https only"):
        run("--remote", "http://fairlead.acme.invalid", "scorecard")

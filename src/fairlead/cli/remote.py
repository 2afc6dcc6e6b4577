"""`fairlead --remote URL`: the same answers as here, from a console that runs elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from fairlead.client import Client, RefusedError, UnreachableError
from fairlead.engine.evaluate import Filter
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.kernel.diagnostic import fail
from fairlead.kernel.measure import Measure, Scorecard
from fairlead.kpis.shelf import definition_of
from fairlead.web.kpi_answers import KpiQuestion, Series
from fairlead.web.workspace import Workspace

T = TypeVar("T")
TOKEN = "FAIRLEAD_TOKEN"
COLUMNS = {"team": "team_id", "service": "service_id", "tier": "tier"}


def remote_address(ctx: click.Context) -> str | None:
    """The address of `--remote`; None for the workspace here."""
    found = ctx.find_root().params.get("remote")
    return str(found) if found else None


def remote_client(address: str) -> Client:
    """A client with the token of FAIRLEAD_TOKEN, a value or a reference; FL9013 without one."""
    given = os.environ.get(TOKEN, "")
    if not given:
        raise fail(
            "FL9013",
            "`--remote` needs a token",
            help=f"set {TOKEN} to a token, or to a reference such as `keyring:fairlead/me`",
        )
    if not given.startswith("fl_"):
        from fairlead.ingest.secrets import resolve_secret

        given = resolve_secret(given)
    try:
        return Client(address, given)
    except ValueError as error:
        raise fail("FL9013", f"the token is not sent to `{address}`: {error}") from None


@contextmanager
def asking() -> Iterator[None]:
    """What goes wrong on the way, as diagnostics."""
    try:
        yield
    except UnreachableError as error:
        raise fail("FL9011", str(error)) from None
    except RefusedError as error:
        found = error.problem
        code = f"the console refused: {found.status} {found.title}"
        raise fail("FL9012", code, notes=[found.detail]) from None


def asked_from(ctx: click.Context, work: Callable[[Client], T]) -> T:
    """What a piece of work gives with the client of `--remote`."""
    address = remote_address(ctx)
    assert address is not None
    with asking():
        return work(remote_client(address))


def remote_scorecard(client: Client, **scope: str | None) -> Scorecard:
    """The scorecard of the console."""
    return client.scorecard(**scope).scorecard


def remote_kpi(
    client: Client, kpi_id: str, definition: str, settings: tuple[str, ...], *,
    by: str = "", trend: bool = False, step: str = "week", **scope: str | None,
) -> tuple[KpiQuestion, list[Measure], list[Series]]:  # fmt: skip
    """A question as the console understood it, with its measures and series."""
    found = client.kpi(
        kpi_id, by=by, trend=trend, step=step, definition=definition, settings=settings, **scope
    )
    question = KpiQuestion(
        context=_nowhere(),
        kpi=definition_of(kpi_id, definition),
        window=found.window,
        as_of=None,
        only=only_of(scope),
        by=tuple(found.by),
        step=step,  # type: ignore[arg-type]
        settings={},
    )
    series = [Series(one.key, one.measures, one.trend) for one in found.series]
    return question, list(found.measures), series


def _nowhere() -> Workspace:
    """What a question of elsewhere has for a workspace: it is never opened."""
    return Workspace(Path(), SYSTEM_CLOCK)


def only_of(scope: dict[str, str | None]) -> Filter:
    """The filter that a scope is, for the head of a table."""
    return Filter({COLUMNS[n]: v for n, v in sorted(scope.items()) if n in COLUMNS and v})


def remote_records(
    client: Client, kpi_id: str, definition: str, settings: tuple[str, ...],
    limit: int, excluded: bool, **scope: str | None,
) -> tuple[list[dict[str, Any]], int]:  # fmt: skip
    """The records of the console, and how many there are in all."""
    rows: list[dict[str, Any]] = []
    total = 0
    for page in client.kpi_records(
        kpi_id, definition=definition, settings=settings, excluded=excluded, **scope
    ):
        total = page.total or 0
        rows += [with_instants(row) for row in page.items]
        if limit and len(rows) >= limit:
            break
    return rows[:limit] if limit else rows, total


def remote_quality(client: Client, period: str | None, as_of: str | None) -> dict[str, Any]:
    """How good the console's data is, in the shape of the local report."""
    return asdict(client.quality(period=period, as_of=as_of))


def with_instants(row: dict[str, Any]) -> dict[str, Any]:
    """A record whose instants (columns that end in `_at`) are instants again."""
    return {
        name: datetime.fromisoformat(value)
        if name.endswith("_at") and isinstance(value, str)
        else value
        for name, value in row.items()
    }

"""Buildkite: what cases cannot say: paging by Link, checkpoints, and time spent blocked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from fairlead.connectors.buildkite import CONNECTOR
from fairlead.connectors.buildkite.jobs import blocked_seconds
from fairlead.connectors.contract import Request, Response
from fairlead.kernel.diagnostic import DiagnosticError
from tests.connectors.answers import NOW, answered, drive, pulling

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
CREATED = datetime(2026, 1, 5, 10, tzinfo=UTC)
NEXT = "https://api.buildkite.com/v2/organizations/acme/builds?page=2"


def answer(request: Request) -> Response:
    if request.url == NEXT:
        return answered([{"id": "b1"}], link=f'<{NEXT[:-1]}1>; rel="prev"')
    return answered([{"id": "b3"}, {"id": "b2"}], link=f'<{NEXT}>; rel="next", <x>; rel="last"')


def test_pull_follows_link_headers_and_moves_the_checkpoint_at_the_end_only() -> None:
    assert CONNECTOR.plan is not None
    stored = {"builds": {"pulled_at": "2026-01-09T12:00:00+00:00"}}
    driven = drive(CONNECTOR.plan(pulling(SINCE, stored, organization="acme")), answer)
    assert [len(page.payloads) for page in driven.pages] == [2, 1]
    assert driven.pages[0].checkpoint == stored["builds"]
    assert driven.pages[1].checkpoint == {"pulled_at": NOW.isoformat()}
    asked = driven.requests[0].params
    assert asked["finished_from"] == "2026-01-09T11:00:00+00:00"
    assert asked["include_retried_jobs"] == "true"


@pytest.mark.diagnostic("FL1006")
def test_source_without_organization_is_refused() -> None:
    assert CONNECTOR.plan is not None
    with pytest.raises(DiagnosticError) as caught:
        drive(CONNECTOR.plan(pulling(SINCE)), answer)
    assert caught.value.diagnostics[0].code == "FL1006"


def script(started: str, finished: str | None) -> dict[str, Any]:
    at = "2026-01-05T10:{}:00Z"
    return {
        "type": "script",
        "started_at": at.format(started),
        "finished_at": at.format(finished) if finished else None,
    }


def block(unblocked: str) -> dict[str, Any]:
    return {"type": "manual", "unblocked_at": f"2026-01-05T10:{unblocked}:00Z"}


def test_pauses_add_up_over_block_steps() -> None:
    jobs = [script("01", "05"), block("15"), script("15", "20"), block("50"), script("51", "55")]
    assert blocked_seconds(jobs, CREATED) == 600 + 1800


def test_block_step_released_while_a_job_ran_cost_no_time() -> None:
    assert blocked_seconds([script("01", "30"), block("15")], CREATED) == 0


def test_block_step_before_any_job_counts_from_the_creation() -> None:
    assert blocked_seconds([block("10"), script("11", "12")], CREATED) == 600


def test_two_block_steps_of_one_pause_count_it_once() -> None:
    assert blocked_seconds([script("01", "05"), block("10"), block("15")], CREATED) == 600

"""Pulls from a real HTTP server on loopback: paging, rate limits, retries, resume, own host."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from fairlead.connectors.contract import (
    Connector,
    Mapped,
    MappingContext,
    Page,
    Payload,
    Plan,
    PullContext,
    Request,
)
from fairlead.facts import Fact
from fairlead.ingest.intake import Intake
from fairlead.ingest.journal import Journal
from fairlead.ingest.pulling import Puller
from fairlead.kernel.clock import FixedClock
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.store.lake import Lake
from fairlead.store.session import DuckSession

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
ITEMS = 25


class Tool(ThreadingHTTPServer):
    """Ten items a page; `script` holds answers to give before the real one."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.script: list[tuple[int, dict[str, str], bytes]] = []
        self.asked: list[str] = []
        self.headers_seen: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answer(BaseHTTPRequestHandler):
    server: Tool

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.headers_seen.append(dict(self.headers))
        if self.server.script:
            status, headers, body = self.server.script.pop(0)
        else:
            page = int(parse_qs(urlsplit(self.path).query).get("page", ["1"])[0])
            items = [{"id": n} for n in range((page - 1) * 10, min(page * 10, ITEMS))]
            status, headers, body = 200, {}, json.dumps({"items": items, "page": page}).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def tool() -> Iterator[Tool]:
    server = Tool()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def map_item(payload: Payload, context: MappingContext) -> Mapped:
    values = {"run_ref": str(payload.body["id"]), "attempt_count": 1}
    return Mapped([Fact("pipeline_runs", values, order=1)])


def plan(context: PullContext) -> Plan:
    """Pages from the checkpoint on, until one is short."""
    page = int(context.checkpoint_of("items").get("page", "0")) + 1
    while True:
        answer = yield Request("items", {"page": str(page)})
        assert answer is not None
        items = answer.body["items"]
        covered = (context.since, context.now) if len(items) < 10 else None
        payloads = [Payload(item, "item") for item in items]
        yield Page("items", payloads, {"page": str(page)}, covered)
        if len(items) < 10:
            return
        page += 1


def puller(
    folder: Path, tool: Tool, own_plan: Any = plan, waits: list[float] | None = None
) -> tuple[Puller, Lake, Journal]:
    connector = Connector("tool", "Tool", ("pipeline_runs",), map_item, plan=own_plan)
    lake, journal = Lake(folder / "lake"), Journal(folder / "journal.sqlite3")
    intake = Intake(lake, journal, connector, "src", clock=FixedClock(NOW))
    made = Puller(
        connector,
        intake,
        base_url=tool.url,
        headers={"Authorization": "Bearer t0ken"},
        internal_hosts=["127.0.0.1"],
        clock=FixedClock(NOW),
        wait=(waits if waits is not None else []).append,
    )
    return made, lake, journal


def run_refs(lake: Lake) -> list[int]:
    with DuckSession(lake) as session:
        return sorted(int(row["run_ref"]) for row in session.rows("pipeline_runs"))


def test_every_page_is_read_and_the_span_is_covered(tmp_path: Path, tool: Tool) -> None:
    pull, lake, journal = puller(tmp_path, tool)
    report = pull.pull({}, SINCE)
    assert run_refs(lake) == list(range(ITEMS))
    assert (report.requests, report.resources) == (3, {"items": ITEMS})
    assert journal.checkpoints("src") == {"items": {"page": "3"}}
    assert tool.headers_seen[0]["Authorization"] == "Bearer t0ken"
    with DuckSession(lake) as session:
        (row,) = session.rows("source_coverages")
    assert (row["started_at"], row["ended_at"], row["basis"]) == (SINCE, NOW, "pull")


def test_rate_limits_are_waited_out(tmp_path: Path, tool: Tool) -> None:
    reset = str(int(NOW.timestamp()) + 42)
    tool.script = [
        (429, {"Retry-After": "7"}, b"{}"),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}, b"{}"),
        (429, {"Retry-After": "Mon, 05 Jan 2026 12:00:30 GMT"}, b"{}"),
    ]
    waits: list[float] = []
    pull, lake, _ = puller(tmp_path, tool, waits=waits)
    report = pull.pull({}, SINCE)
    assert waits == [7, 42, 30]
    assert report.waited_seconds == 79
    assert len(run_refs(lake)) == ITEMS


def test_server_errors_back_off_and_recover(tmp_path: Path, tool: Tool) -> None:
    tool.script = [(502, {}, b"bad gateway"), (503, {}, b"")]
    waits: list[float] = []
    pull, lake, _ = puller(tmp_path, tool, waits=waits)
    pull.pull({}, SINCE)
    assert len(waits) == 2
    assert 0.5 <= waits[0] <= 1 <= waits[1] <= 2
    assert len(run_refs(lake)) == ITEMS


@pytest.mark.diagnostic("FL3113")
def test_pull_that_stops_is_continued_where_it_stopped(tmp_path: Path, tool: Tool) -> None:
    def breaking(context: PullContext) -> Plan:
        steps = plan(context)
        answer = None
        for _ in range(4):
            answer = yield steps.send(answer)
        tool.script = [(401, {}, b"token expired")]
        while True:
            answer = yield steps.send(answer)

    pull, lake, journal = puller(tmp_path, tool, breaking)
    with pytest.raises(DiagnosticError) as caught:
        pull.pull({}, SINCE)
    assert caught.value.diagnostics[0].code == "FL3113"
    assert caught.value.diagnostics[0].help == "the credential is missing or wrong"
    assert journal.checkpoints("src") == {"items": {"page": "2"}}
    tool.asked.clear()
    again, _, _ = puller(tmp_path, tool)
    again.pull({}, SINCE)
    assert tool.asked == ["/items?page=3"]
    assert run_refs(lake) == list(range(ITEMS))


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        ((200, {}, b"<html>"), "not JSON"),
        ((302, {"Location": "http://169.254.169.254/"}, b""), "answered 302"),
        ((404, {}, b"{}"), "answered 404"),
        ((429, {"Retry-After": "90000"}, b"{}"), "asks to wait 1 day"),
    ],
)
def test_refusals_and_nonsense_are_named(
    tmp_path: Path, tool: Tool, answer: tuple[int, dict[str, str], bytes], part: str
) -> None:
    tool.script = [answer]
    pull, lake, _ = puller(tmp_path, tool)
    with pytest.raises(DiagnosticError) as caught:
        pull.pull({}, SINCE)
    assert part in caught.value.diagnostics[0].message
    assert run_refs(lake) == []


def test_credentials_never_leave_the_configured_host(tmp_path: Path, tool: Tool) -> None:
    def leaving(context: PullContext) -> Plan:
        yield Request("http://127.0.0.2:1/items")

    pull, _, _ = puller(tmp_path, tool, leaving)
    with pytest.raises(DiagnosticError) as caught:
        pull.pull({}, SINCE)
    assert "wants to leave" in caught.value.diagnostics[0].message
    assert tool.asked == []

"""Drives a connector's plan over HTTP: paging, rate limits, retries, checkpoints, resume.

Only GET and the few read-only POST queries of a plan are sent, to the source's own host. A page's
checkpoint is stored after its facts are in the lake, so a pull that stops is continued, not begun
again. `Retry-After` and rate-limit headers are honoured; other failures back off with jitter.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from fairlead.connectors.contract import Connector, Page, PullContext, Request, Response
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of
from fairlead.ingest.intake import Intake, IntakeReport
from fairlead.ingest.outbound import check_scheme, outbound_client
from fairlead.kernel.clock import SYSTEM_CLOCK, Clock
from fairlead.kernel.diagnostic import fail

ATTEMPTS = 6
LONGEST_WAIT_SECONDS = 900
BODY_LIMIT = 64 * 1024 * 1024


@dataclass
class PullReport:
    """What a pull did, besides its intake: requests, waits, resources completed."""

    intake: IntakeReport
    requests: int = 0
    waited_seconds: float = 0.0
    resources: dict[str, int] = field(default_factory=dict)


class Puller:
    """One pull of one source."""

    def __init__(
        self,
        connector: Connector,
        intake: Intake,
        *,
        base_url: str,
        headers: Mapping[str, str],
        internal_hosts: Collection[str] = (),
        clock: Clock = SYSTEM_CLOCK,
        wait: Callable[[float], None] = time.sleep,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.connector, self.intake, self.base_url = connector, intake, base_url.rstrip("/") + "/"
        check_scheme(base_url, internal_hosts)
        self.client = outbound_client(internal_hosts)
        self.headers, self.clock, self.wait = dict(headers), clock, wait
        self.say = say or (lambda _: None)
        self.report = PullReport(intake.report)

    def pull(self, settings: Mapping[str, Any], since: datetime) -> PullReport:
        """Run the plan to its end; FL3113 when the source refuses or answers with nonsense."""
        if self.connector.plan is None:
            raise fail("FL3113", f"the connector `{self.connector.id}` has nothing to pull")
        source = self.intake.source
        context = PullContext(
            source=source,
            settings=settings,
            checkpoints=self.intake.journal.checkpoints(source),
            now=self.clock.now(),
            since=since,
        )
        plan = self.connector.plan(context)
        answer: Response | None = None
        while True:
            try:
                step = plan.send(answer)
            except StopIteration:
                return self.report
            if isinstance(step, Page):
                self._keep(step)
                answer = None
            else:
                answer = self._ask(step)

    def _keep(self, page: Page) -> None:
        self.intake.take(page.payloads)
        now = self.clock.now()
        if page.covered is not None and page.covered[0] < page.covered[1]:
            self.intake.sink.append(
                [self._coverage(page, now)], source=self.intake.source, recorded_at=now
            )
        self.intake.journal.store_checkpoint(
            self.intake.source, page.resource, page.checkpoint, now
        )
        done = self.report.resources.get(page.resource, 0) + len(page.payloads)
        self.report.resources[page.resource] = done
        self.say(f"{page.resource}: {done} records")

    def _coverage(self, page: Page, now: datetime) -> Fact:
        started_at, ended_at = page.covered or (now, now)
        values = {
            "resource": page.resource,
            "started_at": started_at,
            "ended_at": ended_at,
            "basis": "pull",
            "fact_refs": sorted(self.connector.facts_of(page.resource)),
        }
        return Fact("source_coverages", values, order=order_of(now))

    def _ask(self, request: Request) -> Response:
        url = urljoin(self.base_url, request.url)
        if urlsplit(url).netloc != urlsplit(self.base_url).netloc:
            raise fail(
                "FL3113",
                f"the plan wants to leave `{urlsplit(self.base_url).netloc}` for `{url}`",
                notes=["credentials are sent to the configured host alone"],
            )
        for attempt in range(ATTEMPTS):
            response = self._send(request, url, attempt)
            if response is None:
                continue
            if response.status_code in (429, 403) and self._is_limited(response):
                self._pause(self._limit_seconds(response), "rate limit")
                continue
            if response.status_code >= 500:
                self._pause(_backoff(url, attempt), f"answer {response.status_code}")
                continue
            return self._read(request, url, response)
        raise fail("FL3113", f"`{url}` failed {ATTEMPTS} times", help="run the pull again later: "
                   "it continues where it stopped")  # fmt: skip

    def _send(self, request: Request, url: str, attempt: int) -> httpx.Response | None:
        self.report.requests += 1
        try:
            return self.client.request(
                request.method,
                url,
                params=dict(request.params) or None,
                headers={**self.headers, **request.headers},
                json=request.json_body,
            )
        except httpx.TransportError as error:
            self._pause(_backoff(url, attempt), f"{type(error).__name__}")
            return None

    def _read(self, request: Request, url: str, response: httpx.Response) -> Response:
        status = response.status_code
        headers = {name.lower(): value for name, value in response.headers.items()}
        if status in (404, 409) and request.allow_missing:
            return Response(status, headers, None)
        if status >= 300:
            hint = {401: "the credential is missing or wrong", 403: "the credential lacks a scope",
                    404: "check the names in the source's settings"}.get(status)  # fmt: skip
            raise fail("FL3113", f"`{url}` answered {status}: {response.text[:200]}", help=hint)
        if len(response.content) > BODY_LIMIT:
            raise fail("FL3113", f"`{url}` answered with {len(response.content)} bytes")
        try:
            return Response(status, headers, response.json())
        except ValueError:
            raise fail("FL3113", f"`{url}` answered with something that is not JSON") from None

    def _is_limited(self, response: httpx.Response) -> bool:
        headers = response.headers
        return (
            response.status_code == 429
            or "retry-after" in headers
            or headers.get("x-ratelimit-remaining") == "0"
        )

    def _limit_seconds(self, response: httpx.Response) -> float:
        headers, now = response.headers, self.clock.now()
        if after := headers.get("retry-after"):
            if after.isdigit():
                return float(after)
            try:
                return max(0.0, (parsedate_to_datetime(after) - now).total_seconds())
            except ValueError:
                return 60.0
        for name in ("x-ratelimit-reset", "ratelimit-reset"):
            value = headers.get(name, "")
            if value.isdigit():
                number = float(value)
                return max(1.0, number - now.timestamp()) if number > 1e9 else number
        return 60.0

    def _pause(self, seconds: float, why: str) -> None:
        if seconds > LONGEST_WAIT_SECONDS:
            raise fail(
                "FL3113",
                f"the source asks to wait {timedelta(seconds=int(seconds))} ({why})",
                help="run the pull again then: it continues where it stopped",
            )
        self.say(f"waiting {seconds:.0f} s: {why}")
        self.report.waited_seconds += seconds
        self.wait(seconds)


def _backoff(url: str, attempt: int) -> float:
    """Doubling wait with jitter that a repeat of the same request repeats."""
    jitter = hashlib.sha256(f"{url}{attempt}".encode()).digest()[0] / 255
    return float(min(60.0, 2.0**attempt) * (0.5 + jitter / 2))

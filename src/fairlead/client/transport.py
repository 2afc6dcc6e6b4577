"""How the client asks: bearer token, validators, patience with 429 and 503, problems as errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from fairlead.kernel.ids import random_token
from fairlead.web.api_shapes import Problem

T = TypeVar("T")
TRIES, LONGEST_WAIT = 60, 10.0
WAITING = (429, 503)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
KEPT_ANSWERS = 100


class ClientError(Exception):
    """What the client could not do."""


class UnreachableError(ClientError):
    """There was no answer of an API at this address."""


class RefusedError(ClientError):
    """The server refused; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.title}: {problem.detail}")
        self.problem = problem


@dataclass
class Transport:
    """Requests to one API; an answer that did not change is not sent again."""

    base_url: str
    token: str
    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep
    _kept: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"`{self.base_url}` is no http(s) address")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK and self.token:
            raise ValueError("a token is sent over https only, except to this machine")
        self.http = httpx.Client(
            base_url=self.base_url.rstrip("/") + "/api/v1",
            headers={"Authorization": f"Bearer {self.token}"} if self.token else {},
            timeout=60,
            follow_redirects=False,
            transport=self.transport,
        )

    def get(self, path: str, kind: type[T], query: Mapping[str, Any] | None = None) -> T:
        """What is at a path, as a type."""
        asked = {k: v for k, v in (query or {}).items() if v not in (None, "", False, ())}
        address = str(self.http.build_request("GET", path, params=asked).url)
        kept = self._kept.get(address)
        answer = self._send("GET", path, params=asked, headers={"If-None-Match": kept[0]}
                            if kept else {})  # fmt: skip
        if answer.status_code == 304 and kept:
            return msgspec.json.decode(kept[1], type=kind)
        if "ETag" in answer.headers:
            while len(self._kept) >= KEPT_ANSWERS:
                self._kept.pop(next(iter(self._kept)))
            self._kept[address] = (answer.headers["ETag"], answer.content)
        return msgspec.json.decode(answer.content, type=kind)

    def post(self, path: str, body: Mapping[str, Any], kind: type[T], key: str = "") -> T:
        """Write, once however often the network makes us repeat it."""
        headers = {"Idempotency-Key": key or random_token(16)}
        answer = self._send("POST", path, json=dict(body), headers=headers)
        return msgspec.json.decode(answer.content, type=kind)

    def delete(self, path: str) -> None:
        """Take away what is at a path."""
        self._send("DELETE", path)

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        for attempt in range(TRIES):
            try:
                answer = self.http.request(method, path, **more)
            except httpx.HTTPError as error:
                reason = str(error) or type(error).__name__
                raise UnreachableError(f"`{self.base_url}` does not answer: {reason}") from None
            wait = answer.headers.get("Retry-After", "")
            if answer.status_code in WAITING and wait.isdigit() and attempt < TRIES - 1:
                self.sleep(min(float(wait), LONGEST_WAIT))
                continue
            return self._checked(answer)
        raise AssertionError("unreachable")  # pragma: no cover

    def _checked(self, answer: httpx.Response) -> httpx.Response:
        kind = answer.headers.get("Content-Type", "")
        if kind.startswith("application/problem+json"):
            raise RefusedError(msgspec.json.decode(answer.content, type=Problem))
        is_ours = answer.status_code in (204, 304) or kind.startswith("application/json")
        if not is_ours:
            raise UnreachableError(
                f"`{self.base_url}` is no console: it answers {answer.status_code} {kind}"
            )
        return answer

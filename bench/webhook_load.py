"""Sends signed deliveries over loopback: at a rate whatever the answers, or as fast as they come.

Latency counts from the instant at which a delivery was due, so that a server that falls behind
cannot hide it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

CONNECTIONS = 48
PAYLOAD_BYTES = 2048


@dataclass
class Load:
    """What was sent: seconds of each delivery, answers by status, and how long it took."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    span: float = 0.0


def requests(count: int, port: int, secret: bytes, first: int) -> Iterator[bytes]:
    """Deliveries of GitHub deployments, each with an id of its own, 2 KB of body."""
    for number in range(first, first + count):
        body = _body(number)
        signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
        yield (
            f"POST /hooks/github HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            "Content-Type: application/json\r\nX-GitHub-Event: deployment\r\n"
            f"X-GitHub-Delivery: bench-{number}\r\nX-Hub-Signature-256: sha256={signature}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body


def _body(number: int) -> bytes:
    content = {
        "action": "created",
        "deployment": {
            "id": number,
            "sha": f"{number:040x}",
            "ref": "main",
            "task": "deploy",
            "environment": "production-eu",
            "created_at": "2026-01-05T10:10:00Z",
            "updated_at": "2026-01-05T10:10:00Z",
            "creator": {"login": "ada", "id": 7, "type": "User"},
            "payload": {},
        },
        "repository": {"id": 1, "full_name": "acme/shop", "default_branch": "main"},
        "sender": {"login": "ada", "id": 7, "type": "User"},
    }
    size = len(json.dumps(content | {"padding": ""}))
    return json.dumps(content | {"padding": "x" * (PAYLOAD_BYTES - size)}).encode()


async def _answer(reader: asyncio.StreamReader) -> str:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    await reader.readexactly(length)
    return head.split(b" ", 2)[1].decode()


async def _send(port: int, due: list[tuple[float, bytes]], load: Load, begin: float) -> None:
    """One connection: takes what is due next, waits until it is, and notes the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while due:
        offset, request = due.pop()
        wait = begin + offset - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        began = begin + offset if offset else time.perf_counter()
        writer.write(request)
        load.statuses[await _answer(reader)] += 1
        load.seconds.append(time.perf_counter() - began)
    writer.close()


async def send(
    port: int, secret: bytes, *, rate: float | None, count: int, connections: int, first: int = 0
) -> Load:
    """Send at a rate, or (without one) each connection as soon as it has its answer."""
    made = list(requests(count, port, secret, first))
    due = [((n + 1) / rate if rate else 0.0, request) for n, request in enumerate(made)]
    due.reverse()
    load, begin = Load(), time.perf_counter()
    await asyncio.gather(*(_send(port, due, load, begin) for _ in range(connections)))
    load.span = time.perf_counter() - begin
    return load


def main() -> None:
    """`port secret rate count connections first`: prints the load as JSON; rate 0 is without."""
    port, secret, rate, count, connections, first = sys.argv[1:]
    load = asyncio.run(
        send(int(port), secret.encode(), rate=float(rate) or None, count=int(count),
             connections=int(connections), first=int(first))
    )  # fmt: skip
    print(json.dumps({"seconds": load.seconds, "statuses": load.statuses, "span": load.span}))


if __name__ == "__main__":
    main()

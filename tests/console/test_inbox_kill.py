"""A worker that is killed at any instant loses nothing and adds nothing twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from fairlead.store.lake import Lake
from fairlead.store.session import DuckSession
from tests.console.inbox_workspace import SECRET, write_workspace

ROOT = Path(__file__).resolve().parents[2]
COUNT = 240
# Delivers through the very door, in a process of its own.
_SEND = """
import json, sys
from tests.console.inbox_workspace import Sender, recorded
from fairlead.cli.serving import SETTINGS
import django, os
os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
django.setup()
from django.test import Client
from django.test.utils import setup_test_environment
setup_test_environment()
sender, count = Sender(Client()), int(sys.argv[1])
body = json.loads(recorded("github", "deployment.created.json"))
for number in range(count):
    content = {**body, "deployment": {**body["deployment"], "id": number}}
    answer = sender.send("github", content, headers={"x-github-event": "deployment"})
    assert answer.status_code == 202, answer.content
"""


def environment(root: Path) -> dict[str, str]:
    given = {
        key: text
        for key, text in os.environ.items()
        if not key.startswith(("FAIRLEAD_", "DJANGO_SETTINGS"))
    }
    return {**given, "FAIRLEAD_WORKSPACE": str(root), "FAIRLEAD_NOW": "2026-11-23T06:00:00+00:00"}


def worker(root: Path, *words: str) -> list[str]:
    program = "from fairlead.cli.entry import main; main()"
    return [sys.executable, "-c", program, "-w", str(root), "worker", *words]


def states(root: Path) -> dict[str, int]:
    with sqlite3.connect(root / ".fairlead" / "ledger.sqlite3", timeout=30) as connection:
        return dict(connection.execute("SELECT state, count(*) FROM delivery GROUP BY 1"))


def kill_in_the_middle(root: Path, env: Mapping[str, str], at_least: int) -> int:
    """Start a worker and kill it once it has settled some more; how many are settled then."""
    began = states(root).get("mapped", 0)
    running = subprocess.Popen(worker(root, "--batch", "20", "--lease-seconds", "1"), env=env)
    deadline = time.monotonic() + 60
    while states(root).get("mapped", 0) < began + at_least:
        assert running.poll() is None, "the worker ended by itself"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    running.send_signal(signal.SIGKILL)
    running.wait()
    return states(root).get("mapped", 0)


def test_killed_worker_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    root = write_workspace(tmp_path / "ws")
    env = environment(root)
    assert SECRET not in env
    run = {"env": env, "cwd": ROOT, "check": True}
    subprocess.run(worker(root, "--once"), **run)  # type: ignore[call-overload]
    subprocess.run([sys.executable, "-c", _SEND, str(COUNT)], **run)  # type: ignore[call-overload]
    assert states(root) == {"received": COUNT}

    first = kill_in_the_middle(root, env, 20)
    second = kill_in_the_middle(root, env, 20)
    assert 20 <= first < second < COUNT
    time.sleep(1.1)
    subprocess.run(worker(root, "--once"), **run)  # type: ignore[call-overload]

    assert states(root) == {"mapped": COUNT}
    with DuckSession(Lake(root / ".fairlead" / "lake")) as session:
        found = session.rows("deployment_events")
        versions = session.table("deployment_events").count()
        assert session.run(versions.as_table()).to_pylist()[0] == {versions.get_name(): COUNT}
    assert {row["event_ref"] for row in found} == {f"deployment:{n}" for n in range(COUNT)}
    assert len(found) == COUNT

"""Starts the worker beside the web: a thread, in one web process alone, which a lock file picks."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import threading
from pathlib import Path

from django.conf import settings

from fairlead.apps.inbox.worker import Worker
from fairlead.web.desk import desk

LOCK = "worker.lock"
TRY_SECONDS = 5.0
SWITCH_SECONDS = 0.0005
# Smaller than that of a worker on its own: it shares the process with the pages.
BATCH = 200
EASE = 3.0


def start_worker() -> threading.Event | None:
    """Start it where FAIRLEAD_WORKER asks for it; the event that stops it."""
    if os.environ.get("FAIRLEAD_WORKER") != "1":
        return None
    stop = threading.Event()
    path = settings.STATE_FOLDER / LOCK
    threading.Thread(target=_work, args=(path, stop), name="inbox", daemon=True).start()
    return stop


def _work(path: Path, stop: threading.Event) -> None:
    """Wait for the lock, which the system gives up with the process that holds it; then work."""
    with path.open("w") as file:
        while not stop.is_set():
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                stop.wait(TRY_SECONDS)
                continue
            # Mapping is busy work: requests get their turn beside it within half a millisecond.
            sys.setswitchinterval(SWITCH_SECONDS)
            Worker(desk().workspace, batch=BATCH, ease=EASE).run(stop)


def work_here(worker: Worker) -> None:
    """Work in this thread until the process is told to end; what is being done is finished."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.run(stop)

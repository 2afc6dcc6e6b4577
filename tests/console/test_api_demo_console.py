"""The example company with its console: built, served on a free port, with a log-in that works."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from fairlead.cli.demo import wants_console
from fairlead.cli.serving import free_port

PROGRAM = "from fairlead.cli.entry import main; main()"


def test_the_demo_serves_its_console_with_a_log_in_that_works(tmp_path: Path) -> None:
    into = tmp_path / "acme"
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("FAIRLEAD_", "DJANGO_"))
    }
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "demo", "--into", str(into), "--months", "1",
         "--end", "2026-10-31", "--console"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment,
        start_new_session=True,
    )  # fmt: skip
    try:
        address = email = password = ""
        assert process.stderr is not None
        for line in process.stderr:
            address = address or "".join(re.findall(r"the console: (http://\S+)", line))
            if found := re.search(r"log in as (\S+) with password (\S+)", line):
                email, password = found.groups()
                break
        assert address.startswith("http://127.0.0.1:")
        retries = httpx.HTTPTransport(retries=8)
        with httpx.Client(base_url=address, transport=retries, timeout=30) as browser:
            browser.get("/login")
            form = {"email": email, "password": password}
            form["csrfmiddlewaretoken"] = browser.cookies["fairlead-csrf"]
            assert browser.post("/login", data=form).headers["Location"] == "/"
            assert browser.get("/").status_code == 200
            services = browser.get("/api/v1/services").json()
            assert services["total"] > 10
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise


def test_the_console_starts_where_somebody_sits_or_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [wants_console(asked) for asked in (True, False, None)] == [True, False, False]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("CI", raising=False)
    assert wants_console(None)
    monkeypatch.setenv("CI", "true")
    assert not wants_console(None)


def test_a_taken_port_is_left_to_whoever_has_it() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port("127.0.0.1", port) not in (port, 0)

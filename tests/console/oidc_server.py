"""Starts the real provider, and walks through its pages as a browser would."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.programs import npm_package, program

VERSION = "9.13.3"


@dataclass
class RunningProvider:
    """The address of the provider, and the file that says who its people are."""

    issuer: str
    people: Path

    def set_person(self, sub: str, **claims: object) -> None:
        """What the provider tells of a person from now on."""
        known = json.loads(self.people.read_text())
        self.people.write_text(json.dumps({**known, sub: claims}))

    def log_in(self, address: str, sub: str, browser: httpx.Client | None = None) -> str:
        """Go through log-in and consent; the query that comes back to the console."""
        browser = browser or httpx.Client()
        answer = browser.get(address)
        for _ in range(12):
            if answer.is_redirect:
                target = str(answer.next_request.url) if answer.next_request else ""
                if target.startswith("http://testserver/"):
                    return urlsplit(target).query
                answer = browser.get(target)
                continue
            assert answer.status_code == 200, answer.text[:500]
            (action,) = re.findall(r'<form[^>]*action="([^"]+)"', answer.text)
            form = dict(re.findall(r'name="(prompt)" value="([^"]+)"', answer.text))
            if form["prompt"] == "login":
                form |= {"login": sub, "password": "any"}
            answer = browser.post(str(answer.url.join(action)), data=form)
        raise AssertionError("the provider never came back")


@contextmanager
def running_provider(folder: Path) -> Iterator[RunningProvider]:
    """The provider as a process of its own, until the block ends."""
    people = folder / "people.json"
    people.write_text("{}")
    entry = npm_package("oidc-provider", VERSION) / "lib" / "index.js"
    script = Path(__file__).with_name("oidc_provider.mjs")
    process = subprocess.Popen(
        [program("node"), str(script), entry.as_uri(), str(people)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        issuer = process.stdout.readline().strip()
        assert issuer.startswith("http://127.0.0.1:")
        yield RunningProvider(issuer, people)
    finally:
        process.kill()
        process.wait()

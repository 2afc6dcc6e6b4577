"""Pictures of every page of the console: both themes, a wide and a narrow screen.

python scripts/screenshots.py WORKSPACE --into DIR     every page, of a copy of the workspace
python scripts/screenshots.py WORKSPACE --readme       the three pictures of the README
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairlead.opmodel.loader import find_workspace

ROOT = Path(__file__).resolve().parents[1]
WIDTHS, THEMES = (1440, 390), ("light", "dark")
EXAMPLES = {
    "kpi_id": "change_failure_rate",
    "service_id": "checkout",
    "team_id": "payments",
    "source_id": "github",
    "connector_id": "github",
    "seq": "1",
    "kind": "Service",
    "document_id": "checkout",
}
README = {
    "home": ("/", 1440, "light"),
    "kpi": ("/kpi/change_failure_rate", 1440, "dark"),
    "service": ("/service/checkout", 390, "light"),
}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass(frozen=True)
class Console:
    """A console that runs, and its first log-in."""

    address: str
    email: str
    password: str


@contextmanager
def served(workspace: Path) -> Iterator[Console]:
    """A console over a copy of a workspace, with a fresh ledger."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "workspace"
        left_out = shutil.ignore_patterns("ledger.sqlite3*", "payloads", "*.lock")
        shutil.copytree(find_workspace(workspace), copy, ignore=left_out)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        program = Path(sys.executable).parent / "fairlead"
        command = [str(program), "-w", str(copy), "serve", "--port", str(port)]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            email, password = _first_login(process)
            _wait(port)
            yield Console(f"http://127.0.0.1:{port}", email, password)
        finally:
            process.terminate()
            process.wait(timeout=20)


def _first_login(process: subprocess.Popen[str]) -> tuple[str, str]:
    assert process.stderr is not None
    for line in process.stderr:
        found = re.search(r"first log-in: (\S+) with password (\S+)", line)
        if found:
            return found[1], found[2]
    raise SystemExit("the console did not start")


def _wait(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the console does not answer")


def addresses(workspace: Path) -> list[str]:
    """Every page that is read, with examples for what varies; others are named."""
    import django

    os.environ["FAIRLEAD_WORKSPACE"] = str(workspace)
    os.environ["DJANGO_SETTINGS_MODULE"] = "fairlead.site.settings"
    django.setup()
    from fairlead.site.urls import routes

    found = []
    for route in routes():
        names = re.findall(r"<\w+:(\w+)>", route.path)
        if "GET" not in route.methods or re.search(
            r"\.(csv|json)$|export|^hooks/|patch", route.path
        ):
            continue
        if set(names) - set(EXAMPLES):
            print(f"no example for /{route.path}", file=sys.stderr)
            continue
        found.append("/" + re.sub(r"<\w+:(\w+)>", lambda m: EXAMPLES[m[1]], route.path))
    return list(dict.fromkeys(found))


@contextmanager
def browser_page(console: Console, width: int, theme: str) -> Iterator[Any]:
    """A page that is logged in, of a width and a colour scheme."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
        page = context.new_page()
        page.goto(f"{console.address}/login")
        page.fill("#email", console.email)
        page.fill("#password", console.password)
        page.click("main button")
        page.wait_for_load_state()
        yield page
        browser.close()


def take(page: Any, address: str, file: Path, *, is_whole: bool) -> None:
    """One picture, once nothing on the page is still being worked out."""
    try:
        page.goto(address)
    except Exception as error:
        if "Download is starting" not in str(error):
            raise
        return
    for _ in range(240):
        if page.locator("[hx-trigger='every 1s']").count() == 0:
            break
        page.wait_for_timeout(500)
    file.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(file), full_page=is_whole)
    over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if over > 0:
        print(f"{file.name}: {over} px wider than the screen", file=sys.stderr)


def picture_name(path: str) -> str:
    """The file name of an address."""
    return re.sub(r"\W+", "-", path).strip("-") or "home"


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--into", type=Path, default=ROOT / ".work" / "screenshots")
    parser.add_argument("--readme", action="store_true")
    parser.add_argument("--only", default="", help="only addresses with this text")
    asked = parser.parse_args(arguments)
    with served(asked.workspace) as console:
        if asked.readme:
            for name, (path, width, theme) in README.items():
                with browser_page(console, width, theme) as page:
                    file = ROOT / "docs" / "images" / f"{name}.png"
                    take(page, console.address + path, file, is_whole=False)
            return 0
        paths = [path for path in addresses(asked.workspace) if asked.only in path]
        for width in WIDTHS:
            for theme in THEMES:
                with browser_page(console, width, theme) as page:
                    for path in paths:
                        file = asked.into / f"{picture_name(path)}-{width}-{theme}.png"
                        take(page, console.address + path, file, is_whole=True)
    print(f"pictures: {asked.into}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The pages in a real browser: widths, themes, keyboard, accessibility, no script needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test.testcases import LiveServerThread
from playwright.sync_api import sync_playwright

from fairlead.ledger.people import Person
from tests.console.conftest import PASSWORD
from tests.programs import npm_package, program
from tests.web.test_browser import ARGUMENTS, LOOKS, OPEN_ALL

PERIOD = "period=2026-10"
PAGES = [
    f"/?{PERIOD}",
    f"/kpi/change_failure_rate?{PERIOD}&by=service",
    f"/kpi/lead_time_for_changes/records?{PERIOD}",
    "/kpi/unit_cost",
    "/catalog",
    "/service/checkout",
    "/team/payments",
    "/definitions",
    "/definitions/change_failure_rate",
    "/review",
    "/model",
    "/model/Service/checkout",
    "/model/propose?file=services/payments.yaml",
]

pytestmark = pytest.mark.browser


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=program("chromium"), args=ARGUMENTS)
        yield found
        found.close()


class Visitor:
    """A person at a browser, and all that the pages complained about."""

    def __init__(self, browser: Any, base: str, email: str, **more: Any) -> None:
        self.context = browser.new_context(**more)
        self.base = base
        self.page = self.context.new_page()
        self.page.set_default_timeout(8_000)
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(f"{base}/login")
        self.page.fill("#email", email)
        self.page.fill("#password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"{base}/")

    def open(self, path: str) -> None:
        answer = self.page.goto(self.base + path)
        assert answer.status == 200, path


Enter = Callable[..., Visitor]


@pytest.fixture
def address(db: None) -> Iterator[str]:
    """A server of this process on the test's own connection: the audit log allows no flush."""
    connection = connections["default"]
    connection.inc_thread_sharing()
    server = LiveServerThread(
        "127.0.0.1", StaticFilesHandler, connections_override={"default": connection}
    )
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()
    connection.dec_thread_sharing()


@pytest.fixture
def enter(browser: Any, address: str, person: Callable[..., Person], facts: None) -> Enter:
    found = person("director", "admin")

    def visit(width: int, scheme: str, **more: Any) -> Visitor:
        size = {"width": width, "height": 900}
        return Visitor(browser, address, found.email, viewport=size, color_scheme=scheme, **more)

    return visit


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_pages_fit_their_width_and_complain_of_nothing(
    enter: Enter, width: int, scheme: str
) -> None:
    visitor = enter(width, scheme)
    for path in PAGES:
        visitor.open(path)
        for _ in range(2):
            wide = visitor.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, path
            visitor.page.evaluate(OPEN_ALL)
        assert visitor.complaints == [], path
        assert len(visitor.page.content().encode()) < 150_000, path


@pytest.mark.npm
@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_pages_have_no_serious_accessibility_violation(
    enter: Enter, width: int, scheme: str
) -> None:
    axe = str(npm_package("axe-core", "4.14.1") / "axe.min.js")
    visitor = enter(width, scheme, bypass_csp=True)
    for path in PAGES:
        visitor.open(path)
        visitor.page.evaluate(OPEN_ALL)
        visitor.page.add_script_tag(path=axe)
        found = visitor.page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})"
        )
        assert found["passes"]
        serious = [
            (rule["id"], rule["nodes"][0]["html"][:200], rule["nodes"][0]["failureSummary"])
            for rule in found["violations"]
            if rule["impact"] in ("serious", "critical")
        ]
        assert serious == [], path


def test_filter_sort_and_drill_down_work_without_a_script(enter: Enter) -> None:
    visitor = enter(1440, "light", java_script_enabled=False)
    visitor.open(f"/?{PERIOD}")
    visitor.page.select_option("select[name=team]", "payments")
    visitor.page.click("form.filters button")
    assert "team=payments" in visitor.page.url
    visitor.page.click("article.tile h3 a >> nth=0")
    assert "/kpi/" in visitor.page.url
    visitor.open(f"/kpi/deployment_frequency?{PERIOD}&by=service")
    visitor.page.click("#parts thead a >> text=n")
    assert "sort=n" in visitor.page.url
    visitor.page.click("#parts tbody a >> nth=0")
    assert "/service/" in visitor.page.url


def test_keyboard_reaches_the_content_and_opens_a_menu_on_a_phone(enter: Enter) -> None:
    visitor = enter(390, "light")
    visitor.open("/catalog")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.className") == "skip"
    menu = visitor.page.locator("details.menu summary")
    menu.focus()
    visitor.page.keyboard.press("Enter")
    assert visitor.page.locator("details.menu a", has_text="Definitions").is_visible()
    visitor.page.keyboard.press("Tab")
    style = "getComputedStyle(document.activeElement).outlineStyle"
    assert visitor.page.evaluate(style) == "solid"


def test_a_proposal_is_checked_and_downloaded(enter: Enter) -> None:
    visitor = enter(1440, "light")
    visitor.open("/model/propose?file=services/payments.yaml")
    text = visitor.page.input_value("#text")
    visitor.page.fill("#text", text.replace("title: Checkout\n", "title: Till\n"))
    visitor.page.click("text=Check and show the patch")
    assert visitor.page.locator(".diff-in", has_text="+title: Till").count() == 1
    with visitor.page.expect_download() as download:
        visitor.page.click("text=Download the patch")
    patch = download.value.path().read_text()
    assert "-title: Checkout\n+title: Till\n" in patch

"""The scorecard file in a real browser: widths, themes, keyboard, accessibility, paper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tests.programs import npm_package, program

ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--no-first-run"]  # fmt: skip
OPEN_ALL = "document.querySelectorAll('details').forEach(d => { d.open = true; })"
LOOKS = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=program("chromium"), args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def address(page_html: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "scorecard.html"
    path.write_text(page_html, encoding="utf-8")
    return path.as_uri()


class Visit:
    """One open page and all that it complained about or asked for."""

    def __init__(self, browser: Any, address: str, width: int, scheme: str, **more: Any) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, **more
        )
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(address)

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_page_fits_its_width_and_asks_for_nothing(
    browser: Any, address: str, width: int, scheme: str
) -> None:
    with Visit(browser, address, width, scheme) as visit:
        for _ in range(2):
            wide = visit.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width
            visit.page.evaluate(OPEN_ALL)
        assert visit.complaints == []
        assert visit.requests == [address]


@pytest.mark.npm
@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_page_has_no_serious_accessibility_violation(
    browser: Any, address: str, width: int, scheme: str
) -> None:
    with Visit(browser, address, width, scheme, bypass_csp=True) as visit:
        visit.page.evaluate(OPEN_ALL)
        visit.page.add_script_tag(path=str(npm_package("axe-core", "4.14.1") / "axe.min.js"))
        found = visit.page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})"
        )
        assert found["passes"]
        serious = [
            (rule["id"], rule["nodes"][0]["html"][:200], rule["nodes"][0]["failureSummary"])
            for rule in found["violations"]
            if rule["impact"] in ("serious", "critical")
        ]
        assert serious == []


def test_page_is_complete_without_javascript(browser: Any, address: str) -> None:
    with Visit(browser, address, 1440, "light", java_script_enabled=False) as visit:
        section = visit.page.locator("#kpi-change_failure_rate")
        records = section.locator("caption", has_text="Records behind")
        assert not records.is_visible()
        section.locator("summary", has_text="Records").click()
        assert records.is_visible()


def test_keyboard_opens_a_drill_down_and_shows_where_it_is(browser: Any, address: str) -> None:
    with Visit(browser, address, 1440, "light") as visit:
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate("document.activeElement.className") == "skip"
        summary = visit.page.locator("#kpi-change_failure_rate summary", has_text="By service")
        summary.focus()
        visit.page.keyboard.press("Enter")
        assert summary.evaluate("e => e.parentElement.open") is True
        visit.page.keyboard.press("Tab")
        style = "getComputedStyle(document.activeElement).outlineStyle"
        assert visit.page.evaluate(style) == "solid"


def test_theme_switch_works_without_a_script(browser: Any, address: str) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    with Visit(browser, address, 1440, "light") as visit:
        light = visit.page.evaluate(ground)
        visit.page.locator("label", has_text="Dark").click()
        dark = visit.page.evaluate(ground)
        visit.page.locator("label", has_text="Auto").click()
        assert light != dark
        assert visit.page.evaluate(ground) == light


def test_narrow_screen_gets_the_narrow_drawing(browser: Any, address: str) -> None:
    for width, shown, hidden in ((390, ".chart-narrow", ".chart-wide"),
                                 (1440, ".chart-wide", ".chart-narrow")):  # fmt: skip
        with Visit(browser, address, width, "light") as visit:
            chart = visit.page.locator("#kpi-deployment_frequency .kpi-chart")
            assert chart.locator(shown).is_visible()
            assert not chart.locator(hidden).is_visible()


def test_text_of_charts_is_readable_on_a_phone(browser: Any, address: str) -> None:
    measured = """[...document.querySelectorAll('#kpi-deployment_frequency .chart-narrow text')]
        .map(e => parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a)
        .filter(size => size > 0)"""
    with Visit(browser, address, 390, "light") as visit:
        sizes = visit.page.evaluate(measured)
        assert len(sizes) > 10
        assert min(sizes) >= 10


def test_paper_shows_every_drill_down(browser: Any, address: str) -> None:
    with Visit(browser, address, 1440, "light") as visit:
        visit.page.emulate_media(media="print")
        caption = visit.page.locator("#kpi-change_failure_rate caption", has_text="Records behind")
        assert caption.bounding_box()["height"] > 0
        assert not visit.page.locator("nav.sections").is_visible()

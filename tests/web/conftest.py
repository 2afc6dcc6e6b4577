"""One rendering of the sample scorecard for all tests of pages."""

from __future__ import annotations

import pytest

from fairlead.web.scorecard_page import scorecard_page
from tests.web import sample
from tests.web.html_tree import Element, parse


@pytest.fixture(scope="session")
def page_html() -> str:
    return scorecard_page(sample.scorecard(), sample.model())


@pytest.fixture(scope="session")
def page(page_html: str) -> Element:
    return parse(page_html)


@pytest.fixture(scope="session")
def empty_page() -> Element:
    return parse(scorecard_page(sample.empty(), sample.model()))

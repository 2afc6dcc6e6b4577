"""The page of components shows what pages use, and nothing that they do not have."""

from __future__ import annotations

import re
from pathlib import Path

from fairlead.kernel.wording import STATUS_WORDS
from tests.console.conftest import Login

ASSETS = Path(__file__).resolve().parents[2] / "src" / "fairlead" / "web" / "assets"


def test_components_are_shown_with_tokens_that_exist(login: Login) -> None:
    page = login("viewer").get("/design").content.decode()
    tokens = set(re.findall(r"^\s*(--[\w-]+):", (ASSETS / "tokens.css").read_text(), re.MULTILINE))
    shown = set(re.findall(r"<code>(--[\w-]+)</code>", page))
    assert len(shown) == 20
    assert shown <= tokens
    for words in STATUS_WORDS.values():
        assert words in page
    assert page.count("<svg") > len(STATUS_WORDS)

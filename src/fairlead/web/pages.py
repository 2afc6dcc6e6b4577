"""Renders a page from a template with our styles inside: every page file comes through here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from fairlead.kernel.wording import words

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
_UNIT = re.compile(r"(\d|\bn|≤|≥) (?=[%\d]|(?:h|d|s|min)\b)")


def render_page(template: str, styles: Sequence[str], **content: object) -> str:
    """The page as HTML; names in `styles` are files of `assets/`, in order."""
    css = "\n".join((HERE / "assets" / f"{name}.css").read_text("utf-8") for name in styles)
    return _environment().get_template(template).render(css=Markup(css), **content)


@cache
def _environment() -> Environment:
    return console_environment()


def console_environment(**options: Any) -> Environment:
    """The templates with our filters: for page files, and for the pages of the console."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    options.pop("auto_reload", None)
    found = Environment(
        **{
            "loader": FileSystemLoader(HERE / "templates"),
            "autoescape": True,
            **options,
            "undefined": StrictUndefined,
            "trim_blocks": True,
            "lstrip_blocks": True,
        }
    )
    found.filters["words"] = words
    found.filters["svg"] = Markup
    found.filters["marked"] = marked
    found.filters["tidy"] = tidy
    found.filters["console_link"] = console_link
    return found


def console_link(anchor: str) -> str:
    """The page of the console that says what a section of the scorecard file says."""
    if anchor.startswith("kpi-"):
        return f"/kpi/{anchor.removeprefix('kpi-')}"
    return f"/sources#{anchor}"


def marked(text: str) -> Markup:
    """Text of ours with `code` between backticks as code; all else is escaped."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    pieces = (
        Markup("<code>{}</code>").format(p) if i % 2 else escape(p) for i, p in enumerate(parts)
    )
    return Markup("").join(pieces)


def tidy(text: str) -> str:
    """Text in which a number and its unit stay on one line."""
    return _UNIT.sub("\\1\N{NO-BREAK SPACE}", text)

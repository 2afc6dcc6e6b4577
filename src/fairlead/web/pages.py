"""Renders a page from a template with our styles inside: every page file comes through here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from fairlead.kernel.wording import words

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent


def render_page(template: str, styles: Sequence[str], **content: object) -> str:
    """The page as HTML; names in `styles` are files of `assets/`, in order."""
    css = "\n".join((HERE / "assets" / f"{name}.css").read_text("utf-8") for name in styles)
    return _environment().get_template(template).render(css=Markup(css), **content)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["words"] = words
    found.filters["svg"] = Markup
    return found

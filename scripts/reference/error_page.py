"""`errors.md`: every error code with the page that `fairlead explain` prints."""

from __future__ import annotations

from fairlead.kernel.codes import CODES
from fairlead.packs import error_page

from .markdown import opening, table

FAMILIES = {
    "FL1": "syntax and schema of the operating model",
    "FL2": "references",
    "FL3": "facts and ingest",
    "FL4": "KPIs and engine",
    "FL5": "policies and gates",
    "FL6": "workflows",
    "FL7": "identity and access",
    "FL8": "storage",
    "FL9": "environment",
}


def page() -> list[str]:
    """The whole page."""
    lines = opening(
        "Errors", f"{len(CODES)} codes. `fairlead explain CODE` prints the same offline."
    )
    lines += table(
        ["code", "title", "family"],
        [
            [f"[{code}](#{code.lower()})", title, FAMILIES[code[:3]]]
            for code, title in CODES.items()
        ],
    )
    for code, title in CODES.items():
        _, _, body = error_page(code).partition("\n")
        deeper = [f"#{line}" if line.startswith("## ") else line for line in body.splitlines()]
        lines += [f"## {code}", "", f"**{title[0].upper()}{title[1:]}.**", *deeper, ""]
    return lines

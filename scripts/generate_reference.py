"""Writes docs/reference from code alone; with `--check` only tells whether it is fresh.

python scripts/generate_reference.py            write the pages
python scripts/generate_reference.py --check    exit 1 and name the pages that are stale
python scripts/generate_reference.py --into DIR write them elsewhere
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from reference import (
    cli_page,
    connector_page,
    engine_page,
    error_page,
    fact_page,
    kind_page,
    kpi_page,
    permission_page,
    scope_page,
)
from reference.markdown import text_of
from reference.marks import ROOT

PAGES: dict[str, Callable[[], list[str]]] = {
    "kpis": kpi_page.page,
    "facts": fact_page.page,
    "kinds": kind_page.page,
    "cli": cli_page.page,
    "errors": error_page.page,
    "connectors": connector_page.page,
    "engines": engine_page.page,
    "scope": scope_page.page,
    "permissions": permission_page.page,
}


def main() -> int:
    """Write or check every page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "reference")
    asked = parser.parse_args()
    stale = []
    for name, page in PAGES.items():
        file: Path = asked.into / f"{name}.md"
        text = text_of(page())
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not asked.check:
            asked.into.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
    known = {f"{name}.md" for name in PAGES}
    orphans = [file for file in sorted(asked.into.glob("*.md")) if file.name not in known]
    for name in stale:
        print(f"{'stale' if asked.check else 'wrote'}: {name}.md", file=sys.stderr)
    for file in orphans:
        print(f"no page of ours: {file.name}", file=sys.stderr)
    if asked.check and (stale or orphans):
        print("run: python scripts/generate_reference.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

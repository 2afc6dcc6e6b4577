"""Pages for people point at what exists; decisions and fragments keep their form."""

from __future__ import annotations

import re
from pathlib import Path

from tests.house.tree import ROOT, line_count, named

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
KINDS = {"added", "changed", "fixed", "removed", "number"}
LONGEST_DECISION = 60
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
PLACE = re.compile(r"`((?:docs|src|conformance|changelog\.d|scripts|tests)/[\w./\-]*)`")


def pages() -> list[Path]:
    """Every page of the project."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = []
    for page in pages():
        for target, _ in LINK.findall(page.read_text(encoding="utf-8")):
            if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists():
                broken.append(f"{named(page)}: {target}")
    assert broken == []


def test_every_place_that_a_page_names_exists() -> None:
    made_by_the_recipe = "time_to_first_review"
    broken = [
        f"{named(page)}: {place}"
        for page in pages()
        for place in PLACE.findall(page.read_text(encoding="utf-8"))
        if not (ROOT / place).exists() and made_by_the_recipe not in place
    ]
    assert broken == []


def test_every_anchor_of_the_reference_exists() -> None:
    broken = []
    for page in sorted((ROOT / "docs" / "reference").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        headings = {line.lstrip("# ").lower() for line in text.splitlines() if line[:2] == "##"}
        broken += [
            f"{page.name}: {anchor}"
            for anchor in set(re.findall(r"\]\(#([\w\-]+)\)", text))
            if anchor.lower() not in headings
        ]
    assert broken == []


def test_decisions_are_numbered_without_a_hole_and_short() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    assert [named(path) for path in DECISIONS if line_count(path) > LONGEST_DECISION] == []
    assert [
        path.name for path in DECISIONS if not re.match(r"\d{4}-[a-z\-0-9]+\.md$", path.name)
    ] == []


def test_every_decision_begins_with_its_number_and_its_state() -> None:
    for path in DECISIONS:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith(f"# {path.name[:4]}: ")
        assert lines[2].startswith(("Accepted.", "Replaced by "))


def test_changelog_fragments_say_their_kind() -> None:
    fragments = [p for p in (ROOT / "changelog.d").iterdir() if p.name != "README.md"]
    wrong = [
        path.name
        for path in fragments
        if not re.match(r"[a-z0-9\-]+\.([a-z]+)\.md$", path.name)
        or path.name.split(".")[1] not in KINDS
        or not path.read_text(encoding="utf-8").strip()
    ]
    assert wrong == []


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert line_count(ROOT / "LICENSE") > 190

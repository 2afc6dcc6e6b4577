"""Every error code has a title, a page, a place that raises it, and a bad input that shows it."""

from __future__ import annotations

import re

import yaml
from scripts.reference.marks import marks_by_value

from fairlead.kernel.codes import CODES
from fairlead.packs import error_page
from tests.house.tree import PACKAGE, ROOT, python_files

CODE = re.compile(r"FL\d{4}")


def shown_codes() -> set[str]:
    """Codes with a bad input: a marked test, a bad file of the model, a case of a connector."""
    marked = set(marks_by_value("diagnostic"))
    files = {path.stem[:6] for path in (ROOT / "tests" / "opmodel" / "bad").glob("FL*.txt")}
    cases = set()
    for path in sorted((ROOT / "conformance" / "connectors").rglob("*.yaml")):
        expected = yaml.safe_load(path.read_text(encoding="utf-8")).get("expect_error") or {}
        cases.add(str(expected.get("code")))
    return marked | files | cases


def test_every_code_has_a_title_and_a_page_that_begins_with_it() -> None:
    assert list(CODES) == sorted(CODES)
    assert [code for code in CODES if not re.fullmatch(r"FL[1-9]\d{3}", code)] == []
    wrong = [c for c, title in CODES.items() if not error_page(c).startswith(f"# {c}: {title}\n")]
    assert wrong == []


def test_no_page_is_left_of_a_code_that_is_gone() -> None:
    pages = {path.stem for path in (PACKAGE / "packs" / "errors").glob("*.md")}
    assert pages == set(CODES)


def test_every_code_is_raised_somewhere() -> None:
    used = set()
    for path in python_files("src"):
        if path != PACKAGE / "kernel" / "codes.py":
            used |= set(CODE.findall(path.read_text(encoding="utf-8")))
    assert sorted(set(CODES) - used) == []


def test_every_code_has_a_bad_input_that_raises_it() -> None:
    assert sorted(set(CODES) - shown_codes()) == []


def test_no_test_or_module_names_a_code_that_does_not_exist() -> None:
    unknown = set()
    for path in python_files("src", "tests"):
        unknown |= set(CODE.findall(path.read_text(encoding="utf-8"))) - set(CODES)
    assert sorted(unknown) == []

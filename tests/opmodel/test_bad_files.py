"""Every bad file gives its exact message, and every code of the model has one and a page."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairlead.kernel.codes import CODES
from fairlead.packs import error_page
from tests.opmodel.bad_cases import CASES, check, check_case, expected, good_workspace


def test_the_good_model_has_no_findings(tmp_path: Path) -> None:
    report = check(good_workspace(tmp_path))
    assert report.findings == ()
    assert report.files_count == 5


@pytest.mark.parametrize("case", CASES)
def test_bad_file_gives_its_exact_message(case: str, tmp_path: Path) -> None:
    report = check_case(tmp_path, case)
    rendered = "\n\n".join(item.render() for item in report.findings) + "\n"
    assert rendered == expected(case)


@pytest.mark.parametrize("case", [case for case in CASES if case.startswith("FL")])
def test_bad_file_raises_the_code_of_its_name_first(case: str, tmp_path: Path) -> None:
    findings = check_case(tmp_path, case).findings
    assert findings[0].code == case.split("_")[0]
    assert all(item.severity == "error" for item in findings)


def test_every_code_of_the_model_has_a_bad_file() -> None:
    wanted = {code for code in CODES if code.startswith(("FL1", "FL2"))}
    assert {case.split("_")[0] for case in CASES if case.startswith("FL")} == wanted


def test_no_message_repeats_a_secret(tmp_path: Path) -> None:
    for case in CASES:
        if "secret" in case or "password" in case:
            report = check_case(tmp_path / case, case)
            text = "".join(repr(item) for item in report.findings)
            assert "hunter2" not in text, case
            assert "12345678" not in text, case


@pytest.mark.parametrize("code", list(CODES))
def test_every_code_has_a_page_with_title_example_and_mend(code: str) -> None:
    page = error_page(code)
    assert page.startswith(f"# {code}: {CODES[code]}\n")
    assert "## How to mend it" in page
    assert f"{code}]" in page or f"{code} at" in page
    assert 10 <= page.count("\n") <= 30


@pytest.mark.parametrize("code", [code for code in CODES if code.startswith(("FL1", "FL2"))])
def test_the_example_of_a_page_is_printed_by_the_program(code: str) -> None:
    example = error_page(code).split("```text\n")[1].split("\n```")[0]
    printed = [expected(case).split("\n\n")[0].rstrip() for case in CASES]
    assert example in ["\n".join(line.rstrip() for line in text.split("\n")) for text in printed]

"""Files and functions stay below the stops of size; what exceeds one names its decision record."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house.tree import PACKAGE, ROOT, files_of, line_count, named, parsed, python_files

FUNCTION_STOP, SMALL_STOP, MODULE_STOP, TEMPLATE_STOP, CASE_STOP = 50, 150, 400, 150, 400

# Path to (lines allowed, decision record); an entry may only shrink, and goes when not needed.
ALLOWED: dict[str, tuple[int, str]] = {}
# `path::function` to (lines allowed, decision record).
ALLOWED_FUNCTIONS: dict[str, tuple[int, str]] = {}


def stop_of(path: Path) -> int | None:
    """The stop of a file by its kind, or None where no stop holds (payloads, locks, data)."""
    name = named(path)
    if name.startswith("docs/decisions/"):
        return 60
    if path.suffix in {".html", ".js"} and name.startswith("src/"):
        return TEMPLATE_STOP
    if name.startswith("conformance/") and path.suffix == ".yaml":
        return CASE_STOP
    if path.suffix != ".py":
        return None
    if name.startswith("tests/"):
        return CASE_STOP
    parent = path.parent
    is_shelf = (
        parent in {PACKAGE / "kpis", PACKAGE / "reports", PACKAGE / "opmodel" / "kinds"}
        or parent == PACKAGE / "facts"
        or (PACKAGE / "connectors" in parent.parents and is_mapping(path))
    )
    return SMALL_STOP if is_shelf else MODULE_STOP


def is_mapping(path: Path) -> bool:
    """Whether a connector's module makes facts or plans requests; the others are readers."""
    names = {
        alias.name
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return path.name == "__init__.py" or bool(names & {"Fact", "Mapped", "Plan", "Request"})


def test_no_file_passes_the_stop_of_its_kind() -> None:
    over = [
        f"{named(path)}: {line_count(path)} lines, stop {stop}"
        for path in files_of("src", "tests", "bench", "scripts", "conformance", "docs")
        if (stop := stop_of(path)) is not None
        and line_count(path) > ALLOWED.get(named(path), (stop, ""))[0]
    ]
    assert over == []


def functions(path: Path) -> list[tuple[str, int]]:
    """Every function of a file with its length in lines, decorators and docstring left out."""
    found = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            found.append((node.name, (node.end_lineno or 0) - body[0].lineno + 1))
    return found


def test_no_function_is_longer_than_its_stop() -> None:
    over = []
    for path in python_files("src", "tests", "bench", "scripts"):
        for name, length in functions(path):
            allowed = ALLOWED_FUNCTIONS.get(f"{named(path)}::{name}", (FUNCTION_STOP, ""))[0]
            if length > allowed:
                over.append(f"{named(path)}::{name}: {length} lines, stop {allowed}")
    assert over == []


def test_every_allowance_is_needed_and_names_its_decision() -> None:
    for key, (lines, decision) in (ALLOWED | ALLOWED_FUNCTIONS).items():
        path, _, function = key.partition("::")
        assert (ROOT / "docs" / "decisions" / decision).is_file(), key
        real = dict(functions(ROOT / path))[function] if function else line_count(ROOT / path)
        stop = FUNCTION_STOP if function else stop_of(ROOT / path)
        assert real == lines, f"{key}: shrink the allowance to {real}"
        assert stop is not None
        assert lines > stop, f"{key}: no allowance is needed any more"

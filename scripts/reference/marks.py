"""Reads the marks of tests (`row`, `diagnostic`, `engine`) from their source, without running them.

A mark counts for the test that it decorates, also inside a `pytest.param`; a mark of `pytestmark`
counts for every test of its file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("row", "diagnostic", "engine")


@dataclass(frozen=True)
class Mark:
    """One mark of one test; `test` is `tests/kpis/test_x.py::test_name`."""

    kind: str
    values: tuple[str, ...]
    keywords: Mapping[str, Any]
    test: str


@cache
def marks() -> tuple[Mark, ...]:
    """Every mark of every test file, in the order of the files."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return tuple(mark for file in files for mark in marks_of(file))


def marks_of(file: Path) -> list[Mark]:
    """The marks of one test file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    place = file.relative_to(ROOT).as_posix()
    shared = [
        found
        for node in tree.body
        if isinstance(node, ast.Assign) and _names(node) == ["pytestmark"]
        for found in _calls(node.value)
    ]
    result = []
    for name, decorators in _tests(tree):
        own = [found for item in decorators for found in _calls(item)]
        result += [Mark(*found, f"{place}::{name}") for found in (*shared, *own)]
    return result


def marks_by_value(kind: str) -> dict[str, list[Mark]]:
    """The marks of one kind, by each value that they name."""
    found: dict[str, list[Mark]] = {}
    for mark in marks():
        if mark.kind == kind:
            for value in mark.values:
                found.setdefault(value, []).append(mark)
    return found


def literal_of(file: str, name: str) -> Any:
    """The literal that a module-level name of a test file holds, or None when it has none."""
    path = ROOT / file
    if not path.exists():
        return None
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and _names(node) == [name]:
            return ast.literal_eval(node.value)
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == name:
            return ast.literal_eval(node.value) if node.value is not None else None
    return None


def _names(node: ast.Assign) -> list[str]:
    return [target.id for target in node.targets if isinstance(target, ast.Name)]


def _tests(tree: ast.Module) -> Iterator[tuple[str, list[ast.expr]]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name.startswith("test_"):
                yield node.name, node.decorator_list
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and inner.name.startswith("test_"):
                    name = f"{node.name}::{inner.name}"
                    yield name, [*node.decorator_list, *inner.decorator_list]


def _calls(node: ast.AST) -> Iterator[tuple[str, tuple[str, ...], dict[str, Any]]]:
    for inner in ast.walk(node):
        if not isinstance(inner, ast.Call) or not isinstance(inner.func, ast.Attribute):
            continue
        owner = inner.func.value
        if inner.func.attr in KINDS and isinstance(owner, ast.Attribute) and owner.attr == "mark":
            values = tuple(str(a.value) for a in inner.args if isinstance(a, ast.Constant))
            words = {
                word.arg: word.value.value
                for word in inner.keywords
                if word.arg and isinstance(word.value, ast.Constant)
            }
            yield inner.func.attr, values, words

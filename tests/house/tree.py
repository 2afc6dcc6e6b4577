"""The tree as the house tests see it: its files, its modules and their syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "fairlead"
TEXT = {
    ".py", ".md", ".yaml", ".yml", ".toml", ".lock", ".sh", ".html", ".css", ".js", ".json",
    ".txt", ".svg", ".cfg", ".ndjson", ".csv", "",
}  # fmt: skip
SKIPPED = {
    ".git", ".venv", ".work", ".hypothesis", ".mypy_cache", ".ruff_cache", ".pytest_cache",
    ".import_linter_cache", "__pycache__", "node_modules", "spark-warehouse", ".fairlead",
}  # fmt: skip


def files_of(*folders: str) -> Iterator[Path]:
    """Every file below the folders (or of the whole tree) that belongs to the project."""
    starts = [ROOT / folder for folder in folders] if folders else [ROOT]
    for start in starts:
        for path in sorted(start.rglob("*")):
            inside = path.relative_to(ROOT).parts
            if path.is_file() and not SKIPPED.intersection(inside):
                yield path


def python_files(*folders: str) -> Iterator[Path]:
    """Every Python file below the folders."""
    return (path for path in files_of(*folders) if path.suffix == ".py")


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def named(path: Path) -> str:
    """A path as people write it, from the root of the project."""
    return path.relative_to(ROOT).as_posix()


def line_count(path: Path) -> int:
    """How many lines a file has."""
    return len(path.read_text(encoding="utf-8").splitlines())


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an attribute chain; empty when it is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else ""
    return ""

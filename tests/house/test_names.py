"""Names say what a thing is: no catch-all files, no vague ids, ids in snake_case everywhere."""

from __future__ import annotations

import ast
import re

from fairlead.cli.entry import COMMANDS
from fairlead.connectors import connector_ids, load_connector
from fairlead.facts import fact_types
from fairlead.kpis.shelf import kpis
from fairlead.packs.scorecard import SCORECARD
from tests.house.tree import files_of, named, parsed, python_files

FORBIDDEN_FILES = {
    "utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "processor",
    "handler", "core",
}  # fmt: skip
FORBIDDEN_WORDS = {"data", "info", "new", "old", "v2"}
TERMS = {"data_loss", "data_migration"}  # terms of the trade, not vague words
SNAKE = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")


def ids() -> list[str]:
    """Every id that a user sees: KPIs, facts, columns, dimensions, settings, connectors."""
    found = [line.kpi_id for line in SCORECARD]
    for kpi in kpis().values():
        found += [kpi.id, *kpi.dimensions, *kpi.settings]
    for fact in fact_types().values():
        found += [fact.name, *fact.columns]
    for connector_id in connector_ids():
        found += [connector_id, *load_connector(connector_id).settings]
    return list(dict.fromkeys(found))


def test_no_file_is_named_after_nothing_in_particular() -> None:
    folders = ("src", "tests", "bench", "scripts", "conformance", "docs", "examples")
    assert [named(p) for p in files_of(*folders) if p.stem.lower() in FORBIDDEN_FILES] == []


def test_ids_are_snake_case() -> None:
    assert [name for name in ids() if not SNAKE.match(name)] == []


def test_no_id_holds_a_vague_word() -> None:
    vague = [name for name in ids() if FORBIDDEN_WORDS.intersection(name.split("_"))]
    assert [name for name in vague if name not in TERMS] == []


def test_commands_are_single_lower_case_words() -> None:
    assert [name for name in COMMANDS if not re.fullmatch(r"[a-z]+", name)] == []


def test_module_names_are_snake_case() -> None:
    bad = [
        named(path)
        for path in python_files("src", "tests", "bench", "scripts")
        if path.stem not in {"__init__", "__main__"}
        and path.parent.name != "migrations"
        and not SNAKE.match(path.stem)
    ]
    assert bad == []


def test_the_name_of_every_test_is_a_sentence() -> None:
    bad = []
    for path in python_files("tests"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                words = node.name.split("_")[1:]
                if len(words) < 2:
                    bad.append(f"{named(path)}::{node.name}")
    assert bad == []

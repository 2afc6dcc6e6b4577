"""Connectors and fact types carry their labels, agree with their code, and have cases."""

from __future__ import annotations

import importlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from fairlead.connectors import connector_ids, load_connector
from fairlead.facts import fact_types
from fairlead.kernel.codes import CODES
from fairlead.kernel.labels import labels_of
from tests.house.tree import PACKAGE, ROOT, named

CONNECTOR_LABELS = (
    "Reads", "Emits", "Key", "Order", "Limits", "Not covered", "Errors", "Source",
)  # fmt: skip
FACT_LABELS = ("Grain", "Key", "Order", "Late", "Keep", "Source")
CONNECTORS = ROOT / "conformance" / "connectors"
# Facts of Fairlead's own, written by no connector and no fold: which module appends them.
OWN = {
    "catalog_entities": "src/fairlead/engine/catalog.py",
    "source_coverages": "src/fairlead/ingest/pulling.py",
}


@cache
def documents(folder: str) -> tuple[tuple[Path, dict[str, Any]], ...]:
    """The case files below a folder of the conformance cases."""
    files = sorted((ROOT / "conformance" / folder).rglob("*.yaml"))
    return tuple((file, yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files)


def connector_labels(connector_id: str) -> dict[str, str]:
    """The labels of a connector's package."""
    return labels_of(importlib.import_module(f"fairlead.connectors.{connector_id}").__doc__ or "")[
        1
    ]


@pytest.mark.parametrize("connector_id", list(connector_ids()))
def test_connector_carries_every_label(connector_id: str) -> None:
    found = connector_labels(connector_id)
    assert [label for label in CONNECTOR_LABELS if not found.get(label)] == []
    assert load_connector(connector_id).id == connector_id


@pytest.mark.parametrize("connector_id", list(connector_ids()))
def test_emits_of_the_docstring_are_those_of_the_connector(connector_id: str) -> None:
    emits = load_connector(connector_id).emits
    assert [name for name in emits if name not in fact_types()] == []
    text = connector_labels(connector_id)["Emits"]
    said = tuple(word for word in re.findall(r"[a-z_]+", text) if word in fact_types())
    assert said == emits or (connector_id == "mapping" and len(emits) > 1)


@pytest.mark.parametrize("connector_id", list(connector_ids()))
def test_errors_of_the_docstring_are_codes_that_exist(connector_id: str) -> None:
    named_codes = re.findall(r"FL\d{4}", connector_labels(connector_id)["Errors"])
    assert named_codes
    assert [code for code in named_codes if code not in CODES] == []


@pytest.mark.parametrize("connector_id", list(connector_ids()))
def test_connector_has_cases_with_facts_and_with_a_refusal(connector_id: str) -> None:
    if connector_id == "git":
        # Its payloads are made by the reader of repositories; tests/git runs both on real ones.
        assert list((ROOT / "tests" / "git").glob("test_*.py"))
        return
    own = [case for _, case in documents("connectors") if case["connector"] == connector_id]
    assert any("expect" in case for case in own)
    assert any("expect_error" in case for case in own)
    assert [case["why"] for case in own if not case.get("source")] == []


def test_no_payload_file_is_an_orphan() -> None:
    used = {file.parent / str(case.get("payload_file")) for file, case in documents("connectors")}
    present = {
        path
        for path in CONNECTORS.rglob("*")
        if path.is_file() and path.suffix not in {".yaml", ".md"}
    }
    extra = {
        file.parent / name
        for file, case in documents("connectors")
        for name in re.findall(r"[\w.\-]+\.(?:yaml|json|csv|ndjson|xml)", str(case.get("settings")))
    }
    assert sorted(named(path) for path in present - used - extra) == []


@pytest.mark.parametrize("name", list(fact_types()))
def test_fact_file_carries_every_label(name: str) -> None:
    module = importlib.import_module(f"fairlead.facts.{name}")
    summary, found = labels_of(module.__doc__ or "")
    assert summary.endswith(".")
    assert [label for label in FACT_LABELS if not found.get(label)] == []


@pytest.mark.parametrize("name", list(fact_types()))
def test_key_of_the_docstring_is_that_of_the_fact(name: str) -> None:
    fact = fact_types()[name]
    text = labels_of(importlib.import_module(f"fairlead.facts.{name}").__doc__ or "")[1]["Key"]
    said = [part.strip() for part in re.sub(r"\([^)]*\)", "", text).rstrip(".").split(",")]
    assert tuple(said) == fact.key
    assert fact.event_at in fact.all_columns


@pytest.mark.parametrize("name", list(fact_types()))
def test_fact_is_produced_by_a_connector_or_a_fold(name: str) -> None:
    if name in OWN:
        assert f'"{name}"' in (ROOT / OWN[name]).read_text(encoding="utf-8")
        return
    from_connectors = {
        fact
        for _, case in documents("connectors")
        if isinstance(case.get("expect"), dict)
        for fact in case["expect"]
    }
    from_folds = {
        fact
        for _, content in documents("folds")
        for case in content.get("cases", [])
        if isinstance(case.get("expect"), dict)
        for fact in case["expect"]
    }
    by_git = set(load_connector("git").emits) if name not in from_connectors else set()
    assert name in from_connectors | from_folds | by_git


def test_every_fact_file_is_named_as_its_fact() -> None:
    files = {path.stem for path in (PACKAGE / "facts").glob("*.py")} - {"__init__", "fact_type"}
    assert files == set(fact_types())


@pytest.mark.parametrize("connector_id", connector_ids())
def test_a_pulled_resource_speaks_for_facts_that_its_connector_emits(connector_id: str) -> None:
    connector = load_connector(connector_id)
    spoken = {name for names in connector.resources.values() for name in names}
    assert spoken <= set(connector.emits)
    if connector.resources:
        assert spoken == set(connector.emits)

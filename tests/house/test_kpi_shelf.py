"""Every KPI file carries its labels, agrees with its `Kpi`, and has its table of cases."""

from __future__ import annotations

import ast
import re
import sys

import pytest

from fairlead.engine.conformance.cases import read_cases
from fairlead.kernel.labels import labels_of
from fairlead.kpis.peers import peer_definitions
from fairlead.kpis.shelf import Kpi, kpis
from fairlead.packs.scorecard import SCORECARD
from tests.house.tree import PACKAGE, ROOT, parsed

LABELS = ("Grain", "Reads", "Returns", "Window", "Null", "Late", "Errors", "Differs", "Source")
KPIS = list(kpis().values())
CASES = ROOT / "conformance" / "kpis"
FEWEST_CASES = 8


def labels_in(kpi: Kpi) -> dict[str, str]:
    """The labels of the file that defines a KPI."""
    return labels_of(sys.modules[kpi.records.__module__].__doc__ or "")[1]


def names_in(text: str) -> tuple[str, ...]:
    """`a, b, c.` as names."""
    return tuple(name.strip() for name in text.rstrip(".").split(","))


def test_every_file_of_the_shelf_holds_one_kpi() -> None:
    files = {path.stem for path in (PACKAGE / "kpis").glob("*.py")} - {"__init__", "shelf"}
    assert files == set(kpis())


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.id)
def test_kpi_is_named_as_its_file(kpi: Kpi) -> None:
    assert kpi.records.__module__ == f"fairlead.kpis.{kpi.id}"


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.id)
def test_kpi_carries_every_label_in_order(kpi: Kpi) -> None:
    found = labels_in(kpi)
    assert [label for label in found if label in LABELS] == list(LABELS)
    assert [label for label in LABELS if not found[label]] == []


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.id)
def test_version_of_the_docstring_is_that_of_the_kpi(kpi: Kpi) -> None:
    found = re.search(r"Version: (\d+)\.$", labels_in(kpi)["Source"])
    assert found is not None
    assert int(found[1]) == kpi.version


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.id)
def test_reads_of_the_docstring_are_those_of_the_kpi(kpi: Kpi) -> None:
    assert names_in(labels_in(kpi)["Reads"]) == kpi.reads


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.id)
def test_kpi_has_a_table_of_enough_cases(kpi: Kpi) -> None:
    file = CASES / f"{kpi.id}.yaml"
    assert file.is_file(), f"write {file.relative_to(ROOT)}"
    own = [case for case in read_cases(file) if case.content.get("kpi") == kpi.id]
    assert len(own) >= FEWEST_CASES


def test_no_case_file_is_an_orphan() -> None:
    allowed = set(kpis()) | set(peer_definitions())
    orphans = [
        file.name
        for file in sorted(CASES.glob("*.yaml"))
        if file.stem not in allowed
        and not any(file.stem.startswith(f"{name}_") or file.stem.endswith(f"_{name}")
                    for name in allowed)
    ]  # fmt: skip
    assert orphans == []


def test_every_companion_stands_beside_a_line_of_the_scorecard() -> None:
    lines = {line.kpi_id for line in SCORECARD}
    loose = [kpi.id for kpi in KPIS if (kpi.companion_of or kpi.id) not in lines]
    assert loose == []


def test_the_scorecard_has_its_26_lines_in_order() -> None:
    assert [line.requirement_id for line in SCORECARD] == [f"K{n:02}" for n in range(1, 27)]


def test_every_peer_definition_says_what_it_counts() -> None:
    silent = [
        f"{tool} {kpi.id}"
        for tool, found in peer_definitions().items()
        for kpi in found.values()
        if not labels_of(kpi.records.__doc__ or "")[0].endswith(".")
    ]
    assert silent == []


def test_no_kpi_file_prints_or_opens_a_file() -> None:
    bad = [
        f"{path.name}:{node.lineno}"
        for path in sorted((PACKAGE / "kpis").rglob("*.py"))
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"open", "print", "eval", "exec"}
    ]
    assert bad == []

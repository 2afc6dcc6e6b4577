"""Mutants of a KPI: its definition with one small wrong change, ready to be asked.

The source that a KPI's `records` reaches (its own file and the shared expressions) is edited in
one place, and the modules on the way from there to the KPI are made anew from it. The modules that
everybody else uses stay as they are.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from fairlead.kpis.shelf import Kpi
from tests.mutation.operators import Edit, Source, edits_of

PACKAGE = "fairlead.kpis"
SHARED = f"{PACKAGE}.expressions"
NOT_MUTATED = {f"{SHARED}.settings", f"{SHARED}.sharing", f"{PACKAGE}.shelf"}
SETTINGS = {"AUTHORS", "BRANCHES", "MECHANISMS", "PIPELINES", "STATISTICS"}
DECLARED = {"statistic", "per_days", "shared", "needs_coverage", "mix_by"}
Place = tuple[str, str]


@dataclass(frozen=True)
class Mutant:
    """One wrong change: where it is, and what the source says instead."""

    id: str
    module: str
    operator: str
    edit: Edit

    @property
    def text(self) -> str:
        """The source of the module with the change in it."""
        source = source_of(self.module).text
        return source[: self.edit.start] + self.edit.text + source[self.edit.end :]

    @property
    def is_declared(self) -> bool:
        """Whether the change is in what the KPI declares, not in its records."""
        return self.id.split(":")[1] == "KPI"

    def diff(self) -> str:
        """The lines that differ, as `-` and `+`."""
        source = source_of(self.module).text
        start = source.rfind("\n", 0, self.edit.start) + 1
        end = source.find("\n", self.edit.end)
        changed = source[start : self.edit.start] + self.edit.text + source[self.edit.end : end]
        return "\n".join(
            [
                self.id,
                *(f"    - {line.strip()}" for line in source[start:end].splitlines()),
                *(f"    + {line.strip()}" for line in changed.splitlines()),
            ]
        )


@cache
def source_of(module: str) -> Source:
    """The source of a module of the KPI shelf."""
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Source(Path(spec.origin).read_text(encoding="utf-8"))


def definitions(module: str) -> dict[str, ast.FunctionDef | ast.ClassDef | ast.Assign]:
    """The functions, classes and constants at the top of a module, by name."""
    found: dict[str, ast.FunctionDef | ast.ClassDef | ast.Assign] = {}
    for node in source_of(module).tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node
    return found


def imports(module: str) -> dict[str, str]:
    """The names that a module takes from others of the shelf, with the module of each."""
    return {
        alias.asname or alias.name: node.module
        for node in source_of(module).tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE)
        for alias in node.names
        if node.module
    }


@cache
def reached(kpi_id: str) -> tuple[Place, ...]:
    """The (module, name) pairs that a KPI's `records` uses, its own first."""
    own = f"{PACKAGE}.{kpi_id}"
    queue, found = [(own, "records")], []
    while queue:
        place = queue.pop(0)
        module, name = place
        known, taken = definitions(module), imports(module)
        if place in found or name not in known or name in SETTINGS:
            continue
        found.append(place)
        names = {node.id for node in ast.walk(known[name]) if isinstance(node, ast.Name)}
        for used in sorted(names):
            target = taken.get(used, module)
            if target not in NOT_MUTATED:
                queue.append((target, used))
    return tuple(found)


def mutants_of(kpi_id: str) -> list[Mutant]:
    """All mutants that can touch a KPI: those of its own file first."""
    own = f"{PACKAGE}.{kpi_id}"
    found = [m for place in reached(kpi_id) for m in mutants_at(*place)] + _declared(own)
    return sorted(found, key=lambda mutant: mutant.module != own)


def shuffled(kpi_id: str, seed: int) -> list[Mutant]:
    """All mutants in seeded order, those of the KPI's own file before those of shared files.

    The order of two mutants depends on nothing but their ids, so that a changed line moves only
    its own mutants in or out of a sample.
    """
    own = f"{PACKAGE}.{kpi_id}"

    def place(mutant: Mutant) -> tuple[bool, str]:
        mark = hashlib.sha256(f"{seed}|{kpi_id}|{mutant.id}".encode()).hexdigest()
        return mutant.module != own, mark

    return sorted(mutants_of(kpi_id), key=place)


@cache
def equivalents() -> tuple[dict[str, Any], ...]:
    """The mutants listed as unable to change any result: `id`, `kpis`, `reason`."""
    listed = Path(__file__).with_name("equivalent.yaml").read_text(encoding="utf-8")
    return tuple(yaml.safe_load(listed))


def equivalents_of(kpi_id: str) -> set[str]:
    """The ids of the mutants that cannot change any result of a KPI."""
    return {entry["id"] for entry in equivalents() if kpi_id in entry["kpis"]}


@cache
def mutants_at(module: str, name: str) -> tuple[Mutant, ...]:
    source, node = source_of(module), definitions(module)[name]
    inner: ast.AST = node.value if isinstance(node, ast.Assign) else node
    return tuple(_named(module, name, edits_of(source, inner)))


def _declared(module: str) -> list[Mutant]:
    """Mutants of what the KPI declares: its statistic, its scale, how it is shared."""
    source, node = source_of(module), definitions(module)["KPI"]
    assert isinstance(node, ast.Assign)
    assert isinstance(node.value, ast.Call)
    edits = []
    for keyword in node.value.keywords:
        if keyword.arg not in DECLARED:
            continue
        for edit in _wrong_declarations(source, keyword):
            edits.append(edit)
    return list(_named(module, "KPI", iter(edits)))


def _wrong_declarations(source: Source, keyword: ast.keyword) -> Iterator[Edit]:
    value = keyword.value
    if keyword.arg == "statistic":
        yield from edits_of(source, value)
    elif keyword.arg == "per_days":
        yield source.replace("declared", value, f"{source.of(value)} + 1")
    elif keyword.arg == "shared":
        yield source.replace("declared", value, "False")
    elif keyword.arg == "needs_coverage":
        yield source.replace("declared", value, "()")


def _named(module: str, name: str, edits: Iterator[Edit]) -> Iterator[Mutant]:
    """Mutants with ids that stay the same while the line (and what is replaced) does."""
    source = source_of(module).text
    seen: Counter[str] = Counter()
    for edit in edits:
        start = source.rfind("\n", 0, edit.start) + 1
        end = source.find("\n", edit.end)
        line = " ".join(source[start:end].split())
        at = len(" ".join(source[start : edit.start].split()))
        told = f"{line}|{at}|{source[edit.start : edit.end]}|{edit.text}"
        mark = hashlib.sha256(" ".join(told.split()).encode()).hexdigest()[:6]
        key = f"{module.removeprefix(PACKAGE + '.')}:{name}:{edit.operator}:{mark}"
        seen[key] += 1
        number = "" if seen[key] == 1 else f".{seen[key]}"
        yield Mutant(key + number, module, edit.operator, edit)


@contextmanager
def loaded(kpi_id: str, mutant: Mutant) -> Iterator[Kpi]:
    """The KPI as the mutant makes it; modules are put back afterwards."""
    own = f"{PACKAGE}.{kpi_id}"
    kept = {name: sys.modules[name] for name in _way_to(own, mutant.module)}
    try:
        for name in kept:
            text = mutant.text if name == mutant.module else source_of(name).text
            fresh = ModuleType(name)
            fresh.__file__ = f"<{mutant.id}>"
            sys.modules[name] = fresh
            exec(compile(text, f"<{mutant.id}>", "exec"), fresh.__dict__)
        kpi = sys.modules[own].KPI
        assert isinstance(kpi, Kpi)
        yield kpi
    finally:
        sys.modules.update(kept)


@cache
def _way_to(own: str, changed: str) -> tuple[str, ...]:
    """The modules to be made anew, each after those that it imports."""
    order: list[str] = []

    def visit(module: str) -> bool:
        if module in order:
            return True
        if module in NOT_MUTATED or module == f"{PACKAGE}.shelf":
            return False
        touched = [visit(other) for other in sorted(set(imports(module).values()))]
        if module == changed or any(touched):
            order.append(module)
            return True
        return False

    visit(own)
    return tuple(order)

"""`scope.md`: every row of the requirements with its state, what serves it and what tests it.

A row is `done` when a test that names it says so (`row("K03", state="done")`), `part` when a test
names it, a `Serves:` line of a module names it, a KPI of its own is computed, or a connector reads
a tool of its area; else it is `not yet`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from fairlead.connectors import connector_ids
from fairlead.kernel.labels import labels_of
from fairlead.kpis.shelf import kpis
from fairlead.packs.requirements import RequirementRow, requirement_rows, requirement_sections
from fairlead.packs.scorecard import SCORECARD

from .markdown import codes, opening, table
from .marks import ROOT, marks_by_value

STATES = ("done", "part", "not yet")


@dataclass(frozen=True)
class RowState:
    """What is known of one row."""

    row: RequirementRow
    state: str
    serves: tuple[str, ...]
    tests: tuple[str, ...]


def page() -> list[str]:
    """The whole page."""
    found = row_states()
    counts = {state: sum(item.state == state for item in found) for state in STATES}
    lines = opening(
        "Scope",
        f"{len(found)} rows: "
        + ", ".join(f"{count} {state}" for state, count in counts.items())
        + ". A row is **done** when a user can do it from the command line on real input and a "
        "test says so against a value worked out independently; **part** when something of it is "
        "there; **not yet** when nothing is. States come from labels in tests and code.",
    )
    for letter, title in requirement_sections().items():
        rows = [item for item in found if item.row.section == letter]
        lines += [f"## {letter}: {title}", ""]
        lines += table(["id", "what", "state", "served by", "tests"], [_cells(r) for r in rows])
    return lines


def row_states() -> list[RowState]:
    """Every row with its state, in the order of the requirements."""
    served, tests = _served(), marks_by_value("row")
    found = []
    for row in requirement_rows():
        serves, marks = served.get(row.id, []), tests.get(row.id, [])
        is_done = any(mark.keywords.get("state") == "done" for mark in marks)
        state = "done" if is_done else "part" if serves or marks else "not yet"
        names = tuple(dict.fromkeys(mark.test.partition("::")[0] for mark in marks))
        found.append(RowState(row, state, tuple(serves), names))
    return found


def _cells(found: RowState) -> list[str]:
    lacking = [tool for tool, connector in found.row.tools.items() if connector is None]
    title = found.row.title
    if found.row.tools:
        title += f" (not yet: {', '.join(lacking)})" if lacking else ""
    return [found.row.id, title, found.state, codes(found.serves), codes(found.tests)]


def _served() -> dict[str, list[str]]:
    """What serves each row: KPIs by the scorecard, connectors by their tools, `Serves:` labels."""
    found: dict[str, list[str]] = {}
    known = kpis()
    for line in SCORECARD:
        if line.kpi_id in known:
            own = [line.kpi_id, *(k.id for k in known.values() if k.companion_of == line.kpi_id)]
            found.setdefault(line.requirement_id, []).extend(own)
    for row in requirement_rows():
        readers = [name for name in row.tools.values() if name in connector_ids()]
        if readers:
            found.setdefault(row.id, []).extend(dict.fromkeys(map(str, readers)))
    for row_id, module in _labels():
        found.setdefault(row_id, []).append(module)
    return found


def _labels() -> list[tuple[str, str]]:
    found = []
    for file in sorted((ROOT / "src" / "fairlead").rglob("*.py")):
        docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
        if "Serves:" in docstring:
            text = labels_of(docstring)[1].get("Serves", "").rstrip(".")
            module = file.relative_to(ROOT / "src").as_posix()
            found += [(row_id.strip(), module) for row_id in text.split(",")]
    return found

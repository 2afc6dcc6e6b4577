"""Runs KPI cases: given facts, ask the KPI, compare with the table that the case expects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from fairlead.engine.answer import answer
from fairlead.engine.conformance.cases import Case, case_instant, facts_of, window_of
from fairlead.engine.conformance.table import cells_equal, parse_table, table_columns
from fairlead.engine.evaluate import KpiRun
from fairlead.engine.session import Session
from fairlead.facts import fact_type
from fairlead.kernel.measure import Measure
from fairlead.kernel.window import Window
from fairlead.kpis.shelf import Kpi, Scope, definition_of
from fairlead.opmodel.model import Model
from fairlead.store.session import given_table

FIGURES = {"value", "numerator", "denominator", "n", "low", "high", "reason", "interval_reason"}
DETAILS = {"mean", "median", "p75", "p90", "p95", "lower_median"}

OpenSession = Callable[[Mapping[str, pa.Table], datetime | None], Session]


def run_kpi_case(case: Case, open_session: OpenSession) -> list[str]:
    """The disagreements of a case, in words; none when it passes."""
    kpi = definition_of(
        str(case.content.get("kpi", "")), str(case.content.get("definition", "fairlead"))
    )
    scope = Scope(
        window=window_of(case),
        as_of=case_instant(case, case.content["as_of"]) if case.content.get("as_of") else None,
        settings=dict(case.content.get("settings") or {}),
    )
    given = {name: given_table(fact_type(name), rows) for name, rows in facts_of(case).items()}
    columns = table_columns(case.content["expect"] or "")
    with open_session(given, scope.as_of) as session:
        run = KpiRun(session, Model(), kpi, scope, split_by=[*kpi.dimensions, *columns])
        problems = _compare_figures(case, run)
        if case.content.get("records"):
            problems += _compare_records(case, run)
    return problems


def _compare_figures(case: Case, run: KpiRun) -> list[str]:
    text = case.content["expect"]
    if text in (None, "none"):
        found = [m for m in answer(run, ()) if m.value is not None or m.excluded]
        return [f"expected no row, found {_shown(m)}" for m in found]
    columns = table_columns(text)
    by = [column for column in columns if not _is_figure(column, run)]
    measures = answer(run, by)
    expected = parse_table(text, f"{case.file}:{case.line}")
    left = {tuple(_key_cell(m.key.get(column)) for column in by): m for m in measures}
    problems = []
    for row in expected:
        key = tuple(row[column] for column in by)
        measure = left.pop(key, None)
        if measure is None:
            problems.append(f"no row for {dict(zip(by, key, strict=True))}")
            continue
        problems += _differences(row, by, measure, case.content.get("digits"))
    for key, measure in left.items():
        problems.append(f"row that nobody expected: {key} {_shown(measure)}")
    return problems


def _key_cell(value: Any) -> str | None:
    """A key value as cases write it."""
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_figure(column: str, run: KpiRun) -> bool:
    if column in FIGURES or column in DETAILS or column.startswith("excluded"):
        return True
    return column not in run.expression.columns


def _differences(
    row: Mapping[str, str | None], by: Sequence[str], measure: Measure, digits: int | None
) -> list[str]:
    problems = []
    for column, wanted in row.items():
        if column in by:
            continue
        found = figure(measure, column)
        if not cells_equal(wanted, found, digits):
            problems.append(f"{dict(measure.key)}: `{column}` is {found}, expected {wanted}")
    return problems


def figure(measure: Measure, column: str) -> Any:
    """A figure of a measure by the name that cases and exports use."""
    if column == "excluded_count":
        return sum(measure.excluded.values())
    if column.startswith("excluded."):
        return measure.excluded.get(column.removeprefix("excluded."), 0)
    if column in FIGURES:
        return getattr(measure, column)
    return measure.details.get(column)


def _shown(measure: Measure) -> str:
    return (
        f"value {measure.value}, {measure.numerator} / {measure.denominator}, "
        f"reason {measure.reason}, excluded {dict(measure.excluded)}"
    )


def _compare_records(case: Case, run: KpiRun) -> list[str]:
    columns = table_columns(case.content["records"])
    expected = parse_table(case.content["records"], f"{case.file}:{case.line}")
    found = run.listed().to_pylist()
    unknown = [column for column in columns if found and column not in found[0]]
    if unknown:
        return [f"records have no column `{unknown[0]}`: {', '.join(found[0])}"]
    problems = []
    for row in expected:
        match = next((f for f in found if all(cells_equal(row[c], f[c]) for c in columns)), None)
        if match is None:
            problems.append(f"no record like {row}")
        else:
            found.remove(match)
    problems += [f"record that nobody expected: { {c: f[c] for c in columns} }" for f in found]
    return problems


def shifted(window: Window, days: int) -> Window:
    """The window moved by whole days, for properties that move facts and window together."""
    move = timedelta(days=days)
    return Window(window.start + move, window.end + move, window.zone_name)


def kpi_of(case: Case) -> Kpi:
    """The KPI that a case asks for."""
    return definition_of(
        str(case.content.get("kpi", "")), str(case.content.get("definition", "fairlead"))
    )

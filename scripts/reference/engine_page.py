"""`engines.md`: which KPI runs on which engine, and how that is known."""

from __future__ import annotations

from fairlead.engine.conformance.cases import case_files, read_cases
from fairlead.kpis.shelf import kpis

from .markdown import code, opening, table
from .marks import ROOT, literal_of, marks_by_value

ENGINES = ("duckdb", "spark", "trino", "clickhouse", "bigquery", "snowflake")
COMPILES = "tests/kpis/test_compiles.py"
DIALECTS = {"spark": "pyspark"}
CASE_TEST = "test_case_agrees_on_"


def page() -> list[str]:
    """The whole page."""
    counts = _case_counts()
    lines = opening(
        "Engines",
        "One row per KPI. **runs**: the expression ran on that engine in a test and gave the "
        "values of its conformance cases, which were worked out by hand; the number of cases "
        "stands beside it. **compiles**: the expression of the records compiles to that engine's "
        "SQL and an independent parser accepts it; it was not run there. **no**: the test names "
        "why not.",
    )
    for engine in ENGINES:
        test = _running_test(engine)
        lines += [f"- {engine}: {f'run by `{test}`' if test else f'compiled by `{COMPILES}`'}"]
    lines.append("")
    rows = [
        [code(kpi_id), *(state(kpi_id, engine, counts.get(kpi_id, 0)) for engine in ENGINES)]
        for kpi_id in kpis()
    ]
    return lines + table(["KPI", *ENGINES], rows)


def state(kpi_id: str, engine: str, case_count: int) -> str:
    """What is known of one KPI on one engine."""
    reasons = literal_of(COMPILES, "UNSUPPORTED") or {}
    reason = reasons.get((kpi_id, engine)) or reasons.get(engine)
    if reason:
        return f"no: {reason}"
    if case_count and _running_test(engine):
        return f"runs: {case_count}"
    dialects = literal_of(COMPILES, "DIALECTS") or {}
    return "compiles" if DIALECTS.get(engine, engine) in dialects else "not tested"


def _running_test(engine: str) -> str | None:
    """The test that runs every KPI case on the engine, if there is one."""
    found = [
        mark.test for mark in marks_by_value("engine").get(engine, []) if CASE_TEST in mark.test
    ]
    return found[0] if found else None


def _case_counts() -> dict[str, int]:
    found: dict[str, int] = {}
    for file in case_files(ROOT / "conformance", "kpis"):
        for case in read_cases(file):
            kpi_id = str(case.content.get("kpi"))
            found[kpi_id] = found.get(kpi_id, 0) + 1
    return found

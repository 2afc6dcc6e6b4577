"""Runs a folder of cases: what `fairlead conformance run` prints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fairlead.engine.conformance.cases import Case, case_files, read_cases
from fairlead.engine.conformance.connector_cases import case_files as connector_case_files
from fairlead.engine.conformance.connector_cases import run_connector_case
from fairlead.engine.conformance.kpi_cases import OpenSession, run_kpi_case
from fairlead.kernel.diagnostic import DiagnosticError


@dataclass(frozen=True)
class Result:
    """One case: where it stands, its name, and what disagrees (nothing when it passed)."""

    place: str
    name: str
    problems: tuple[str, ...]


def run_folder(folder: Path, *, engine: str = "duckdb", only: str | None = None) -> list[Result]:
    """The results of all cases of a folder; a wrong case is itself a problem."""
    open_session = _opener(engine)
    results = []
    for file, run in _files(folder, open_session):
        for case in read_cases(file):
            if only and only not in f"{file} {case.name}":
                continue
            results.append(_run(case, run))
    for file in connector_case_files(folder):
        if not only or only in str(file):
            results.append(Result(f"{file}:1", file.stem, tuple(run_connector_case(file))))
    return results


def _run(case: Case, run: Callable[[Case], list[str]]) -> Result:
    place = f"{case.file}:{case.line}"
    try:
        return Result(place, case.name, tuple(run(case)))
    except DiagnosticError as error:
        return Result(place, case.name, tuple(d.render() for d in error.diagnostics))


def _files(
    folder: Path, open_session: OpenSession
) -> Iterator[tuple[Path, Callable[[Case], list[str]]]]:
    from fairlead.engine.conformance.fold_cases import run_fold_case

    def kpi(case: Case) -> list[str]:
        return run_kpi_case(case, open_session)

    if any((folder / shelf).is_dir() for shelf in ("kpis", "folds", "connectors")):
        yield from ((file, kpi) for file in case_files(folder, "kpis") if file.parent != folder)
        yield from ((f, run_fold_case) for f in case_files(folder, "folds") if f.parent != folder)
        return
    for file in sorted(folder.rglob("*.yaml")):
        yield file, run_fold_case if "fold" in read_cases(file)[0].content else kpi


def _opener(engine: str) -> OpenSession:
    if engine == "spark":
        from fairlead.store.spark_session import SparkSessionOfFacts, connect

        spark = connect("local[2]")
        return lambda tables, as_of: SparkSessionOfFacts(spark, tables=tables, as_of=as_of)
    from fairlead.store.session import DuckSession

    return lambda tables, as_of: DuckSession(tables=tables, as_of=as_of)

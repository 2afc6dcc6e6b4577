"""Writes `bench/README.md` from what was measured: machine, figures, what each bench does."""

from __future__ import annotations

import importlib
import inspect
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench.figure import Figure, ratio_text, seconds_text

LIBRARIES = ("deltalake", "duckdb", "ibis-framework", "msgspec", "numpy", "pyarrow", "scipy")
HEADINGS = (
    "work", "ours", "alternative", "alternative's time", "ratio", "target", "verdict",
    "time(2n)/time(n)", "peak memory",
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    """The figures of one bench and the day on which they were measured."""

    figures: Sequence[Figure]
    measured_on: str
    machine: str


def machine() -> str:
    """Cores, memory and versions; no name of the host and no path."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    cores = len(os.sched_getaffinity(0))
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{cores} cores ({platform.machine()}), {pages * size / 2**30:.0f} GiB of memory, "
        f"{platform.system()}, Python {platform.python_version()}, {libraries}"
    )


def render(results: Mapping[str, Result]) -> str:
    """The page: how to run, the table, the bench's own words."""
    figures = [figure for result in results.values() for figure in result.figures]
    missed = [figure for figure in figures if figure.verdict == "NOT met"]
    aimed = [figure for figure in figures if figure.target]
    machines = list(dict.fromkeys(result.machine for result in results.values()))
    lines = [
        "# Figures",
        "",
        "Written by `python -m bench`; do not edit. Each figure stands beside an alternative that "
        "was measured in the same run. A ratio below 1 says that we are faster. Growth is the time "
        "for twice the work as a multiple of the time for the work: 2 is linear.",
        "",
        f"Measured on {'; '.join(machines)}.",
        "",
        f"{len(aimed) - len(missed)} of {len(aimed)} targets are met.",
        "",
        *_table(figures),
        "",
        "## How to run",
        "",
        "    python -m bench                   # everything, then this page",
        "    python -m bench mapping start_up  # some of it",
        "    python -m bench --quick           # a twentieth of each size; leaves this page alone",
        "    python -m bench.mapping 0.2       # one alone, at a fifth of its size",
        "",
        "Each bench runs in a process of its own, one after the other. Where a cold run is "
        "measured, the run has its own process too, and its input is made in another. Short work "
        "runs several times and the least time counts; a sampled alternative runs once. "
        "`make bench` runs everything.",
    ]
    for name, result in results.items():
        lines += ["", f"## {name}", "", _words_of(name)]
        lines += ["", f"Measured on {result.measured_on}.", *_notes(result)]
    return "\n".join(lines) + "\n"


def _table(figures: Sequence[Figure]) -> list[str]:
    rows = [HEADINGS, tuple("---" for _ in HEADINGS), *(_row(figure) for figure in figures)]
    return [f"| {' | '.join(cells)} |" for cells in rows]


def _row(figure: Figure) -> tuple[str, ...]:
    other = figure.alternative_seconds
    return (
        figure.work,
        seconds_text(figure.seconds),
        figure.alternative,
        "-" if other is None else seconds_text(other),
        "-" if figure.ratio is None else ratio_text(figure.ratio),
        figure.target or "-",
        f"**{figure.verdict}**" if figure.verdict == "NOT met" else figure.verdict,
        "-" if figure.growth is None else f"{figure.growth:.2f}",
        "-" if figure.peak_mebibytes is None else f"{figure.peak_mebibytes:,.0f} MiB",
    )


def _words_of(name: str) -> str:
    """What a bench says of itself."""
    return inspect.cleandoc(importlib.import_module(f"bench.{name}").__doc__ or "")


def _notes(result: Result) -> list[str]:
    return [f"- {figure.work}: {figure.note}" for figure in result.figures if figure.note]


def write(path: Path, results: Mapping[str, Result]) -> None:
    """Write the page."""
    path.write_text(render(results), encoding="utf-8")

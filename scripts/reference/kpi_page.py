"""`kpis.md`: the 26 lines of the scorecard and every computed KPI with its definition."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from fairlead.kernel.labels import labels_of
from fairlead.kpis.peers import definitions_of
from fairlead.kpis.shelf import Kpi, kpis
from fairlead.packs.scorecard import SCORECARD, ScorecardLine

from .markdown import cell, code, codes, labels, opening, table


def page() -> list[str]:
    """The whole page."""
    known = kpis()
    computed = sum(line.kpi_id in known for line in SCORECARD)
    lines = opening(
        "KPIs",
        f"{len(SCORECARD)} lines of the balanced scorecard; {computed} are computed, the others "
        "name the sources that they will need. A companion is a KPI of its own, shown beside its "
        "line.",
    )
    lines += table(
        ["id", "KPI", "group", "unit", "default target", "cadence", "state"],
        [_line(line, known) for line in SCORECARD],
    )
    for line in SCORECARD:
        if line.kpi_id in known:
            lines += _section(known[line.kpi_id], line)
            for kpi in _companions(line.kpi_id, known.values()):
                lines += _section(kpi, None)
    loose = [kpi for kpi in known.values() if not _placed(kpi)]
    for kpi in loose:
        lines += _section(kpi, None)
    return lines


def _placed(kpi: Kpi) -> bool:
    lines = {line.kpi_id for line in SCORECARD}
    return kpi.id in lines or kpi.companion_of in lines


def _companions(kpi_id: str, known: Iterable[Kpi]) -> list[Kpi]:
    return [kpi for kpi in known if kpi.companion_of == kpi_id]


def _line(line: ScorecardLine, known: dict[str, Kpi]) -> list[str]:
    here = line.kpi_id in known
    name = f"[`{line.kpi_id}`](#{line.kpi_id})" if here else code(line.kpi_id)
    state = "computed" if here else f"not computed yet; from {codes(line.connect)}"
    return [
        line.requirement_id,
        name,
        line.group,
        line.unit,
        line.default_target,
        line.cadence,
        state,
    ]


def _section(kpi: Kpi, line: ScorecardLine | None) -> list[str]:
    summary, found = labels_of(sys.modules[kpi.records.__module__].__doc__ or "")
    heading = "##" if line is not None else "###"
    lines = [f"{heading} {kpi.id}", "", summary, ""]
    facts = [f"Unit {code(kpi.unit)}", f"statistic {code(kpi.statistic)}", f"form {code(kpi.form)}"]
    facts += [f"better {code(kpi.direction)}", f"{kpi.basis}", f"version {kpi.version}"]
    if kpi.companion_of:
        facts.append(f"companion of [`{kpi.companion_of}`](#{kpi.companion_of})")
    lines += [", ".join(facts) + ".", ""]
    lines += labels({label: cell(text) for label, text in found.items()})
    lines += [f"Dimensions for `--by`: {codes(kpi.dimensions) or 'none of its own'}.", ""]
    if kpi.settings:
        lines += table(
            ["setting (`--set`)", "default"],
            [[code(name), code(value)] for name, value in kpi.settings.items()],
        )
    peers = definitions_of(kpi.id)
    if peers:
        lines += table(
            ["definition (`--definition`)", "statistic", "unit", "what it counts"],
            [
                [code(p.definition), p.statistic, p.unit, labels_of(p.records.__doc__ or "")[0]]
                for p in peers
            ],
        )
    return lines

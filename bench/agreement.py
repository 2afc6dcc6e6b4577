"""Whether our measures say what the hand-written SQL says: every key, value and count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.panel_sql import Cell, Panel
from fairlead.kernel.measure import Measure

TOLERANCE = 1e-9


def differences(panel: Panel, cells: Mapping[str, Cell], measures: Sequence[Measure]) -> list[str]:
    """One line for each key whose number, numerator, count or exclusions differ."""
    ours = {_key(panel, measure): measure for measure in measures if _says_something(measure)}
    found = [f"{panel.kpi_id}: `{key}` in one only" for key in sorted(ours.keys() ^ cells.keys())]
    for key in ours.keys() & cells.keys():
        measure, cell = ours[key], cells[key]
        same = (
            measure.n == cell.n
            and sum(measure.excluded.values()) == cell.left_out
            and _near(measure.numerator or 0.0, cell.numerator or 0.0)
            and (cell.value is None or _near(measure.value, cell.value))
        )
        if not same:
            found.append(f"{panel.kpi_id} {panel.grain} `{key}`: {measure} is not {cell}")
    return found


def assert_equal(panel: Panel, cells: Mapping[str, Cell], measures: Sequence[Measure]) -> None:
    """Stop the benchmark when an answer differs: a fast wrong number is no figure."""
    found = differences(panel, cells, measures)
    assert not found, found[:3]
    assert cells, f"{panel.kpi_id} has no rows in {panel.window}"


def _key(panel: Panel, measure: Measure) -> str:
    return (measure.key[panel.grain] or "") if panel.grain else ""


def _says_something(measure: Measure) -> bool:
    return bool(measure.n or measure.excluded)


def _near(left: float | None, right: float) -> bool:
    return left is not None and abs(left - right) <= TOLERANCE * max(1.0, abs(right))

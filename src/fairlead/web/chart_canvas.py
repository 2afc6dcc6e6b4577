"""The canvas of every chart: two sizes, one look, rendered offline to SVG.

A chart is drawn wide and narrow (for a phone), because text that shrinks with its picture cannot
be read. Plot and margins are fixed, so that charts under one another line up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fairlead.reports.tables import Table
from fairlead.web.chart_svg import PALETTE, themed_svg

GRID_WIDTH = 0.75


@dataclass(frozen=True)
class Mark:
    """One entry of a chart's legend: a mark's name in the style sheet, and what it means."""

    symbol: str
    meaning: str


@dataclass(frozen=True)
class Chart:
    """A drawn chart: its SVG for wide and narrow screens, the same in words and as a table."""

    id: str
    title: str
    unit: str
    alt: str
    svg: str
    narrow_svg: str
    table: Table
    legend: Sequence[Mark] = ()


@dataclass(frozen=True)
class Size:
    """Outer width, plot height and the margins around the plot, in pixels."""

    width: int
    height: int
    left: int
    right: int
    top: int = 24
    bottom: int = 26
    is_narrow: bool = False

    @property
    def plot(self) -> int:
        return self.width - self.left - self.right


def render(layers: Any, size: Size, svg_id: str, title: str, alt: str) -> str:
    """One altair chart as a themed SVG of that size."""
    import vl_convert

    spec = layers.to_dict(validate=False) | {
        "width": size.plot,
        "height": size.height,
        "padding": {
            "left": size.left, "right": size.right, "top": size.top, "bottom": size.bottom,
        },
        "autosize": {"type": "none"},
        "config": _config(),
    }  # fmt: skip
    source = vl_convert.vegalite_to_svg(spec, vl_version="6.4", allowed_base_urls=[])
    return themed_svg(source, svg_id, title, alt)


def drawn(
    chart_id: str,
    title: str,
    unit: str,
    alt: str,
    table: Table,
    legend: Sequence[Mark],
    layers: Callable[[Size], Any],
    sizes: tuple[Size, Size],
) -> Chart:
    """The chart in both sizes; `layers` makes the altair chart of one size."""
    from altair.utils.schemapi import debug_mode

    with debug_mode(False):  # the shapes are ours: checking each object costs more than drawing
        wide, narrow = (
            render(layers(size), size, f"{chart_id}-{'n' if size.is_narrow else 'w'}", title, alt)
            for size in sizes
        )
    return Chart(chart_id, title, unit, alt, wide, narrow, table, tuple(legend))


def axis_start(lowest: float, highest: float) -> float:
    """Where a value axis starts: 0, unless all values lie far from it and close together."""
    if lowest < 0 or highest <= 0:
        return lowest
    spread = highest - lowest
    return max(0.0, lowest - 0.3 * spread) if lowest > 0.6 * highest and spread > 0 else 0.0


def rows(values: Sequence[dict[str, Any]]) -> Any:
    """Inline data of an altair chart."""
    import altair

    return altair.Data(values=list(values))


def _config() -> dict[str, Any]:
    axis = {
        "aria": False,
        "labelColor": PALETTE["muted"],
        "titleColor": PALETTE["muted"],
        "gridColor": PALETTE["grid"],
        "gridWidth": GRID_WIDTH,
        "domainColor": PALETTE["centre"],
        "tickColor": PALETTE["centre"],
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelPadding": 6,
    }
    return {
        "background": None,
        "font": "sans-serif",
        "view": {"stroke": None},
        "axis": axis,
        "axisY": {"domain": False, "ticks": False, "titleAngle": 0, "titleAlign": "left",
                  "titleAnchor": "start", "titleBaseline": "bottom"},
        "axisX": {"grid": False, "ticks": True, "tickSize": 4},
        "aria": True,
    }  # fmt: skip

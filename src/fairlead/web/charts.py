"""Every chart of Fairlead comes through this door: pages and reports draw nothing themselves.

Each function gives a `Chart` (SVG for wide and narrow screens, text alternative, data table,
legend), or None where there is too little to draw. Colours follow the page's theme by class.
"""

from __future__ import annotations

from fairlead.web.chart_canvas import Chart, Mark
from fairlead.web.chart_svg import PALETTE
from fairlead.web.distribution_chart import distribution_chart
from fairlead.web.interval_chart import Part, interval_chart
from fairlead.web.sparkline import sparkline
from fairlead.web.stacked_chart import StackedRow, stacked_chart
from fairlead.web.trend_chart import Annotation, TrendSubject, trend_chart

__all__ = [
    "PALETTE",
    "Annotation",
    "Chart",
    "Mark",
    "Part",
    "StackedRow",
    "TrendSubject",
    "distribution_chart",
    "interval_chart",
    "sparkline",
    "stacked_chart",
    "trend_chart",
]

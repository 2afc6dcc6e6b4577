"""A KPI over successive complete periods, and whether it changed or only varied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from fairlead.kernel.measure import Measure, Trend, TrendPoint
from fairlead.kernel.window import Step, Window, local_midnight
from fairlead.kpis.shelf import Kpi
from fairlead.methods.process_behaviour import Behaviour, behaviour

SPAN_DAYS: dict[Step, int] = {"week": 7 * 26, "month": 366, "quarter": 366 * 3, "day": 60}


def trend_window(window: Window, step: Step) -> Window:
    """The window of a trend that ends where `window` ends and reaches back for the step's span."""
    day = window.end.astimezone(window.zone).date() - timedelta(days=SPAN_DAYS[step])
    start = min(local_midnight(day, window.zone), window.start)
    return Window(start, window.end, window.zone_name)


def trend_of(kpi: Kpi, step: Step, measures: Sequence[Measure], as_of: datetime | None) -> Trend:
    """The trend of successive measures; periods that are not over at `as_of` are left out."""
    over = [m for m in measures if as_of is None or m.window.end <= as_of]
    found = behaviour([m.value for m in over], floor=0.0)
    points = [
        TrendPoint(m.window, m.value, m.n, m.reason, is_signal)
        for m, is_signal in zip(over, found.signals, strict=True)
    ]
    good = None
    if found.verdict in ("up", "down") and kpi.direction != "band":
        good = found.verdict == kpi.direction
    return Trend(
        kpi_id=kpi.id,
        step=step,
        points=points,
        centre=found.centre,
        lower_limit=found.lower,
        upper_limit=found.upper,
        verdict=found.verdict,
        direction_is_good=good,
        explanation=_explain(found, step, good, len([m for m in over if m.value is not None])),
    )


def _explain(found: Behaviour, step: str, good: bool | None, known: int) -> str:
    if found.verdict == "too_few":
        counted = f"{known} complete {step}{'' if known == 1 else 's'} with a value"
        return f"{counted}; at least 8 are needed to judge a change"
    if found.verdict == "stable":
        return f"varies within its natural limits: the latest {step}s do not differ from noise"
    word = {True: "better", False: "worse", None: "different"}[good]
    return f"has changed for the {word}: outside what its earlier {step}s explain"

"""A KPI over time as a process-behaviour chart: line, natural limits, signals, target, gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fairlead.kernel.measure import Target, Trend, TrendPoint
from fairlead.kernel.window import Window
from fairlead.kernel.wording import amount, axis_unit, counted, day, target_words, words
from fairlead.reports.tables import Table, columns
from fairlead.web.chart_canvas import Chart, Mark, Size, axis_start, drawn, rows
from fairlead.web.chart_svg import PALETTE

SIZES = (Size(780, 210, 52, 58), Size(350, 170, 44, 10, is_narrow=True))


@dataclass(frozen=True)
class Annotation:
    """Something that happened at an instant and may explain a change."""

    at: datetime
    text: str


@dataclass(frozen=True)
class TrendSubject:
    """What a trend is about: name and unit of the KPI, its target, and the window under review."""

    name: str
    unit: str
    direction: str
    target: Target | None = None
    window: Window | None = None


def trend_chart(
    chart_id: str, trend: Trend, subject: TrendSubject, annotations: Sequence[Annotation] = ()
) -> Chart | None:
    """The chart of a trend; None when no period has a value."""
    known = [point for point in trend.points if point.value is not None]
    if not known:
        return None
    plan = _Plan.of(trend, subject, annotations)
    return drawn(
        chart_id,
        f"{subject.name} by {trend.step}",
        plan.word,
        _alt(trend, subject, known),
        _table(trend, subject),
        _legend(trend, subject, annotations),
        plan.layers,
        SIZES,
    )


@dataclass(frozen=True)
class _Plan:
    trend: Trend
    subject: TrendSubject
    annotations: Sequence[Annotation]
    divisor: float
    word: str
    domain: tuple[float, float]

    @classmethod
    def of(cls, trend: Trend, subject: TrendSubject, annotations: Sequence[Annotation]) -> _Plan:
        values = [p.value for p in trend.points if p.value is not None]
        limits = [trend.lower_limit, trend.upper_limit, *_target_values(subject.target)]
        shown = [*values, *(limit for limit in limits if limit is not None)]
        top, bottom = max(shown), min(shown)
        divisor, word = axis_unit(top, subject.unit)
        top = min(top, max(1.0, *values)) if subject.unit == "ratio" else top
        bottom = axis_start(bottom, top)
        word += ", not from 0" if bottom > 0 else ""
        reach = (top - bottom) or abs(top) or 1.0
        high = top + reach * 0.08
        high = min(high, max(1.0, top)) if subject.unit == "ratio" else high
        return cls(trend, subject, annotations, divisor, word, (bottom / divisor, high / divisor))

    def layers(self, size: Size) -> Any:
        import altair as alt

        parts = [*self._limits(alt), *self._window(alt), *self._targets(alt, size)]
        parts += [self._line(alt, size), *self._points(alt), *self._notes(alt)]
        return alt.layer(*parts)

    def _x(self, alt: Any, size: Size) -> Any:
        shown = "%b %y" if self.trend.step in ("month", "quarter") else "%-d %b"
        ticks = min(len(self.trend.points), 4 if size.is_narrow else 9)
        axis = alt.Axis(
            title=None, format=shown, tickCount=ticks, labelFlush=True, labelOverlap=True
        )
        return alt.X("at:T", axis=axis, scale=alt.Scale(type="utc", padding=8))

    def _y(self, alt: Any) -> Any:
        axis = alt.Axis(title=self.word, tickCount=4, titleX=-40, titleY=-8)
        return alt.Y(
            "value:Q", axis=axis, scale=alt.Scale(domain=list(self.domain), nice=False, zero=False)
        )

    def _line(self, alt: Any, size: Size) -> Any:
        data = [
            {"at": _date(p), "value": _scaled(p.value, self.divisor)} for p in self.trend.points
        ]
        return (
            alt.Chart(rows(data))
            .mark_line(color=PALETTE["line"], strokeWidth=2, aria=False,
                       invalid="break-paths-show-domains")
            .encode(x=self._x(alt, size), y=self._y(alt))
        )  # fmt: skip

    def _points(self, alt: Any) -> list[Any]:
        kinds: dict[str, list[dict[str, Any]]] = {"plain": [], "signal": [], "absent": []}
        for point in self.trend.points:
            kind = "absent" if point.value is None else "signal" if point.is_signal else "plain"
            value = self.domain[0] if point.value is None else point.value / self.divisor
            label = _point_words(point, self.trend, self.subject)
            kinds[kind].append({"at": _date(point), "value": value, "label": label})
        looks = {
            "plain": {"shape": "circle", "size": 30, "fill": PALETTE["line"], "stroke": None},
            "signal": {"shape": "diamond", "size": 110, "fill": PALETTE["signal"],
                       "stroke": PALETTE["surface"], "strokeWidth": 1},
            "absent": {"shape": "circle", "size": 42, "fill": PALETTE["surface"],
                       "stroke": PALETTE["muted"], "strokeWidth": 1.2},
        }  # fmt: skip
        return [
            alt.Chart(rows(kinds[kind]))
            .mark_point(opacity=1, **look)
            .encode(x=alt.X("at:T"), y=alt.Y("value:Q"), description=alt.Description("label:N"))
            for kind, look in looks.items()
            if kinds[kind]
        ]

    def _limits(self, alt: Any) -> list[Any]:
        trend = self.trend
        if trend.centre is None or trend.lower_limit is None or trend.upper_limit is None:
            return []
        low, high = self.domain
        band = [{"low": max(low, trend.lower_limit / self.divisor),
                 "high": min(high, trend.upper_limit / self.divisor)}]  # fmt: skip
        centre = [{"value": trend.centre / self.divisor}]
        return [
            alt.Chart(rows(band)).mark_rect(color=PALETTE["band"], opacity=1, aria=False)
            .encode(y=alt.Y("low:Q"), y2=alt.Y2("high")),
            alt.Chart(rows(centre)).mark_rule(color=PALETTE["centre"], aria=False, strokeWidth=1)
            .encode(y=alt.Y("value:Q")),
        ]  # fmt: skip

    def _targets(self, alt: Any, size: Size) -> list[Any]:
        values = [{"value": v / self.divisor} for v in _target_values(self.subject.target)]
        if not values:
            return []
        base = alt.Chart(rows(values))
        rule = base.mark_rule(
            color=PALETTE["target"], strokeDash=[6, 4], strokeWidth=1.6, aria=False
        ).encode(y=alt.Y("value:Q"))
        label = base.mark_text(
            text="target", align="left", dx=8, fontSize=12, color=PALETTE["target"], aria=False
        ).encode(y=alt.Y("value:Q"), x=alt.value(size.plot))  # fmt: skip
        return [rule] if size.is_narrow else [rule, label]

    def _window(self, alt: Any) -> list[Any]:
        window = self.subject.window
        inside = [p for p in self.trend.points if window and p.window.start >= window.start]
        if not inside or len(inside) == len(self.trend.points):
            return []
        base = alt.Chart(rows([{"at": _date(inside[0])}]))
        rule = base.mark_rule(color=PALETTE["centre"], strokeDash=[2, 3], aria=False).encode(
            x=alt.X("at:T")
        )
        label = base.mark_text(
            text="this period →", align="left", baseline="bottom", dx=2, dy=-4, fontSize=12,
            color=PALETTE["muted"], aria=False,
        ).encode(x=alt.X("at:T"), y=alt.value(0))  # fmt: skip
        return [rule, label]

    def _notes(self, alt: Any) -> list[Any]:
        data = [{"at": f"{a.at:%Y-%m-%dT%H:%M:%SZ}", "label": a.text} for a in self.annotations]
        if not data:
            return []
        base = alt.Chart(rows(data))
        return [
            base.mark_rule(color=PALETTE["near"], aria=False).encode(x=alt.X("at:T")),
            base.mark_point(shape="triangle-down", size=70, fill=PALETTE["near"], opacity=1)
            .encode(x=alt.X("at:T"), y=alt.value(4), description=alt.Description("label:N")),
        ]  # fmt: skip


def _scaled(value: float | None, divisor: float) -> float | None:
    return None if value is None else value / divisor


def _target_values(target: Target | None) -> list[float]:
    if target is None:
        return []
    return [v for v in (target.value, target.low, target.high) if v is not None]


def _date(point: TrendPoint) -> str:
    """The local day on which a period starts, which is what the axis shows."""
    return f"{point.window.start.astimezone(point.window.zone):%Y-%m-%d}"


def _period(point: TrendPoint, step: str) -> str:
    return f"{step} of {day(point.window.start, point.window.zone)}"


def _point_words(point: TrendPoint, trend: Trend, subject: TrendSubject) -> str:
    what = _period(point, trend.step)
    if point.value is None:
        return f"{what}: no value, {words(point.reason or 'reason unknown')}"
    mark = ", signal" if point.is_signal else ""
    return f"{what}: {amount(point.value, subject.unit)} (n {point.n:,}){mark}"


def _alt(trend: Trend, subject: TrendSubject, known: Sequence[TrendPoint]) -> str:
    values = [p.value for p in known if p.value is not None]
    signals = sum(point.is_signal for point in trend.points)
    absent = len(trend.points) - len(known)
    parts = [
        f"{counted(len(trend.points), trend.step)} from the {_period(trend.points[0], trend.step)}",
        f"latest value {amount(values[-1], subject.unit)} in the {_period(known[-1], trend.step)}",
        f"lowest {amount(min(values), subject.unit)}, highest {amount(max(values), subject.unit)}",
    ]
    if trend.centre is not None:
        low, high = (amount(v, subject.unit) for v in (trend.lower_limit, trend.upper_limit))
        parts.append(f"centre {amount(trend.centre, subject.unit)}, natural limits {low} to {high}")
    if target := target_words(subject.target, subject.unit, subject.direction):
        parts.append(f"target {target}")
    parts.append(f"{counted(signals, 'signal')}, {counted(absent, trend.step)} without a value")
    return "; ".join(parts) + f". The KPI {trend.explanation}."


def _table(trend: Trend, subject: TrendSubject) -> Table:
    found = [
        (
            day(p.window.start, p.window.zone),
            amount(p.value, subject.unit),
            f"{p.n:,}",
            "signal" if p.is_signal else words(p.reason) if p.reason and p.value is None else "",
        )
        for p in reversed(trend.points)
    ]
    return Table(
        f"{subject.name} by {trend.step}, latest first",
        columns(f"{trend.step} of", f"#{subject.name}", "#n", "note"),
        found,
    )


def _legend(trend: Trend, subject: TrendSubject, annotations: Sequence[Annotation]) -> list[Mark]:
    found = [Mark("point", trend.step)]
    if any(p.is_signal for p in trend.points):
        found.append(Mark("signal", "signal: more than noise"))
    if any(p.value is None for p in trend.points):
        found.append(Mark("absent", "no value"))
    if trend.centre is not None:
        found.append(Mark("band", "centre and natural limits"))
    if _target_values(subject.target):
        found.append(
            Mark(
                "target", f"target {target_words(subject.target, subject.unit, subject.direction)}"
            )
        )
    if annotations:
        found.append(Mark("event", "event"))
    return found

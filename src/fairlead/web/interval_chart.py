"""Parts of a KPI as dots with their 95 % intervals and targets: who is off, and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fairlead.kernel.measure import Measure, Status, Target
from fairlead.kernel.wording import (
    STATUS_WORDS,
    amount,
    axis_unit,
    counted,
    interval,
    status_words,
    target_words,
    words,
)
from fairlead.reports.tables import Table, columns
from fairlead.web.chart_canvas import Chart, Mark, Size, axis_start, drawn, rows
from fairlead.web.chart_svg import PALETTE

ROW_HEIGHT = 26
SHOWN = 15
LOOKS: dict[Status, tuple[str, str]] = {
    "green": ("circle", "good"),
    "amber": ("triangle-up", "near"),
    "red": ("diamond", "bad"),
    "unproven": ("square", "unsure"),
    "unknown_quality": ("cross", "unsure"),
    "no_target": ("circle", "neutral"),
    "no_value": ("circle", "neutral"),
}


@dataclass(frozen=True)
class Part:
    """One row: what it is called, and its measure."""

    name: str
    measure: Measure


def interval_chart(
    chart_id: str, title: str, parts: Sequence[Part], unit: str, direction: str
) -> Chart | None:
    """The dot plot of parts in the order given; None when fewer than two have a value."""
    if sum(part.measure.value is not None for part in parts) < 2:
        return None
    shown = parts[:SHOWN]
    plan = _Plan.of(shown, unit)
    height = ROW_HEIGHT * len(shown)
    sizes = (Size(780, height, 170, 170, 8, 26), Size(350, height, 116, 14, 8, 26, True))
    if len(shown) < len(parts):
        title = f"{title} ({len(shown)} of {len(parts)} drawn)"
    legend = [Mark(f"status-{s}", STATUS_WORDS[s]) for s in LOOKS if s in plan.statuses]
    legend.append(Mark("interval", "95 % interval"))
    if plan.targets:
        legend.append(Mark("tick", "target"))
    return drawn(
        chart_id, title, plan.word, _alt(parts, shown, unit, direction),
        _table(title, parts, unit, direction), legend, plan.layers, sizes,
    )  # fmt: skip


@dataclass(frozen=True)
class _Plan:
    parts: Sequence[Part]
    names: Sequence[str]
    unit: str
    divisor: float
    word: str
    bottom: float
    top: float
    statuses: frozenset[Status]

    @classmethod
    def of(cls, parts: Sequence[Part], unit: str) -> _Plan:
        values = [p.measure.value for p in parts if p.measure.value is not None]
        highs = [p.measure.high for p in parts if p.measure.high is not None]
        targets = [v for p in parts for v in _target_values(p.measure.target)]
        reach = max([*values, *targets, 0.0]) or 1.0
        top = min(max([*highs, reach]), 2 * reach)
        if unit == "ratio":
            top = min(top, max(1.0, reach))
        lows = [p.measure.low for p in parts if p.measure.low is not None]
        bottom = axis_start(min([*values, *targets, *lows]), top)
        divisor, word = axis_unit(reach, unit)
        word += ", not from 0" if bottom > 0 else ""
        statuses = frozenset(p.measure.status for p in parts if p.measure.value is not None)
        return cls(parts, _unique([p.name for p in parts]), unit, divisor, word,
                   bottom / divisor, top / divisor * 1.02, statuses)  # fmt: skip

    @property
    def targets(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "value": value / self.divisor}
            for name, part in zip(self.names, self.parts, strict=True)
            for value in _target_values(part.measure.target)
            if part.measure.value is not None
        ]

    def layers(self, size: Size) -> Any:
        import altair as alt

        data = rows([self._row(name, p) for name, p in zip(self.names, self.parts, strict=True)])
        limit = size.left - 38
        y = alt.Y("name:N", sort=list(self.names), scale=alt.Scale(domain=list(self.names)),
                  axis=alt.Axis(title=None, labelLimit=limit, labelColor=PALETTE["ink"],
                                labelFontSize=13, grid=True))  # fmt: skip
        scale = alt.Scale(domain=[self.bottom, self.top], nice=False, zero=False, clamp=True)
        ticks = 4 if size.is_narrow else 7
        x = alt.X("value:Q", scale=scale, axis=alt.Axis(title=None, tickCount=ticks, grid=False))
        base = alt.Chart(data)
        parts = [
            base.mark_rule(strokeWidth=3, color=PALETTE["centre"], opacity=0.55, aria=False)
            .transform_filter("isValid(datum.low) && isValid(datum.high)")
            .encode(y=y, x=alt.X("low:Q", scale=scale), x2=alt.X2("high")),
            *self._targets(alt, scale),
            self._dots(alt, base, x, y),
            base.mark_text(align="left", dx=6, fontSize=12, color=PALETTE["muted"], aria=False)
            .transform_filter("!isValid(datum.value)")
            .encode(y=y, x=alt.value(0), text=alt.Text("note:N")),
        ]  # fmt: skip
        if not size.is_narrow:
            parts.append(
                base.mark_text(align="left", fontSize=12, color=PALETTE["ink"], aria=False)
                .transform_filter("isValid(datum.value)")
                .encode(y=y, x=alt.value(size.plot + 14), text=alt.Text("note:N"))
            )
        return alt.layer(*parts)

    def _dots(self, alt: Any, base: Any, x: Any, y: Any) -> Any:
        names = [s for s in LOOKS if s in self.statuses]
        colours = alt.Scale(domain=names, range=[PALETTE[LOOKS[s][1]] for s in names])
        shapes = alt.Scale(domain=names, range=[LOOKS[s][0] for s in names])
        return (
            base.mark_point(size=105, opacity=1, stroke=PALETTE["surface"], strokeWidth=1)
            .transform_filter("isValid(datum.value)")
            .encode(
                y=y, x=x, description=alt.Description("label:N"),
                shape=alt.Shape("status:N", scale=shapes, legend=None),
                fill=alt.Fill("status:N", scale=colours, legend=None),
            )
        )  # fmt: skip

    def _targets(self, alt: Any, scale: Any) -> list[Any]:
        if not self.targets:
            return []
        mark = alt.Chart(rows(self.targets)).mark_tick(
            color=PALETTE["target"], thickness=2.4, size=18, opacity=1, aria=False
        )
        return [mark.encode(y=alt.Y("name:N"), x=alt.X("value:Q", scale=scale))]

    def _row(self, name: str, part: Part) -> dict[str, Any]:
        m = part.measure
        row: dict[str, Any] = {
            "name": name,
            "status": m.status,
            "note": words(m.reason or "no value"),
        }
        for field in ("value", "low", "high"):
            found = getattr(m, field)
            row[field] = None if found is None else found / self.divisor
        if m.value is not None:
            row["note"] = f"{amount(m.value, self.unit)}  ·  n {m.n:,}"
        spread = f", 95 % {interval(m, self.unit)}" if m.low is not None else ""
        row["label"] = f"{part.name}: {amount(m.value, self.unit)}{spread}, {status_words(m)}"
        return row


def _unique(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


def _target_values(target: Target | None) -> list[float]:
    if target is None:
        return []
    return [v for v in (target.value, target.low, target.high) if v is not None]


def _alt(parts: Sequence[Part], shown: Sequence[Part], unit: str, direction: str) -> str:
    off = [p for p in parts if p.measure.status == "red"]
    names = ", ".join(f"{p.name} {amount(p.measure.value, unit)}" for p in off[:5])
    lead = f"{counted(len(parts), 'row')}, those that need attention first"
    lead += f", the first {len(shown)} drawn" if len(shown) < len(parts) else ""
    tail = f"{len(off)} off target: {names}" if off else "none is off target"
    good = {"down": "lower is better", "up": "higher is better"}.get(direction, "inside the band")
    return f"{lead}; {good}; {tail}."


def _table(title: str, parts: Sequence[Part], unit: str, direction: str) -> Table:
    found = [
        (
            p.name,
            status_words(p.measure),
            amount(p.measure.value, unit),
            interval(p.measure, unit),
            target_words(p.measure.target, unit, direction),
            f"{p.measure.n:,}",
        )
        for p in parts
    ]
    return Table(title, columns("name", "status", "#value", "95 % interval", "target", "#n"), found)

"""A whole split into named counts as one bar per row: what counted, what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fairlead.kernel.wording import counted, words
from fairlead.reports.tables import Table, columns
from fairlead.web.chart_canvas import Chart, Mark, Size, drawn, rows
from fairlead.web.chart_svg import PALETTE

ROW_HEIGHT = 34
MOST = 6


@dataclass(frozen=True)
class StackedRow:
    """One bar: its name, and its counts by part."""

    name: str
    counts: Mapping[str, int]


def stacked_chart(chart_id: str, title: str, bars: Sequence[StackedRow], noun: str) -> Chart | None:
    """Stacked bars, parts in order of their total; None when nothing is counted.

    Beyond six parts the smallest are one part `other`; the table keeps them apart.
    """
    totals: dict[str, int] = {}
    for bar in bars:
        for part, count in bar.counts.items():
            totals[part] = totals.get(part, 0) + count
    ordered = [part for part in totals if totals[part]]
    if not ordered:
        return None
    shown, rest = (
        (ordered, []) if len(ordered) <= MOST else (ordered[: MOST - 1], ordered[MOST - 1 :])
    )
    names = [words(part) for part in shown] + (["other"] if rest else [])
    data = [_segments(bar, shown, rest) for bar in bars]
    is_single = len(bars) == 1
    height = ROW_HEIGHT * len(bars)
    left, narrow_left = (4, 4) if is_single else (170, 116)
    sizes = (Size(780, height, left, 16, 6, 26), Size(350, height, narrow_left, 12, 6, 26, True))

    def layers(size: Size) -> Any:
        return _layers(data, names, is_single, size)

    return drawn(
        chart_id, title, noun, _alt(bars, totals), _table(title, bars, ordered, noun),
        [Mark(f"part{place + 1}", name) for place, name in enumerate(names)], layers, sizes,
    )  # fmt: skip


def _segments(bar: StackedRow, shown: Sequence[str], rest: Sequence[str]) -> list[dict[str, Any]]:
    counts = [(words(part), bar.counts.get(part, 0)) for part in shown]
    if rest:
        counts.append(("other", sum(bar.counts.get(part, 0) for part in rest)))
    total = sum(count for _, count in counts) or 1
    found, start = [], 0
    for place, (part, count) in enumerate(counts):
        label = f"{bar.name}: {part} {count:,} ({count / total * 100:.0f} %)"
        found.append({"bar": bar.name, "part": part, "start": start, "end": start + count,
                      "count": f"{count:,}", "label": label, "place": place})  # fmt: skip
        start += count
    return found


def _layers(
    data: Sequence[Sequence[dict[str, Any]]], names: Sequence[str], is_single: bool, size: Size
) -> Any:
    import altair as alt

    flat = [segment for bar in data for segment in bar if segment["end"] > segment["start"]]
    longest = max(segment["end"] for segment in flat)
    order = [bar[0]["bar"] for bar in data]
    axis = None if is_single else alt.Axis(title=None, labelLimit=size.left - 30, grid=False)
    y = alt.Y("bar:N", sort=order, axis=axis, scale=alt.Scale(paddingInner=0.25, paddingOuter=0.1))
    scale = alt.Scale(domain=[0, longest], nice=False)
    colours = alt.Scale(
        domain=list(names), range=[PALETTE[f"part{place + 1}"] for place in range(len(names))]
    )
    x = alt.X("start:Q", scale=scale,
              axis=alt.Axis(title=None, tickCount=4 if size.is_narrow else 8, tickMinStep=1,
                            format=",d"))  # fmt: skip
    bars = (
        alt.Chart(rows(flat))
        .mark_bar(stroke=PALETTE["surface"], strokeWidth=1.5)
        .encode(y=y, x=x, x2=alt.X2("end"), description=alt.Description("label:N"),
                fill=alt.Fill("part:N", scale=colours, legend=None))
    )  # fmt: skip
    wide = [s for s in flat if (s["end"] - s["start"]) / longest * size.plot > 9 * len(s["count"])]
    middle = [{**s, "middle": (s["start"] + s["end"]) / 2} for s in wide]
    texts = (
        alt.Chart(rows(middle))
        .mark_text(color=PALETTE["surface"], fontSize=12, fontWeight="bold", aria=False)
        .encode(y=y, x=alt.X("middle:Q", scale=scale), text=alt.Text("count:N"))
    )
    return alt.layer(bars, texts) if middle else alt.layer(bars)


def _alt(bars: Sequence[StackedRow], totals: Mapping[str, int]) -> str:
    whole = sum(totals.values())
    parts = "; ".join(
        f"{words(part)} {count:,} ({count / whole * 100:.0f} %)"
        for part, count in totals.items()
        if count
    )
    return f"{counted(whole, 'record')} in {counted(len(bars), 'bar')}: {parts}."


def _table(title: str, bars: Sequence[StackedRow], parts: Sequence[str], noun: str) -> Table:
    if len(bars) == 1:
        counts = bars[0].counts
        whole = sum(counts.values())
        found = [(words(p), f"{counts[p]:,}", f"{counts[p] / whole * 100:.1f} %") for p in parts]
        return Table(title, columns("what", f"#{noun}", "#share"), found)
    many = [(bar.name, *(f"{bar.counts.get(part, 0):,}" for part in parts)) for bar in bars]
    return Table(title, columns("name", *(f"#{words(part)}" for part in parts)), many)

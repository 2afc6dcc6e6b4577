"""How durations are spread: the share of records that took at most so long (ECDF)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairlead.kernel.wording import amount, axis_unit, counted
from fairlead.reports.tables import Table, columns
from fairlead.web.chart_canvas import Chart, Mark, Size, drawn, rows
from fairlead.web.chart_svg import PALETTE

SIZES = (Size(780, 180, 52, 28), Size(350, 160, 44, 14, is_narrow=True))
LEAST = 5
LOG_SPREAD = 30.0
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
_LOG_TICKS = {
    1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3_600: "1 h", 21_600: "6 h", 86_400: "1 d",
    604_800: "1 w", 2_592_000: "30 d", 31_536_000: "1 y",
}  # fmt: skip


def distribution_chart(
    chart_id: str,
    title: str,
    seconds: Sequence[float],
    marks: Mapping[str, float | None] | None = None,
    target: float | None = None,
) -> Chart | None:
    """The ECDF of durations, with named values and the target; None for fewer than five.

    Spread over more than a factor of thirty, the axis is logarithmic and its ticks say so.
    """
    values = sorted(seconds)
    if len(values) < LEAST:
        return None
    named = {name: value for name, value in (marks or {}).items() if value is not None}
    is_log = values[0] > 0 and values[-1] / values[0] > LOG_SPREAD
    divisor, word = (1.0, "time, logarithmic") if is_log else axis_unit(values[-1], "seconds")
    quantiles = [(share, _quantile(values, share)) for share in SHARES]

    def layers(size: Size) -> Any:
        return _layers(values, named, target, is_log, divisor, size)

    legend = [Mark("line", "share of records up to this time")]
    legend += [Mark("rule", ", ".join(named))] if named else []
    legend += [Mark("target", f"target {amount(target, 'seconds')}")] if target is not None else []
    return drawn(
        chart_id, title, word, _alt(values, quantiles, target),
        Table(
            title,
            columns("share of records", "#took at most"),
            [(f"{share * 100:.0f} %", amount(value, "seconds")) for share, value in quantiles],
        ),
        legend, layers, SIZES,
    )  # fmt: skip


def _quantile(values: Sequence[float], share: float) -> float:
    place = share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def _layers(
    values: Sequence[float],
    named: Mapping[str, float],
    target: float | None,
    is_log: bool,
    divisor: float,
    size: Size,
) -> Any:
    import altair as alt

    count = len(values)
    steps = [{"value": v / divisor, "share": (i + 1) / count * 100} for i, v in enumerate(values)]
    edges = [*values, *([target] if target else [])]
    domain = [min(edges) / divisor if is_log else 0.0, max(edges) / divisor]
    scale = alt.Scale(type="log" if is_log else "linear", domain=domain, nice=False)
    x = alt.X("value:Q", scale=scale, axis=_x_axis(alt, is_log, domain, size))
    y = alt.Y("share:Q", scale=alt.Scale(domain=[0, 100]),
              axis=alt.Axis(title="percent of records", values=[0, 25, 50, 75, 100], titleX=-40,
                            titleY=-8))  # fmt: skip
    parts = [
        alt.Chart(rows(steps))
        .mark_line(interpolate="step-after", color=PALETTE["line"], strokeWidth=2, aria=False)
        .encode(x=x, y=y)
    ]
    notes = [(name, value, "ink", [2, 3]) for name, value in named.items()]
    notes += [("target", target, "target", [6, 4])] if target is not None else []
    for place, (name, value, role, dash) in enumerate(notes):
        base = alt.Chart(rows([{"value": value / divisor, "label": name}]))
        parts.append(base.mark_rule(color=PALETTE[role], strokeDash=dash, aria=False)
                     .encode(x=alt.X("value:Q", scale=scale)))  # fmt: skip
        parts.append(
            base.mark_text(align="left", dx=4, fontSize=12, color=PALETTE[role], aria=False)
            .encode(x=alt.X("value:Q", scale=scale), y=alt.value(size.height - 12 - 15 * place),
                    text=alt.Text("label:N"))
        )  # fmt: skip
    return alt.layer(*parts)


def _x_axis(alt: Any, is_log: bool, domain: Sequence[float], size: Size) -> Any:
    if not is_log:
        return alt.Axis(title=None, tickCount=4 if size.is_narrow else 8)
    ticks = {at: text for at, text in _LOG_TICKS.items() if domain[0] <= at <= domain[1]}
    pairs = ",".join(f"'{at}':'{text}'" for at, text in ticks.items())
    return alt.Axis(title=None, values=list(ticks), labelExpr=f"{{{pairs}}}[datum.value]",
                    labelOverlap=True)  # fmt: skip


def _alt(
    values: Sequence[float], quantiles: Sequence[tuple[float, float]], target: float | None
) -> str:
    parts = [f"{share * 100:.0f} % took at most {amount(v, 'seconds')}" for share, v in quantiles]
    text = f"{counted(len(values), 'record')}: {'; '.join(parts)}"
    if target is not None:
        within = sum(value <= target for value in values) / len(values)
        text += f"; {within * 100:.0f} % within the target of {amount(target, 'seconds')}"
    return text + "."

"""Answers of the `kpi` commands for a terminal: few telling columns, numbers with their units.

What is left out of a table stands in `--format json` and `--format csv`, exact to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

import click

from fairlead.cli.output import cell, console, print_table, say
from fairlead.kernel.measure import Measure
from fairlead.kernel.wording import (
    amount,
    counted,
    day,
    interval,
    status_words,
    target_words,
    trend_words,
    window_words,
    words,
)
from fairlead.web.kpi_answers import KpiQuestion, Series

WIDEST = 120
NARROW = 100
LEFT_OUT = "left out because"
BARS = "▁▂▃▄▅▆▇█"
SPARK_PERIODS = 12
SHA_SHOWN = 10


def print_measures(
    asked: KpiQuestion, measures: Sequence[Measure], trends: Sequence[Series]
) -> None:
    """One measure as a card, several as a table; with trends, that of the whole at the end."""
    scope = ", ".join(f"{name.removesuffix('_id')} {v}" for name, v in asked.only.equals.items())
    definition = "" if asked.kpi.definition == "fairlead" else f" by {asked.kpi.definition}"
    parts = [f"{asked.kpi.name}{definition}", window_words(asked.window), scope]
    click.echo(" · ".join(part for part in parts if part))
    if asked.by:
        _print_split(asked, measures, trends)
    elif measures:
        _print_card(asked, measures[0])
    for series in trends:
        if not series.key:
            click.echo("")
            _print_series(asked, series)


def _print_card(asked: KpiQuestion, measure: Measure) -> None:
    unit = asked.kpi.unit
    target = target_words(measure.target, unit, asked.kpi.direction) or "none"
    status = "" if measure.status == "no_target" else f", {status_words(measure)}"
    rows = {
        "value": _value(measure, unit),
        "counted": _counted(measure, asked.kpi.form),
        "95 % interval": interval(measure, unit) or "none",
        "target": f"{target}{status}",
        "before": amount(measure.baseline_value, unit)
        if measure.baseline_value is not None
        else "",
        "left out": _left_out(measure),
        "data quality": _quality(measure),
    }
    rows |= {name.replace("_", " "): text for name, text in _details(asked, measure)}
    width = max(len(name) for name, text in rows.items() if text)
    for name, text in rows.items():
        if text:
            click.echo(f"  {name:<{width}}  {text}")
    for warning in measure.warnings:
        say(f"warning: {words(warning)}")


def _print_split(asked: KpiQuestion, measures: Sequence[Measure], trends: Sequence[Series]) -> None:
    unit = asked.kpi.unit
    by_key = {tuple(series.key.items()): series for series in trends}
    rows = []
    for measure in measures:
        row: dict[str, Any] = {
            name.removesuffix("_id"): measure.key.get(name) or "(none)" for name in asked.by
        }
        row |= {
            "value": _value(measure, unit),
            "counted": _counted(measure, asked.kpi.form),
            "95 % interval": interval(measure, unit),
            "target": target_words(measure.target, unit, asked.kpi.direction),
            "status": status_words(measure),
            "left out": sum(measure.excluded.values()),
        }
        series = by_key.get(tuple(measure.key.items()))
        if series is not None:
            row["trend"] = sparkline([m.value for m in series.measures][-SPARK_PERIODS:])
            row["verdict"] = trend_words(series.trend)
        rows.append(row)
    verdicts = {row.get("verdict") for row in rows}
    if len(verdicts) == 1:
        rows = [{name: row[name] for name in row if name != "verdict"} for row in rows]
    if console().width < NARROW:
        rows = [{name: row[name] for name in row if name != "95 % interval"} for row in rows]
    keys = [name.removesuffix("_id") for name in asked.by]
    print_table(_without_empty(rows), right=("value", "counted"), whole=(*keys, "trend"))
    if trends:
        text = f"the last {SPARK_PERIODS} {asked.step}s, each row to its own height, · no value"
        verdict = next(iter(verdicts)) if len(verdicts) == 1 else None
        _echo_wrapped(f"trend: {text}" + (f"; all {verdict}" if verdict else ""))


def _without_empty(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows without the columns that say nothing in any of them."""
    kept = [name for name in (rows[0] if rows else {}) if any(row[name] for row in rows)]
    return [{name: row[name] for name in kept} for row in rows]


def _print_series(asked: KpiQuestion, series: Series) -> None:
    """Successive periods; those before the first value are counted, not listed."""
    unit, trend = asked.kpi.unit, series.trend
    known = [index for index, point in enumerate(trend.points) if point.value is not None]
    if not known:
        reasons = sorted({words(point.reason) for point in trend.points if point.reason})
        click.echo(f"no {asked.step} of {len(trend.points)} has a value: {', '.join(reasons)}")
        return
    first = known[0]
    rows = [
        {
            asked.step: day(point.window.start, point.window.zone),
            "value": amount(point.value, unit),
            "n": point.n,
            "": ("changed" if point.is_signal else "") if point.value is not None
            else words(point.reason or ""),
        }
        for point in trend.points[first:]
    ]  # fmt: skip
    print_table(rows, right=("value",))
    if first:
        click.echo(f"{counted(first, f'earlier {asked.step}')} without a value")
    if trend.centre is not None:
        low, high = amount(trend.lower_limit, unit), amount(trend.upper_limit, unit)
        click.echo(f"centre {amount(trend.centre, unit)}, natural limits {low} to {high}")
    _echo_wrapped(f"trend: {trend_words(trend)}: {trend.explanation}")


def _echo_wrapped(text: str) -> None:
    click.echo("\n".join(wrap(text, console().width)))


def sparkline(values: Sequence[float | None]) -> str:
    """Values as bars from 0 to the largest; a dot where there is none."""
    top = max((value for value in values if value is not None), default=0.0)
    last = len(BARS) - 1
    return "".join(
        "·" if value is None else BARS[round(max(value, 0.0) / top * last) if top > 0 else 0]
        for value in values
    )


def _value(measure: Measure, unit: str) -> str:
    if measure.value is None:
        return words(measure.reason) if measure.reason else amount(None, unit)
    return amount(measure.value, unit)


def _counted(measure: Measure, form: str) -> str:
    if form == "ratio" and measure.numerator is not None and measure.denominator is not None:
        return f"{measure.numerator:,.0f} of {measure.denominator:,.0f}"
    return f"{measure.n:,}"


def _left_out(measure: Measure) -> str:
    return ", ".join(
        f"{count:,} {words(reason)}" for reason, count in measure.excluded.items() if count
    )


def _quality(measure: Measure) -> str:
    if measure.quality is None or measure.quality.ratio is None:
        return ""
    return f"{measure.quality.grade} ({amount(measure.quality.ratio, 'ratio')} known)"


def _details(asked: KpiQuestion, measure: Measure) -> Iterator[tuple[str, str]]:
    """Further figures in the unit that their name tells, else in that of the KPI."""
    for name, value in measure.details.items():
        parts = name.split("_")
        unit = next((part for part in ("seconds", "ratio", "count") if part in parts), None)
        if value is not None:
            label = " ".join(part for part in parts if part != unit)
            yield label, amount(value, unit or asked.kpi.unit)


def print_records(rows: Sequence[Mapping[str, Any]], asked: KpiQuestion | None) -> None:
    """The records in as many telling columns as fit; names those that are left to other formats."""
    shown = [_record(row) for row in rows]
    if asked is not None and not shown:
        click.echo(f"no records of {asked.kpi.name.lower()} in {window_words(asked.window)}")
        return
    columns = _fitting(shown, min(console().width, WIDEST))
    print_table([{name: row[name] for name in columns} for row in shown])
    left = [name for name in shown[0] if name not in columns]
    if left:
        say(f"more columns with --format json or csv: {', '.join(left)}")


def _record(row: Mapping[str, Any]) -> dict[str, str]:
    """A record as texts, the most telling columns first."""
    found: dict[str, str] = {}
    first = ("event_at", "service_id", "numerator", "seconds", "censored_seconds",
             "excluded_reason", "record_id")  # fmt: skip
    for name in (*(n for n in first if n in row), *(n for n in row if n not in first)):
        value = row[name]
        if name == "numerator":
            found["counted"] = f"{cell(value)} of {cell(row.get('denominator'))}"
        elif name == "denominator":
            continue
        elif name.endswith("seconds") and value is not None:
            found[name.removesuffix("_seconds")] = amount(float(value), "seconds")
        elif name.endswith("_sha") and isinstance(value, str):
            found[name.removesuffix("_sha")] = value[:SHA_SHOWN]
        elif name == "excluded_reason":
            found[LEFT_OUT] = words(value) if value else ""
        else:
            found[name.removesuffix("_id")] = cell(value)
    return found


def _fitting(rows: Sequence[Mapping[str, str]], width: int) -> list[str]:
    kept: list[str] = []
    used = 0
    for name in rows[0]:
        if not any(row[name] not in ("", "–") for row in rows):
            continue
        needed = max(len(name), *(len(row[name]) for row in rows)) + 2
        if used + needed <= width or not kept:
            kept.append(name)
            used += needed
    return kept


def print_comparison(asked: KpiQuestion, rows: Sequence[Mapping[str, Any]]) -> None:
    """One line for each definition, then what each counts."""
    shown = []
    for row in rows:
        counts = ""
        if asked.kpi.form == "ratio" and row["denominator"] is not None:
            counts = f"{row['numerator']:,.0f} of {row['denominator']:,.0f}"
        value = words(row["reason"]) if row["value"] is None and row["reason"] else None
        shown.append(
            {
                "definition": row["definition"],
                "value": value or amount(row["value"], row["unit"]),
                "counted": counts or f"{row['n']:,}",
                "statistic": words(row["statistic"]),
            }
        )
    click.echo(f"{asked.kpi.name} · {window_words(asked.window)}")
    print_table(shown, right=("value", "counted"))
    click.echo("")
    for row in rows:
        click.echo(f"{row['definition']}: {row['what']}")


def print_listing(rows: Sequence[Mapping[str, Any]]) -> None:
    """Every KPI with its default target and whether it is computed, or what to connect."""
    shown = []
    for row in rows:
        state = row["state"]
        if state == "not yet":
            state = f"connect {', '.join(row['connect'].split(', ')[:2])}"
        kpi = row["kpi"] if row["id"] else f"  {row['kpi']}"
        shown.append({"id": row["id"], "kpi": kpi, "default target": row["default_target"],
                      "state": state})  # fmt: skip
    print_table(shown, whole=("id", "kpi"))

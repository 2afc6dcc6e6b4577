"""The charts of one KPI's section: trend, parts, spread of its durations, what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from fairlead.kernel.measure import KpiCard, Measure
from fairlead.kernel.wording import words
from fairlead.reports.kpi_section import KpiSection
from fairlead.web.charts import (
    Annotation,
    Chart,
    Part,
    StackedRow,
    TrendSubject,
    distribution_chart,
    interval_chart,
    sparkline,
    stacked_chart,
    trend_chart,
)

ENOUGH = 100  # records that stand for all: fewer of many say little about their spread


@dataclass(frozen=True)
class KpiCharts:
    """The charts of a section; what there is too little for is None or missing."""

    spark: Markup
    trend: Chart | None
    parts: Mapping[str, Chart]
    spread: Chart | None
    outcomes: Chart | None
    counted: Chart | None


def spark_of(section: KpiSection) -> KpiCharts:
    """The sparkline of a section alone, which costs no chart."""
    card, measure = section.card, section.measure
    spark = ""
    if card.trend is not None:
        spark = sparkline(f"spark-{card.kpi_id}", card.trend, card.unit, measure.target)
    return KpiCharts(Markup(spark), None, {}, None, None, None)


def kpi_charts(
    section: KpiSection,
    *,
    is_companion: bool = False,
    annotations: Sequence[Annotation] = (),
) -> KpiCharts:
    """Every chart that a section has data for; a companion has its trend alone."""
    card, measure = section.card, section.measure
    name = f"chart-{card.kpi_id}"
    spark = ""
    trend = None
    if card.trend is not None:
        subject = TrendSubject(card.name, card.unit, card.direction, measure.target, measure.window)
        spark = sparkline(f"spark-{card.kpi_id}", card.trend, card.unit, measure.target)
        trend = trend_chart(f"{name}-trend", card.trend, subject, annotations)
    if is_companion:
        return KpiCharts(Markup(spark), trend, {}, None, None, None)
    return KpiCharts(
        spark=Markup(spark),
        trend=trend,
        parts=_parts(section, name),
        spread=_spread(card, measure, name),
        outcomes=_outcomes(card, measure, name),
        counted=_counted(card, measure, name),
    )


def _parts(section: KpiSection, name: str) -> dict[str, Chart]:
    card = section.card
    found = {}
    for place, part in enumerate(section.parts):
        rows = [Part(n, m) for n, m in zip(part.names, part.measures, strict=True)]
        title = f"{card.name} by {words(part.grain)}, those that need attention first"
        chart = interval_chart(f"{name}-by{place}", title, rows, card.unit, card.direction)
        if chart is not None:
            found[part.grain] = chart
    return found


def _spread(card: KpiCard, measure: Measure, name: str) -> Chart | None:
    if card.unit != "seconds":
        return None
    counts = [row.get("seconds") for row in card.records if row.get("excluded_reason") is None]
    values = [float(value) for value in counts if isinstance(value, int | float)]
    if len(values) < min(measure.n, ENOUGH):
        return None
    marks = {key: measure.details.get(key) for key in ("median", "p90")}
    target = measure.target.value if measure.target else None
    some = f"the latest {len(values):,} records" if len(values) < measure.n else "all records"
    return distribution_chart(f"{name}-spread", f"Spread of {some}", values, marks, target)


def _outcomes(card: KpiCard, measure: Measure, name: str) -> Chart | None:
    """Outcomes of the listed records, where they carry any (pipeline runs, deployments)."""
    counts: dict[str, int] = {}
    for row in card.records:
        if row.get("outcome") and row.get("excluded_reason") is None:
            counts[str(row["outcome"])] = counts.get(str(row["outcome"]), 0) + 1
    if len(counts) < 2 or sum(counts.values()) < min(measure.n, ENOUGH):
        return None
    ordered = dict(sorted(counts.items(), key=lambda item: -item[1]))
    total = sum(counts.values())
    title = f"Outcomes of the latest {total:,} records that count"
    return stacked_chart(f"{name}-outcomes", title, [StackedRow("outcomes", ordered)], "records")


def _counted(card: KpiCard, measure: Measure, name: str) -> Chart | None:
    excluded = {reason: count for reason, count in measure.excluded.items() if count}
    if not excluded:
        return None
    ordered = sorted(excluded.items(), key=lambda item: (-item[1], item[0]))
    counts = {"counted": measure.n, **dict(ordered)}
    title = f"What counts in {card.name}, and what was left out"
    return stacked_chart(f"{name}-counted", title, [StackedRow("records", counts)], "records")

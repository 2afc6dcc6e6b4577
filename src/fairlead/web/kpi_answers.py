"""One question about one KPI, and its answers as measures and rows: for commands and API alike."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fairlead.engine.answer import answer, answers_over
from fairlead.engine.baseline import base_window, with_baseline
from fairlead.engine.bound import BoundFacts
from fairlead.engine.evaluate import GRAINS, Filter, KpiRun
from fairlead.engine.quality import QualityReader, services_of
from fairlead.engine.targets import target_for, with_status, worst_first
from fairlead.engine.trends import trend_of, trend_window
from fairlead.kernel.diagnostic import fail
from fairlead.kernel.labels import labels_of
from fairlead.kernel.measure import Measure, Trend
from fairlead.kernel.window import Step, Window
from fairlead.kernel.wording import target_words
from fairlead.kpis.peers import definitions_of
from fairlead.kpis.shelf import Kpi, Scope, definition_of, kpis
from fairlead.packs.scorecard import SCORECARD
from fairlead.store.session import DuckSession
from fairlead.web.workspace import Workspace


@dataclass(frozen=True)
class KpiQuestion:
    """One question about one KPI, by anybody's rules and with its own settings."""

    context: Workspace
    kpi: Kpi
    window: Window
    as_of: datetime | None
    only: Filter
    by: tuple[str, ...]
    step: Step
    settings: dict[str, Any]

    @classmethod
    def of(
        cls,
        context: Workspace,
        kpi_id: str,
        definition: str,
        settings: Sequence[str],
        *,
        window: Window,
        as_of: datetime | None = None,
        only: Filter,
        by: str = "",
        step: str = "week",
    ) -> KpiQuestion:
        """A checked question; FL4101 for an unknown KPI, FL1005 for an unknown setting."""
        kpi = definition_of(kpi_id, definition)
        return cls(
            context=context,
            kpi=kpi,
            window=window,
            as_of=as_of,
            only=only,
            by=tuple(GRAINS.get(name, name) for name in by.split(",") if name),
            step=step,  # type: ignore[arg-type]
            settings=_settings(kpi, settings, context),
        )

    def run(self, session: DuckSession, window: Window) -> KpiRun:
        """The run of the question over a window."""
        known = self.as_of or self.context.clock.now()
        scope = Scope(window, known, self.settings)
        return KpiRun(session, self.context.model, self.kpi, scope, only=self.only)


def _settings(kpi: Kpi, given: Sequence[str], context: Workspace) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "observation_seconds" in kpi.settings:
        found["observation_seconds"] = context.model.workspace.observation_seconds
    for item in given:
        name, _, value = item.partition("=")
        if name not in kpi.settings:
            raise fail("FL1005", f"`{kpi.id}` has no setting `{name}`",
                       notes=[f"settings: {', '.join(kpi.settings) or 'none'}"])  # fmt: skip
        found[name] = {"true": True, "false": False}.get(
            value, int(value) if value.isdigit() else value
        )
    return found


def measures_of(asked: KpiQuestion, session: DuckSession) -> list[Measure]:
    """The measures of the question, judged against their targets, worst first."""
    model, only = asked.context.model, asked.only.equals
    known = asked.as_of or asked.context.clock.now()
    earlier = base_window(model, asked.kpi.id, only, asked.window, known)
    span = replace(asked.window, start=min(earlier.start, asked.window.start))
    run = asked.run(session, span)
    facts = BoundFacts(session, asked.context.model)
    services = services_of(model, only)
    quality = QualityReader(session, facts, asked.window, services).of(asked.kpi)
    windows = [asked.window, earlier]
    now, base = answers_over(run, asked.by, windows, weekly=True)
    measures = with_baseline(run, now, base, asked.by)
    judged = [
        with_status(
            replace(m, quality=quality),
            target_for(model, asked.kpi.id, {**only, **m.key}),
            asked.kpi.direction,
        )
        for m in measures
    ]
    return worst_first(judged) if asked.by else judged


def rows_of(asked: KpiQuestion, measures: Sequence[Measure]) -> list[dict[str, Any]]:
    """Measures as rows: key, figures, target, status, exclusions and details."""
    details = list(dict.fromkeys(name for m in measures for name in m.details))
    reasons = list(dict.fromkeys(name for m in measures for name in m.excluded))
    rows = []
    for m in measures:
        row: dict[str, Any] = {column: m.key.get(column) for column in asked.by}
        row |= {
            "value": m.value,
            "reason": m.reason,
            "numerator": m.numerator,
            "denominator": m.denominator,
            "n": m.n,
            "low": m.low,
            "high": m.high,
            "target": target_words(m.target, asked.kpi.unit, asked.kpi.direction) or None,
            "status": m.status,
            "baseline_value": m.baseline_value,
            "quality_grade": m.quality.grade if m.quality else None,
        }
        row |= {f"excluded.{name}": m.excluded.get(name, 0) for name in reasons}
        row |= {name: m.details.get(name) for name in details}
        rows.append(row)
    return rows


@dataclass(frozen=True)
class Series:
    """One key of the grain (the whole where it is empty) over successive complete periods."""

    key: Mapping[str, str | None]
    measures: Sequence[Measure]
    trend: Trend


def series_of(asked: KpiQuestion, session: DuckSession) -> list[Series]:
    """The trend of the whole (or what the filter leaves), then of each key of `--by`."""
    span = trend_window(asked.window, asked.step)
    run = asked.run(session, span)
    periods = span.periods(asked.step)
    found = [_series(asked, run, {}, [got[0] for got in answers_over(run, (), periods)])]
    if asked.by and periods:
        by_key: dict[tuple[Any, ...], dict[int, Measure]] = {}
        for index, measures in enumerate(answers_over(run, asked.by, periods)):
            for measure in measures:
                by_key.setdefault(tuple(measure.key.items()), {})[index] = measure
        for key, known in by_key.items():
            row = [
                known.get(index) or Measure(asked.kpi.id, dict(key), period, run.scope.as_of, None)
                for index, period in enumerate(periods)
            ]
            found.append(_series(asked, run, dict(key), row))
    return found


def _series(
    asked: KpiQuestion, run: KpiRun, key: Mapping[str, str | None], measures: Sequence[Measure]
) -> Series:
    return Series(key, measures, trend_of(asked.kpi, asked.step, measures, run.scope.as_of))


def trend_rows(asked: KpiQuestion, series: Sequence[Series]) -> list[dict[str, Any]]:
    """One row for each key and period, with the limits and the verdict of its series."""
    zone = asked.window.zone
    return [
        {
            **{column: one.key.get(column) for column in asked.by},
            asked.step: f"{point.window.start.astimezone(zone):%Y-%m-%d}",
            "value": point.value,
            "reason": point.reason,
            "n": point.n,
            "signal": point.is_signal,
            "lower_limit": one.trend.lower_limit,
            "upper_limit": one.trend.upper_limit,
            "verdict": one.trend.verdict,
        }
        for one in series
        for point in one.trend.points
    ]


def record_rows(
    asked: KpiQuestion, session: DuckSession, limit: int, excluded: bool
) -> tuple[list[dict[str, Any]], int]:
    """The records of the window, and how many there are in all."""
    listed = asked.run(session, asked.window).listed()
    columns = [c for c in listed.column_names if not c.endswith("_right")]
    rows = listed.select(columns).to_pylist()
    if excluded:
        rows = [row for row in rows if row["excluded_reason"] is not None]
    kept = [name for name in columns if any(row[name] is not None for row in rows)]
    return [{n: row[n] for n in kept} for row in (rows[:limit] if limit else rows)], len(rows)


def listing() -> list[dict[str, Any]]:
    """Every line of the scorecard and every companion."""
    known = kpis()
    rows: list[dict[str, Any]] = []
    for line in SCORECARD:
        rows.append(
            {
                "id": line.requirement_id,
                "kpi": line.kpi_id,
                "name": line.name,
                "unit": line.unit,
                "default_target": line.default_target,
                "state": "computed" if line.kpi_id in known else "not yet",
                "connect": ", ".join(line.connect),
            }
        )
        rows += [
            {
                "id": "", "kpi": kpi.id, "name": f"  {kpi.name}", "unit": kpi.unit,
                "default_target": "", "state": f"computed ({kpi.basis})", "connect": "",
            }
            for kpi in known.values()
            if kpi.companion_of == line.kpi_id
        ]  # fmt: skip
    return rows


def explanation(kpi_id: str) -> dict[str, Any]:
    """The definition of a KPI from its own file, and those of other tools."""
    line = next((line for line in SCORECARD if line.kpi_id == kpi_id), None)
    if line is not None and kpi_id not in kpis():
        return {
            "kpi": kpi_id,
            "name": line.name,
            "summary": "This line of the scorecard is not computed yet.",
            "labels": {"Default target": line.default_target, "Connect": ", ".join(line.connect)},
            "definitions": {},
        }
    kpi = definition_of(kpi_id)
    summary, labels = labels_of(sys.modules[kpi.records.__module__].__doc__ or "")
    peers = {
        peer.definition: labels_of(peer.records.__doc__ or "")[0] for peer in definitions_of(kpi_id)
    }
    return {
        "kpi": kpi.id,
        "name": kpi.name,
        "summary": summary,
        "unit": kpi.unit,
        "statistic": kpi.statistic,
        "settings": dict(kpi.settings),
        "labels": labels,
        "definitions": peers,
    }


def comparison(asked: KpiQuestion, session: DuckSession) -> list[dict[str, Any]]:
    """One row for each definition of the KPI over the same facts."""
    rows = []
    for kpi in (asked.kpi, *definitions_of(asked.kpi.id)):
        run = replace(asked, kpi=kpi).run(session, asked.window)
        measure = answer(run, (), asked.window)[0]
        rows.append(
            {
                "definition": kpi.definition,
                "value": measure.value,
                "unit": kpi.unit,
                "statistic": kpi.statistic,
                "numerator": measure.numerator,
                "denominator": measure.denominator,
                "n": measure.n,
                "reason": measure.reason,
                "what": labels_of(kpi.records.__doc__ or "")[0],
            }
        )
    return rows

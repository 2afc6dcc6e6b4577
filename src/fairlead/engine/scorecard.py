"""The balanced scorecard: every line with number, status, trend and parts, or what to connect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from fairlead.engine.answer import answers_over
from fairlead.engine.baseline import base_window, with_baseline
from fairlead.engine.bound import BoundFacts
from fairlead.engine.evaluate import GRAINS, Filter, KpiRun
from fairlead.engine.quality import QualityReader, services_of
from fairlead.engine.session import Session
from fairlead.engine.targets import target_for, targeted_dimensions, with_status, worst_first
from fairlead.engine.trends import trend_of, trend_window
from fairlead.kernel.clock import SYSTEM_CLOCK, Clock
from fairlead.kernel.measure import KpiCard, Measure, Quality, Scorecard
from fairlead.kernel.window import Step, Window
from fairlead.kpis.shelf import Kpi, Scope, kpis
from fairlead.opmodel.model import Model
from fairlead.packs.scorecard import SCORECARD, ScorecardLine


@dataclass(frozen=True)
class Question:
    """What a scorecard is asked for.

    `parts` names the grains that each line is split by; `records_limit` how many of the latest
    records behind each number are shown.
    """

    window: Window
    as_of: datetime
    only: Filter = field(default_factory=Filter)
    step: Step = "week"
    parts: Sequence[str] = ("team", "tier", "service")
    companions: bool = True
    records_limit: int = 0
    settings: Mapping[str, object] = field(default_factory=dict)


class ScorecardReader:
    """Answers scorecard questions in one session."""

    def __init__(self, session: Session, model: Model, clock: Clock = SYSTEM_CLOCK) -> None:
        self.session, self.model, self.clock = session, model, clock
        self.facts = BoundFacts(session, model)
        self._filled: dict[str, bool] = {}

    def scorecard(
        self, question: Question, progress: Callable[[str], None] | None = None
    ) -> Scorecard:
        """All lines of the scorecard, in its order; a window that is not over ends at `as_of`."""
        question = replace(question, window=question.window.until(question.as_of))
        only = services_of(self.model, question.only.equals)
        quality = QualityReader(self.session, self.facts, question.window, only)
        cards = []
        for line in SCORECARD:
            if progress:
                progress(line.name)
            cards.append(self._line(line, question, quality))
        return Scorecard(
            title=self.model.workspace.title or self.model.workspace.id,
            scope=dict(question.only.equals),
            window=question.window,
            as_of=question.as_of,
            made_at=self.clock.now(),
            cards=cards,
        )

    def _line(self, line: ScorecardLine, question: Question, quality: QualityReader) -> KpiCard:
        kpi = kpis().get(line.kpi_id)
        card = KpiCard(
            kpi_id=line.kpi_id,
            requirement_id=line.requirement_id,
            name=line.name,
            group=line.group,
            unit=line.unit,
            direction=line.direction,
            measure=None,
            connect=line.connect,
            default_target=line.default_target,
        )
        if kpi is None:
            return replace(card, missing_reason="not_connected")
        card = self.card(kpi, question, quality, card)
        if not question.companions:
            return card
        companions = [
            self.card(other, question, quality, bare_card(other, line.group))
            for other in kpis().values()
            if other.companion_of == kpi.id
        ]
        return replace(card, companions=companions)

    def card(self, kpi: Kpi, question: Question, quality: QualityReader, card: KpiCard) -> KpiCard:
        """One KPI as a card: organisation, trend, and parts by each grain."""
        run = self.run_of(kpi, question)
        of = quality.of(kpi)
        if not self._has_source(kpi):
            return replace(card, missing_reason="not_connected")
        windows = [question.window, self._base(kpi, question)]
        trend_windows = trend_window(question.window, question.step).periods(question.step)
        now, base, *series = answers_over(run, (), [*windows, *trend_windows], weekly=True)
        whole = with_baseline(run, now, base, ())[0]
        measure = self._judged(kpi, replace(whole, quality=of), question)
        parts = {grain: self._parts(run, grain, question, of) for grain in question.parts}
        for dimension in kpi.dimensions:
            if dimension in targeted_dimensions(self.model, kpi.id):
                parts[dimension] = self._parts(run, dimension, question, of)
        if question.records_limit:
            records, count = run.latest(question.window, question.records_limit)
            card = replace(card, records=records, records_count=count)
        if card.connect and measure.value is not None:
            card = replace(card, connect=())
        return replace(
            card,
            measure=measure,
            trend=trend_of(kpi, question.step, [found[0] for found in series], question.as_of),
            parts=parts,
            missing_reason=measure.reason if measure.value is None else None,
        )

    def run_of(self, kpi: Kpi, question: Question) -> KpiRun:
        """The run of a KPI over the span that trend, baseline and window need together."""
        span = trend_window(question.window, question.step)
        start = min(span.start, self._base(kpi, question).start)
        scope = Scope(
            Window(start, question.window.end, question.window.zone_name),
            question.as_of,
            {**self._workspace_settings(kpi), **question.settings},
        )
        return KpiRun(
            self.session,
            self.model,
            kpi,
            scope,
            facts=self.facts,
            only=question.only,
            split_by=sorted(targeted_dimensions(self.model, kpi.id)),
        )

    def _workspace_settings(self, kpi: Kpi) -> dict[str, object]:
        if "observation_seconds" in kpi.settings:
            return {"observation_seconds": self.model.workspace.observation_seconds}
        return {}

    def _base(self, kpi: Kpi, question: Question) -> Window:
        key = question.only.equals
        return base_window(self.model, kpi.id, key, question.window, question.as_of)

    def _has_source(self, kpi: Kpi) -> bool:
        first = kpi.reads[0]
        if first not in self._filled:
            table = self.session.table(first)
            row = self.session.run(table.limit(1).select(table.columns[0]))
            self._filled[first] = bool(row.num_rows)
        return self._filled[first]

    def _judged(self, kpi: Kpi, measure: Measure, question: Question) -> Measure:
        key = {**question.only.equals, **measure.key}
        target = target_for(self.model, kpi.id, key)
        return with_status(measure, target, kpi.direction)

    def _parts(
        self, run: KpiRun, grain: str, question: Question, quality: Quality
    ) -> list[Measure]:
        by = [GRAINS.get(grain, grain)]
        windows = [question.window, self._base(run.kpi, question)]
        now, base = answers_over(run, by, windows, weekly=True)
        measures = with_baseline(run, now, base, by)
        judged = [self._judged(run.kpi, replace(m, quality=quality), question) for m in measures]
        return worst_first(judged)


def bare_card(kpi: Kpi, group: str) -> KpiCard:
    """A card of a KPI before anything is known of it."""
    return KpiCard(
        kpi_id=kpi.id,
        requirement_id=None,
        name=kpi.name,
        group=group,
        unit=kpi.unit,
        direction=kpi.direction,
        measure=None,
    )

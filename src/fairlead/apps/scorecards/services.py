"""What KPI pages read beyond the scorecard: charts, records page by page, marks of incidents."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from fairlead.engine.evaluate import Filter
from fairlead.engine.scorecard import Question, ScorecardReader
from fairlead.engine.session import Session
from fairlead.engine.trends import trend_window
from fairlead.kernel.measure import Scorecard
from fairlead.kpis.shelf import definition_of
from fairlead.reports.kpi_section import kpi_section
from fairlead.web.charts import Annotation
from fairlead.web.kpi_charts import KpiCharts, kpi_charts
from fairlead.web.kpi_definitions import definitions
from fairlead.web.snapshots import Asked, Progress, key_of, make_answer
from fairlead.web.workspace import Workspace

MARKS = 6
EXPORT_ROWS = 100_000


@dataclass(frozen=True)
class KpiView:
    """One KPI with its drawn charts; None where it has no number to draw."""

    card: Scorecard
    charts: KpiCharts | None


@dataclass(frozen=True)
class KpiAsked:
    """Asks for one KPI in depth."""

    asked: Asked
    shape: ClassVar[Any] = KpiView

    @property
    def key(self) -> str:
        """The question as a digest."""
        return key_of(self)

    def answer(self, workspace: Workspace, progress: Progress) -> KpiView:
        """The number, then its charts."""
        progress("reading the records")
        card = make_answer(workspace, self.asked, progress)
        section = kpi_section(
            card.cards[0], card, workspace.model, definitions([card.cards[0].kpi_id])
        )
        if section is None:
            return KpiView(card, None)
        progress("drawing")
        marks = read_marks(workspace=workspace, asked=self.asked)
        return KpiView(card, kpi_charts(section, annotations=marks))


def read_marks(*, workspace: Workspace, asked: Asked) -> list[Annotation]:
    """The latest incidents of the gravest kind within the trend, of the services asked about."""
    span = trend_window(asked.window, asked.step)
    with workspace.session(asked.as_of) as session:
        rows = session.rows("incidents", where={"severity_final": ["sev1"], "kind": ["incident"]})
    wanted = services_in(workspace, dict(asked.filter))
    found = [
        Annotation(row["declared_at"], f"sev1: {title_shown(row)}")
        for row in rows
        if row["declared_at"] and span.contains(row["declared_at"])
        if wanted is None or wanted & set(row["service_ids"] or ())
    ]
    return sorted(found, key=lambda mark: mark.at)[-MARKS:]


def title_shown(row: Mapping[str, Any]) -> str:
    """The title of an incident; one that is restricted keeps it to itself."""
    if row["visibility"] == "restricted":
        return "a restricted incident"
    return str(row["title"] or row["incident_id"])


def services_in(workspace: Workspace, only: Mapping[str, str]) -> set[str] | None:
    """The services that a filter leaves; None where it leaves all."""
    from fairlead.engine.quality import services_of

    found = services_of(workspace.model, only)
    return None if found is None else set(found)


@dataclass(frozen=True)
class RecordsPage:
    """Some records behind a number, newest first, and how many there are in all."""

    rows: Sequence[Mapping[str, Any]]
    total: int


@dataclass(frozen=True)
class RecordsAsked:
    """Asks for some of the records behind a number."""

    asked: Asked
    limit: int
    offset: int
    shape: ClassVar[Any] = RecordsPage

    @property
    def key(self) -> str:
        """The question as a digest."""
        return key_of(self)

    def answer(self, workspace: Workspace, progress: Progress) -> RecordsPage:
        """The records from the lake."""
        progress("reading the records")
        return read_records(
            workspace=workspace, asked=self.asked, limit=self.limit, offset=self.offset
        )


def read_records(
    *, workspace: Workspace, asked: Asked, limit: int = EXPORT_ROWS, offset: int = 0
) -> RecordsPage:
    """The records behind a number, newest first."""
    now = asked.as_of or workspace.clock.now()
    question = Question(asked.window.until(now), now, Filter(dict(asked.filter)), asked.step)
    kpi = definition_of(asked.kpi_id or "")
    with workspace.session(asked.as_of) as session:
        run = ScorecardReader(_as_session(session), workspace.model).run_of(kpi, question)
        rows, total = run.latest(question.window, limit, offset)
    return RecordsPage([_with_zone(row) for row in rows], total)


def _as_session(session: Any) -> Session:
    found: Session = session
    return found


def _with_zone(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.replace(tzinfo=UTC) if _is_naive(value) else value
        for name, value in row.items()
        if name not in ("local_day", "numerator_low", "numerator_high")
    }


def _is_naive(value: Any) -> bool:
    return isinstance(value, datetime) and value.tzinfo is None


def without_parts(asked: Asked) -> Asked:
    """A question about records, the same however the page around them is asked."""
    return dataclasses.replace(asked, parts=(), companions=False, records_limit=0)

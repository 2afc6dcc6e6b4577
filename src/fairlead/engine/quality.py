"""Data quality: known shares behind each KPI, and the grade that caps its colour (facts S11).

Limits: A from 0.99, B from 0.90, C from 0.50, below that D. The quality of a KPI is the smallest
share of its components. A component without any record has no share and does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import ibis.expr.types as ir

from fairlead.engine.bound import BoundFacts
from fairlead.engine.session import Session
from fairlead.kernel.measure import Grade, Quality, QualityComponent
from fairlead.kernel.window import Window
from fairlead.kpis.shelf import Kpi, instant
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.model import Model

LIMITS: tuple[tuple[float, Grade], ...] = ((0.99, "A"), (0.90, "B"), (0.50, "C"))


def grade_of(ratio: float | None) -> Grade | None:
    """The grade of a known share; None where there is nothing to grade."""
    if ratio is None:
        return None
    return next((grade for limit, grade in LIMITS if ratio >= limit), "D")


def quality_from(components: Sequence[QualityComponent]) -> Quality:
    """The quality of components: the smallest share and its grade."""
    ratios = [c.ratio for c in components if c.ratio is not None]
    ratio = min(ratios) if ratios else None
    return Quality(ratio, grade_of(ratio), tuple(components))


def services_of(model: Model, equals: Mapping[str, str]) -> frozenset[str] | None:
    """The services that a filter leaves; None when it leaves all."""
    if not equals:
        return None
    return frozenset(
        service.id
        for service in model.all_of(Service).values()
        if equals.get("service_id", service.id) == service.id
        and equals.get("team_id", service.owner) == service.owner
        and equals.get("tier", service.tier) == service.tier
    )


class QualityReader:
    """Components of one window in one session; each is computed once.

    With `services`, only their deployments and runs are looked at.
    """

    def __init__(
        self,
        session: Session,
        facts: BoundFacts,
        window: Window,
        services: frozenset[str] | None = None,
    ) -> None:
        self.session, self.facts, self.window = session, facts, window
        self.services = services
        self._ready: dict[str, QualityComponent] = {}

    def of(self, kpi: Kpi) -> Quality:
        """The quality of a KPI by the components that it names."""
        return quality_from([self.component(name) for name in kpi.quality])

    def component(self, name: str) -> QualityComponent:
        """One component by name."""
        if name not in self._ready:
            build, help_text = COMPONENTS[name]
            table, known = build(self)
            row = self.session.run(
                table.aggregate(total=table.count(), known=known(table).sum())
            ).to_pylist()[0]
            self._ready[name] = QualityComponent(
                name, int(row["known"] or 0), int(row["total"] or 0), help_text
            )
        return self._ready[name]

    def within(self, table: ir.Table, column: str) -> ir.Table:
        """Rows whose instant lies in the window."""
        at = table[column]
        if self.services is not None and "service_id" in table.columns:
            table = table.filter(table.service_id.isin(sorted(self.services)))
        return table.filter((at >= instant(self.window.start)) & (at < instant(self.window.end)))


Built = tuple[ir.Table, Callable[[ir.Table], ir.BooleanValue]]


def _finished(reader: QualityReader) -> ir.Table:
    deployments = reader.within(reader.facts.deployments, "finished_at")
    return deployments.filter(deployments.outcome.isin(["success", "degraded"]))


def _production(reader: QualityReader) -> ir.Table:
    deployments = _finished(reader)
    return deployments.filter(deployments.stage == "production")


def _environments(reader: QualityReader) -> Built:
    return _finished(reader), lambda t: t.stage.fill_null("unmapped") != "unmapped"


def _services(reader: QualityReader) -> Built:
    return _production(reader), lambda t: t.service_id.notnull()


def _shas(reader: QualityReader) -> Built:
    return _production(reader), lambda t: t.commit_sha.notnull()


def _links(reader: QualityReader) -> Built:
    """Merged changes, known when a deployment ships them."""
    changes = reader.within(reader.facts.changes, "merged_at")
    shipped = reader.facts.deployment_changes.select(shipped_id="change_id").distinct()
    joined = changes.left_join(shipped, changes.change_id == shipped.shipped_id)
    return joined, lambda t: t.shipped_id.notnull()


def _judged_incidents(reader: QualityReader) -> Built:
    """Incidents with a service, so that the attribution could judge them."""
    incidents = reader.within(reader.facts.incidents, "declared_at")
    return incidents, lambda t: t.service_ids.length().fill_null(0) > 0


def _severities(reader: QualityReader) -> Built:
    incidents = reader.within(reader.facts.incidents, "declared_at")
    return (
        incidents,
        lambda t: (
            t.severity_final.notnull() | t.severity_peak.notnull() | t.severity_declared.notnull()
        ),
    )


def _starts(reader: QualityReader) -> Built:
    incidents = reader.within(reader.facts.incidents, "declared_at")
    return (
        incidents,
        lambda t: (
            t.impact_started_at.notnull() | t.detected_at.notnull() | (t.declared_at.notnull())
        ),
    )


def _runs(reader: QualityReader) -> Built:
    runs = reader.within(reader.facts.pipeline_runs, "finished_at")
    return runs, lambda t: (t.rerun_kind.fill_null("unknown") != "unknown") & t.result.notnull()


def _run_owners(reader: QualityReader) -> Built:
    runs = reader.within(reader.facts.pipeline_runs, "finished_at")
    return runs, lambda t: t.service_id.notnull()


COMPONENTS: dict[str, tuple[Callable[[QualityReader], Built], str]] = {
    "environments_mapped": (_environments, "declare the environment's name in delivery/"),
    "services_mapped": (_services, "declare the repository or name in a service"),
    "deployments_with_sha": (_shas, "let the deployment name its commit"),
    "changes_linked": (_links, "see `fairlead data quality --unlinked`"),
    "incidents_with_service": (_judged_incidents, "declare the tool's service name in a service"),
    "incidents_with_severity": (_severities, "map the tool's priorities to severities"),
    "incidents_with_start": (_starts, "record when the impact began"),
    "runs_known": (_runs, "pull attempts, so that a re-run is known to be one"),
    "runs_with_service": (_run_owners, "declare the repository in a service"),
}

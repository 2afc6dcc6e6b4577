"""Facts bound to the catalog: what a KPI expression is given.

Pipeline facts get the service that owns them and whether their pipeline is a standard one;
`services` is the catalog over time. All else are the current rows of the session.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir

from fairlead.engine.aggregate import with_catalog
from fairlead.engine.catalog import Era, eras_of, service_versions
from fairlead.engine.coverage import Coverage, coverage_of
from fairlead.engine.owners import SEPARATOR, holds_at, named_services, pipeline_owners
from fairlead.engine.session import Session
from fairlead.opmodel.model import Model


class BoundFacts:
    """`facts.<name>` as a KPI sees it.

    With `keeps` a shared table is computed once and kept for the next KPI; a single question does
    better without, since it then computes no column that it does not read.
    """

    def __init__(self, session: Session, model: Model, *, keeps: bool = True) -> None:
        self._session, self._model, self.keeps = session, model, keeps
        self._forms: dict[str, int] = {}
        self._ready: dict[str, ir.Table] = {}
        self._coverages: dict[str, Coverage] = {}

    def __getattr__(self, name: str) -> ir.Table:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._ready:
            self._ready[name] = self._bind(name)
        return self._ready[name]

    def shared(self, name: str, build: Any) -> ir.Table:
        """The table that `build()` expresses; kept under `name` where tables are kept."""
        if not self.keeps:
            return build()
        return self._session.materialised(name, build)

    def placed(self, records: ir.Table) -> ir.Table:
        """Records with `team_id` and `tier` as the catalog had them at `event_at`."""
        return with_catalog(records, self.services)

    def form_of(self, *names: str) -> tuple[int, ...]:
        """Binds some facts, and tells how each was joined to the catalog."""
        for name in names:
            getattr(self, name)
        return tuple(self._forms.get(name, 0) for name in names)

    def coverage(self, fact: str) -> Coverage:
        """When each source of a fact type was alive."""
        if fact not in self._coverages:
            self._coverages[fact] = coverage_of(self._session, fact)
        return self._coverages[fact]

    def _bind(self, name: str) -> ir.Table:
        if name == "services":
            self._session.register("services", service_versions(self._entities))
            return self._session.table("services")
        table = self._session.table(name)
        if name == "pipeline_runs":
            return self._with_owner(table)
        if name == "incidents":
            return self._with_services(table)
        return table

    @cached_property
    def _entities(self) -> list[dict[str, Any]]:
        return self._session.rows("catalog_entities")

    @cached_property
    def _eras(self) -> list[Era]:
        return eras_of(self._model, self._entities)

    def _with_services(self, incidents: ir.Table) -> ir.Table:
        """Incidents with the services that the words of their tool stood for when they began."""
        worded = incidents.filter(incidents.service_refs.notnull())
        rows = self._session.run(worded.select("service_refs").distinct()).to_pylist()
        if not rows:
            return incidents
        table = named_services(self._eras, [tuple(row["service_refs"]) for row in rows])
        self._session.register("incident_names", table)
        names = self._session.table("incident_names")
        began_at = ibis.coalesce(
            incidents.impact_started_at, incidents.detected_at, incidents.declared_at
        )
        joined = incidents.left_join(
            names,
            [
                incidents.service_refs.join(SEPARATOR) == names.map_refs,
                *(held := holds_at(table, names, began_at)),
            ],
        )
        self._forms["incidents"] = 1 + len(held)
        has_own = joined.service_ids.length().fill_null(0) > 0
        return joined.mutate(
            service_ids=has_own.ifelse(joined.service_ids, joined.map_service_ids)
        ).drop(*table.column_names)

    def _with_owner(self, runs: ir.Table) -> ir.Table:
        """Runs with the service that owned their pipeline when they ended."""
        pairs = self._session.run(runs.select("repo_id", "pipeline_id").distinct()).to_pylist()
        table = pipeline_owners(
            self._eras, [(row["repo_id"], row["pipeline_id"]) for row in pairs if row["repo_id"]]
        )
        self._session.register("pipeline_owners", table)
        owned = self._session.table("pipeline_owners")
        seen_at = ibis.coalesce(runs.finished_at, runs.started_at, runs.created_at)
        joined = runs.left_join(
            owned,
            [
                runs.repo_id == owned.map_repo_id,
                runs.pipeline_id.fill_null("") == owned.map_pipeline_id.fill_null(""),
                *(held := holds_at(table, owned, seen_at)),
            ],
        )
        self._forms["pipeline_runs"] = 1 + len(held)
        return joined.mutate(
            is_standard=joined.is_standard.fill_null(joined.map_is_standard),
            service_id=joined.map_service_id,
        ).drop(*table.column_names)

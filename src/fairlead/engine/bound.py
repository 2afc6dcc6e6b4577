"""Facts bound to the catalog: what a KPI expression is given.

Pipeline facts get the service that owns them and whether their pipeline is a standard one;
`services` is the catalog over time. All else are the current rows of the session.
"""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from fairlead.engine.aggregate import with_catalog
from fairlead.engine.catalog import pipeline_owners, service_versions
from fairlead.engine.coverage import Coverage, coverage_of
from fairlead.engine.session import Session
from fairlead.opmodel.model import Model


class BoundFacts:
    """`facts.<name>` as a KPI sees it.

    With `keeps` a shared table is computed once and kept for the next KPI; a single question does
    better without, since it then computes no column that it does not read.
    """

    def __init__(self, session: Session, model: Model, *, keeps: bool = True) -> None:
        self._session, self._model, self._keeps = session, model, keeps
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
        if not self._keeps:
            return build()
        return self._session.materialised(name, build)

    def placed(self, records: ir.Table) -> ir.Table:
        """Records with `team_id` and `tier` as the catalog had them at `event_at`."""
        return with_catalog(records, self.services)

    def coverage(self, fact: str) -> Coverage:
        """When each source of a fact type was alive."""
        if fact not in self._coverages:
            self._coverages[fact] = coverage_of(self._session, fact)
        return self._coverages[fact]

    def _bind(self, name: str) -> ir.Table:
        if name == "services":
            entities = self._session.rows("catalog_entities")
            self._session.register("services", service_versions(entities))
            return self._session.table("services")
        table = self._session.table(name)
        if name == "pipeline_runs":
            return self._with_owner(table)
        if name == "incidents":
            return self._with_services(table)
        return table

    def _with_services(self, incidents: ir.Table) -> ir.Table:
        """Incidents with the services that the model knows by the names that their tool uses."""
        named = incidents.filter(incidents.service_refs.notnull())
        rows = self._session.run(named.select("service_refs").distinct()).to_pylist()
        found: dict[str, list[str]] = {}
        for row in rows:
            refs = row["service_refs"]
            known = [self._model.service_of_name(ref) for ref in refs]
            found["\x1f".join(refs)] = list(dict.fromkeys(name for name in known if name))
        if not found:
            return incidents
        table = pa.table(
            {
                "known_refs": pa.array(found, pa.string()),
                "known_service_ids": pa.array(found.values(), pa.list_(pa.string())),
            }
        )
        self._session.register("incident_services", table)
        services = self._session.table("incident_services")
        joined = incidents.left_join(
            services, incidents.service_refs.join("\x1f") == services.known_refs
        )
        has_own = joined.service_ids.length().fill_null(0) > 0
        return joined.mutate(
            service_ids=has_own.ifelse(joined.service_ids, joined.known_service_ids)
        ).drop("known_refs", "known_service_ids")

    def _with_owner(self, runs: ir.Table) -> ir.Table:
        pairs = self._session.run(runs.select("repo_id", "pipeline_id").distinct()).to_pylist()
        owners = pipeline_owners(
            self._model,
            [(row["repo_id"], row["pipeline_id"]) for row in pairs if row["repo_id"]],
        )
        self._session.register("pipeline_owners", owners)
        owned = self._session.table("pipeline_owners")
        joined = runs.left_join(
            owned,
            [
                runs.repo_id == owned.map_repo_id,
                runs.pipeline_id.fill_null("") == owned.map_pipeline_id.fill_null(""),
            ],
        )
        return joined.mutate(
            is_standard=joined.is_standard.fill_null(joined.map_is_standard),
            service_id=joined.map_service_id,
        ).drop("map_repo_id", "map_pipeline_id", "map_service_id", "map_is_standard")

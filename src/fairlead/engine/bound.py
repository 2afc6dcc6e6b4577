"""Facts bound to the catalog: what a KPI expression is given.

Pipeline facts get the service that owns them and whether their pipeline is a standard one;
`services` is the catalog over time. All else are the current rows of the session.
"""

from __future__ import annotations

from typing import Any, Protocol

import ibis.expr.types as ir
import pyarrow as pa

from fairlead.engine.catalog import pipeline_owners, service_versions
from fairlead.opmodel.model import Model


class Session(Protocol):
    """What the engine needs of an engine: tables, rows, and a place for small tables."""

    name: str
    facts: Any

    def register(self, name: str, table: pa.Table) -> None: ...
    def run(self, expression: ir.Table) -> pa.Table: ...
    def table(self, name: str) -> ir.Table: ...
    def materialised(self, name: str, build: Any) -> ir.Table: ...
    def run_shape(
        self, shape: Any, build: Any, records: ir.Table, periods: ir.Table
    ) -> pa.Table: ...
    def rows(self, name: str, *, where: Any = None) -> list[dict[str, Any]]: ...


class BoundFacts:
    """`facts.<name>` as a KPI sees it."""

    def __init__(self, session: Session, model: Model) -> None:
        self._session, self._model = session, model
        self._ready: dict[str, ir.Table] = {}

    def __getattr__(self, name: str) -> ir.Table:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._ready:
            self._ready[name] = self._bind(name)
        return self._ready[name]

    def shared(self, name: str, build: Any) -> ir.Table:
        """The table that `build()` expresses, computed once per session under `name`."""
        return self._session.materialised(name, build)

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

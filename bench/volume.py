"""A lake of a given size, written as columns: services, runs, deployments, failures, incidents.

Seeded; every column that the KPI expressions read has a realistic spread. Two per cent of the runs
have a second attempt; two per cent of all rows stand there in an earlier version too, told when the
work was not over yet.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import write_deltalake

from fairlead.facts import fact_type
from fairlead.facts.fact_type import Fact, order_of
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.model import Model
from fairlead.store.columns import arrow_schema
from fairlead.store.lake import Lake

EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
START = int(EPOCH.timestamp() * 1_000_000)
MONTH = 30 * 86_400 * 1_000_000
CHUNK = 500_000
VERSIONED = 0.02
NOT_YET_KNOWN = (
    "finished_at", "outcome", "result", "duration_seconds", "merged_at", "mitigated_at",
    "resolved_at", "recovered_at",
)  # fmt: skip


class Volume:
    """Sizes of a lake and the generator that fills it."""

    def __init__(self, *, services: int, months: int, runs: int, deployments: int, incidents: int,
                 seed: int = 1) -> None:  # fmt: skip
        self.services, self.months = services, months
        self.runs, self.deployments, self.incidents = runs, deployments, incidents
        self.random = np.random.default_rng(seed)

    def write(self, root: Path) -> Lake:
        """The lake with all facts."""
        lake = Lake(root)
        lake.append(self._catalog(), source="fairlead")
        self._chunks(root, "pipeline_runs", self.runs, self._run_columns)
        self._chunks(root, "deployments", self.deployments, self._deployment_columns)
        self._chunks(root, "deployment_failures", self.deployments // 12, self._failure_columns)
        self._chunks(root, "changes", self.deployments, self._change_columns)
        self._chunks(root, "deployment_changes", self.deployments, self._link_columns)
        self._chunks(root, "incidents", self.incidents, self._incident_columns)
        return lake

    def model(self) -> Model:
        """The operating model that the catalog was taken from."""
        return Model.of(
            Service.model_validate(
                {
                    "apiVersion": "fairlead/v1", "kind": "Service", "id": row.values["entity_id"],
                    "owner": row.values["team_id"], "tier": row.values["tier"],
                    "repositories": [row.values["repo_id"]],
                }
            )
            for row in self._catalog()
        )  # fmt: skip

    def _catalog(self) -> list[Fact]:
        began = datetime(1970, 1, 1, tzinfo=UTC)
        return [
            Fact(
                "catalog_entities",
                {
                    "entity_id": f"s{number}", "valid_from_at": began, "kind": "Service",
                    "name": f"s{number}", "team_id": f"team{number % 40}",
                    "tier": f"tier-{number % 3 + 1}", "repo_id": f"acme/s{number}",
                    "is_tombstone": False,
                },
                order=order_of(began),
            )
            for number in range(self.services)
        ]  # fmt: skip

    def _chunks(self, root: Path, name: str, total: int, columns: object) -> None:
        for begin in range(0, total, CHUNK):
            count = min(CHUNK, total - begin)
            made = columns(begin, count)  # type: ignore[operator]
            table = self._with_versions(name, self._table(name, begin, count, made))
            write_deltalake(str(root / name), table, mode="append", schema_mode="merge")

    def _table(self, name: str, begin: int, count: int, made: dict[str, object]) -> pa.Table:
        ids = np.arange(begin, begin + count)
        common: dict[str, object] = {
            "fact_id": [f"{name}-{i}" for i in ids],
            "source": ["bench"] * count,
            "recorded_at": pa.array(np.full(count, START), pa.timestamp("us", tz="UTC")),
            "source_order": ids,
            "key_hash": ids * 7919,
            "content_sha256": [f"{i:064x}" for i in ids],
            "is_retracted": np.zeros(count, dtype=bool),
        }
        schema = arrow_schema(fact_type(name))
        arrays = []
        for field in schema:
            values = {**common, **made}.get(field.name)
            if values is None:
                arrays.append(pa.nulls(count, field.type))
            elif isinstance(values, pa.Array):
                arrays.append(values.cast(field.type))
            else:
                arrays.append(pa.array(values, type=field.type))
        return pa.Table.from_arrays(arrays, schema=schema)

    def _with_versions(self, name: str, table: pa.Table) -> pa.Table:
        """The rows, and of some the version before: its order is lower, its end unknown."""
        earlier = table.filter(pa.array(self.random.random(table.num_rows) < VERSIONED))
        order = pc.subtract(earlier["source_order"], 1)
        digests = [f"{value + (1 << 60):064x}" for value in order.to_pylist()]
        replaced: dict[str, pa.Array] = {
            "fact_id": pc.binary_join_element_wise(earlier["fact_id"], "earlier", "-"),
            "source_order": order,
            "content_sha256": pa.array(digests, pa.string()),
        }
        key = fact_type(name).key
        for column in NOT_YET_KNOWN:
            if column in table.column_names and column not in key:
                replaced[column] = pa.nulls(earlier.num_rows, table.schema.field(column).type)
        for column, values in replaced.items():
            index = table.schema.get_field_index(column)
            earlier = earlier.set_column(index, table.schema.field(column), values)
        return pa.concat_tables([table, earlier])

    def _instants(self, count: int) -> np.ndarray:
        return START + self.random.integers(0, self.months * MONTH, count)

    def _pick(self, count: int, choices: list[str], weights: list[float]) -> list[str]:
        return list(np.array(choices, dtype=object)[
            self.random.choice(len(choices), count, p=np.array(weights) / sum(weights))
        ])  # fmt: skip

    def _service(self, count: int) -> np.ndarray:
        return self.random.integers(0, self.services, count)

    def _run_columns(self, begin: int, count: int) -> dict[str, object]:
        service, created = self._service(count), self._instants(count)
        queue = self.random.integers(1, 120, count)
        lasted = (self.random.lognormal(6, 0.6, count)).astype(int) + 20
        attempt = np.where(self.random.random(count) < 0.02, 2, 1)
        return {
            "run_ref": [f"r{i}" for i in np.arange(begin, begin + count) - (attempt - 1)],
            "attempt_count": attempt,
            "pipeline_id": [f"acme/s{s}:ci" for s in service],
            "repo_id": [f"acme/s{s}" for s in service],
            "is_default_branch": self.random.random(count) < 0.6,
            "branch": ["main"] * count,
            "kind": self._pick(count, ["ci", "deploy"], [0.8, 0.2]),
            "rerun_kind": self._pick(count, ["none", "human", "automatic"], [0.97, 0.02, 0.01]),
            "result": self._pick(
                count, ["success", "failure", "error", "cancelled"], [0.85, 0.1, 0.02, 0.03]
            ),
            "state": ["finished"] * count,
            "created_at": _instant(created),
            "started_at": _instant(created + queue * 1_000_000),
            "finished_at": _instant(created + (queue + lasted) * 1_000_000),
            "queue_seconds": queue,
            "blocked_seconds": np.zeros(count, dtype=int),
            "duration_seconds": lasted,
            "commit_sha": [f"{i:040x}" for i in range(begin, begin + count)],
        }

    def _deployment_columns(self, begin: int, count: int) -> dict[str, object]:
        service, finished = self._service(count), self._instants(count)
        ids = np.arange(begin, begin + count)
        return {
            "deployment_ref": [f"d{i}" for i in ids],
            "deployment_id": [f"d{i}" for i in ids],
            "group_id": [f"g{i}" for i in ids],
            "service_id": [f"s{s}" for s in service],
            "repo_id": [f"acme/s{s}" for s in service],
            "environment": ["prod"] * count,
            "stage": self._pick(count, ["production", "staging"], [0.7, 0.3]),
            "kind": self._pick(
                count, ["normal", "hotfix", "rollback", "redeploy"], [0.9, 0.04, 0.03, 0.03]
            ),
            "mechanism": ["code"] * count,
            "commit_sha": [f"{i:040x}" for i in ids],
            "started_at": _instant(finished - 60_000_000),
            "created_at": _instant(finished - 90_000_000),
            "finished_at": _instant(finished),
            "outcome": self._pick(count, ["success", "failure"], [0.95, 0.05]),
        }

    def _failure_columns(self, begin: int, count: int) -> dict[str, object]:
        ids = self.random.integers(0, self.deployments, count)
        failed = self._instants(count)
        return {
            "deployment_id": [f"d{i}" for i in ids],
            "evidence_kind": ["incident"] * count,
            "evidence_ref": [f"incident:i{begin + i}" for i in range(count)],
            "confidence_ratio": self.random.random(count) / 2 + 0.5,
            "state": self._pick(count, ["accepted", "suspected"], [0.8, 0.2]),
            "failed_at": _instant(failed),
            "recovered_at": _instant(failed + 3_600_000_000),
        }

    def _change_columns(self, begin: int, count: int) -> dict[str, object]:
        service, merged = self._service(count), self._instants(count)
        ids = np.arange(begin, begin + count)
        return {
            "repo_id": [f"acme/s{s}" for s in service],
            "change_ref": [f"pr:{i}" for i in ids],
            "change_id": [f"c{i}" for i in ids],
            "author_kind": self._pick(count, ["human", "bot"], [0.85, 0.15]),
            "state": ["merged"] * count,
            "merged_at": _instant(merged),
        }

    def _link_columns(self, begin: int, count: int) -> dict[str, object]:
        ids = np.arange(begin, begin + count)
        seconds = (self.random.lognormal(10.5, 1.0, count)).astype(int)
        return {
            "deployment_id": [f"d{i}" for i in ids],
            "change_id": [f"c{i}" for i in ids],
            "role": ["first"] * count,
            "lead_time_seconds": seconds,
            "merge_to_production_seconds": seconds // 4,
            "coding_seconds": seconds // 2,
            "deployed_at": _instant(self._instants(count)),
        }

    def _incident_columns(self, begin: int, count: int) -> dict[str, object]:
        service, declared = self._service(count), self._instants(count)
        lasted = (self.random.lognormal(8, 1.0, count)).astype(int) * 1_000_000
        return {
            "incident_id": [f"i{begin + i}" for i in range(count)],
            "kind": ["incident"] * count,
            "state": ["resolved"] * count,
            "severity_final": self._pick(count, ["sev1", "sev2", "sev3", "sev4"], [1, 3, 6, 4]),
            "service_ids": pa.array([[f"s{s}"] for s in service]),
            "declared_at": _instant(declared),
            "detected_at": _instant(declared - 60_000_000),
            "acknowledged_at": _instant(declared + 120_000_000),
            "first_paged_at": _instant(declared + 30_000_000),
            "mitigated_at": _instant(declared + lasted),
            "resolved_at": _instant(declared + lasted + 600_000_000),
        }


def _instant(micros: np.ndarray) -> pa.Array:
    return pa.array(micros.astype("int64"), pa.timestamp("us", tz="UTC"))


def write_lake(root: Path, sizes: dict[str, int]) -> None:
    """Fill a lake; run apart, so that filling leaves nothing in the memory that is measured."""
    Volume(**sizes).write(root)

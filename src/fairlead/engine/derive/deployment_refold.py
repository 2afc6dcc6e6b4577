"""Recomputes only the suffix of the lanes that new messages touch, and equals a rebuild.

Touched are the deployments that the new rows speak of. From the earliest finish that one of them
had or has, each lane is judged again; what lies before keeps its judgement. Groups span the
environments of a service, so they are formed again for the whole service. What else a judgement
reads (history, changes, incidents) is asked as it is now: where that itself changed for deployments
before the suffix, derive the service anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fairlead.engine.derive.deployment_rows import placement_of_row, settled_of_row
from fairlead.engine.derive.deployments import rows_of
from fairlead.engine.derive.hotfix_signs import HotfixSigns, read_hotfix_signs
from fairlead.engine.derive.placements import Catalog, always, placements_of
from fairlead.engine.derive.reader import FactReader, Row
from fairlead.methods.deployment_kind import Ancestry
from fairlead.methods.deployment_timeline import Lane, Placement
from fairlead.opmodel.model import Model

NewRows = Mapping[str, Sequence[Row]]
Partition = tuple[str | None, str | None]


@dataclass(frozen=True)
class Refold:
    """Rows of the touched services before and after; `partitions` are what was recomputed."""

    before: list[Row]
    after: list[Row]
    partitions: frozenset[Partition]
    recomputed_count: int


@dataclass(frozen=True)
class _Sought:
    """References of deployments, runs and repositories (of release tags) to be read."""

    deployment_refs: Collection[str]
    run_refs: Collection[str]
    repo_ids: Collection[str]


@dataclass(frozen=True)
class _Reading:
    """What every step reads from."""

    reader: FactReader
    model: Model
    catalog: Catalog
    as_of: datetime | None

    def placements(self, sought: _Sought) -> list[Placement]:
        return placements_of(
            self.reader,
            self.model,
            self.catalog,
            self.as_of,
            deployment_refs=sought.deployment_refs,
            run_refs=sought.run_refs,
            repo_ids=sought.repo_ids,
        )

    def deployments(self, column: str, values: Collection[str]) -> list[Row]:
        return self.reader.rows("deployments", where={column: values}) if values else []


def affected_keys(
    reader: FactReader,
    model: Model,
    as_of: datetime | None,
    new_rows: NewRows,
    *,
    catalog: Catalog | None = None,
) -> frozenset[Partition]:
    """The (service, environment) partitions that new rows touch, before or after."""
    reading = _Reading(reader, model, catalog or always(model), as_of)
    touched, stale = _touched(reading, new_rows)
    return _partitions(touched, stale)


def refold_deployments(
    reader: FactReader,
    model: Model,
    ancestry: Ancestry,
    as_of: datetime | None,
    new_rows: NewRows,
    *,
    catalog: Catalog | None = None,
    signs: HotfixSigns | None = None,
) -> Refold:
    """Rows of the services that `new_rows` (by fact type, already readable) touch, made anew.

    The reader serves `deployments` as they were derived before. `signs` may be kept between calls
    while neither changes nor incidents moved.
    """
    reading = _Reading(reader, model, catalog or always(model), as_of)
    touched, stale = _touched(reading, new_rows)
    stale_ids = {row["deployment_id"] for row in stale}
    services = {place.service_id for place in touched} | {row["service_id"] for row in stale}
    known_rows = reading.deployments("service_id", [name for name in services if name])
    kept = [row for row in known_rows if row["deployment_id"] not in stale_ids]
    suffix_ids = _suffix_ids(kept, touched, stale)
    prefix = [row for row in kept if row["deployment_id"] not in suffix_ids]
    suffix = _reread(reading, [row for row in kept if row["deployment_id"] in suffix_ids])
    finished = [row for row in prefix if row.get("finished_at") is not None]
    rows = rows_of(
        [*map(placement_of_row, finished), *suffix, *touched],
        ancestry,
        signs or read_hotfix_signs(reader, ancestry),
        reading.catalog,
        {row["deployment_id"]: settled_of_row(row) for row in finished},
    )
    unfinished = [row for row in prefix if row.get("finished_at") is None]
    return Refold(
        before=[*kept, *stale],
        after=[*rows, *unfinished],
        partitions=_partitions(touched, stale),
        recomputed_count=len(suffix) + len(touched),
    )


def _touched(reading: _Reading, new_rows: NewRows) -> tuple[list[Placement], list[Row]]:
    """Placements that the new rows speak of, and the rows that stand for them so far."""
    events = new_rows.get("deployment_events", ())
    runs = [*new_rows.get("pipeline_runs", ()), *new_rows.get("pipeline_jobs", ())]
    run_refs = {row["run_ref"] for row in [*events, *runs] if row.get("run_ref")}
    repo_ids = {row["repo_id"] for row in new_rows.get("releases", ()) if row.get("repo_id")}
    refs = {row["deployment_ref"] for row in events if row.get("deployment_ref")}
    stale = reading.deployments("deployment_ref", _with_services(refs, reading.model))
    of_runs = reading.deployments("run_ref", run_refs)
    stale += of_runs + [row for row in reading.deployments("repo_id", repo_ids) if _is_tag(row)]
    run_refs |= {row["run_ref"] for row in stale if row.get("run_ref")}
    refs |= {_source_ref(row) for row in of_runs}
    placed = reading.placements(_Sought(refs, run_refs, repo_ids))
    return placed, list({row["deployment_id"]: row for row in stale}.values())


def _with_services(refs: Iterable[str], model: Model) -> set[str]:
    """References as sent, and as they are suffixed for each service of a monorepo."""
    given = set(refs)
    shared = {
        service.id
        for services in model.services_by_repository.values()
        if len(services) > 1
        for service in services
    }
    return given | {f"{ref}#{service}" for ref in given for service in shared}


def _source_ref(row: Row) -> str:
    return str(row["deployment_ref"]).removesuffix(f"#{row.get('service_id')}")


def _is_tag(row: Row) -> bool:
    ref = str(row["deployment_ref"])
    return ref.startswith("rule:") and ":tag:" in ref


def _partitions(touched: Iterable[Placement], stale: Iterable[Row]) -> frozenset[Partition]:
    return frozenset(
        {
            *((place.service_id, place.environment) for place in touched),
            *((row.get("service_id"), row.get("environment")) for row in stale),
        }
    )


def _suffix_ids(
    kept: Sequence[Row], touched: Iterable[Placement], stale: Iterable[Row]
) -> frozenset[str]:
    """Ids of kept rows that finish at or after the earliest touched finish of their lane."""
    since: dict[Lane, datetime] = {}
    for place in [*touched, *map(placement_of_row, stale)]:
        if place.finished_at is not None:
            earliest = since.get(place.lane, place.finished_at)
            since[place.lane] = min(earliest, place.finished_at)
    found: set[str] = set()
    for row in kept:
        finished_at = row.get("finished_at")
        begin = since.get(_lane_of(row))
        if finished_at is not None and begin is not None and finished_at >= begin:
            found.add(row["deployment_id"])
    return frozenset(found)


def _lane_of(row: Row) -> Lane:
    shadow = row.get("source") if row.get("is_shadow") else None
    return Lane(row.get("service_id"), row.get("environment"), row["mechanism"], shadow)


def _reread(reading: _Reading, rows: Sequence[Row]) -> list[Placement]:
    """Placements of rows from their own messages: what was stated is not in the row."""
    wanted = {row["deployment_id"] for row in rows}
    by_rule = [row for row in rows if str(row["deployment_ref"]).startswith("rule:")]
    sought = _Sought(
        deployment_refs={_source_ref(row) for row in rows},
        run_refs={row["run_ref"] for row in by_rule if row.get("run_ref")},
        repo_ids={row["repo_id"] for row in by_rule if _is_tag(row) and row.get("repo_id")},
    )
    found = reading.placements(sought)
    return [place for place in found if place.deployment_id in wanted]

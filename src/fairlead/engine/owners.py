"""Which service a pipeline or an incident's words stood for, as tables with validity.

A tool knows repositories, pipelines and names; the catalog says whose they were at the time. Each
table has `map_valid_from_at` and `map_valid_to_at`; what stays from era to era is one row.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any, TypeVar

import ibis.expr.types as ir
import pyarrow as pa

from fairlead.engine.catalog import BEGINNING, END, Era
from fairlead.kpis.shelf import instant
from fairlead.opmodel.model import Model

INSTANT = pa.timestamp("us", tz="UTC")
PIPELINES_SCHEMA = pa.schema(
    [
        ("map_repo_id", pa.string()),
        ("map_pipeline_id", pa.string()),
        ("map_service_id", pa.string()),
        ("map_is_standard", pa.bool_()),
        ("map_valid_from_at", INSTANT),
        ("map_valid_to_at", INSTANT),
    ]
)
NAMES_SCHEMA = pa.schema(
    [
        ("map_refs", pa.string()),
        ("map_service_ids", pa.list_(pa.string())),
        ("map_valid_from_at", INSTANT),
        ("map_valid_to_at", INSTANT),
    ]
)
SEPARATOR = "\x1f"
Key = TypeVar("Key", bound=Hashable)


def pipeline_owners(eras: Sequence[Era], pipelines: Sequence[tuple[str, str | None]]) -> pa.Table:
    """The service of each (repo_id, pipeline_id), and whether it is a standard pipeline.

    A repository of one service belongs to it; in a monorepo a service owns the pipelines that its
    `pipelines` globs name; others stay without a service. A pipeline is standard when a glob of
    its service, or of any service of the repository, says so; null when no service declares any.
    """
    rows = [(*key, *value) for key, value in _over_time(eras, pipelines, _pipeline_owner)]
    return _table(rows, PIPELINES_SCHEMA)


def _pipeline_owner(
    model: Model, pipeline: tuple[str, str | None]
) -> tuple[str | None, bool | None]:
    repo_id, pipeline_id = pipeline
    services = model.services_by_repository.get(repo_id, ())
    owner = services[0].id if len(services) == 1 else None
    for service in services:
        if any(fnmatchcase(pipeline_id or "", glob) for glob in service.pipelines):
            owner = service.id
    globs = [
        glob
        for service in services
        if owner in (None, service.id)
        for glob in service.standard_pipelines
    ]
    return owner, any(fnmatchcase(pipeline_id or "", g) for g in globs) if globs else None


def named_services(eras: Sequence[Era], names: Sequence[tuple[str, ...]]) -> pa.Table:
    """The services that the words of a tool stand for, by the words joined with `SEPARATOR`."""
    rows = [
        (SEPARATOR.join(key), *value) for key, value in _over_time(eras, names, _services_named)
    ]
    return _table(rows, NAMES_SCHEMA)


def _services_named(model: Model, names: tuple[str, ...]) -> tuple[list[str]]:
    known = [model.service_of_name(name) for name in names]
    return (list(dict.fromkeys(name for name in known if name)),)


def _over_time(
    eras: Sequence[Era], keys: Sequence[Key], find: Callable[[Model, Key], tuple[Any, ...]]
) -> Iterator[tuple[Key, tuple[Any, ...]]]:
    """For each key its values with the start and end of the time in which they held."""
    for key in keys:
        held, start = find(eras[0].model, key), eras[0].valid_from_at
        for era in eras[1:]:
            found = find(era.model, key)
            if found != held:
                yield key, (*held, start, era.valid_from_at)
                held, start = found, era.valid_from_at
        yield key, (*held, start, eras[-1].valid_to_at)


def _table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in schema]
    arrays = [pa.array(c, type=f.type) for c, f in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def holds_at(table: pa.Table, owned: ir.Table, moment: ir.TimestampValue) -> list[ir.BooleanValue]:
    """Conditions under which a row holds at a moment; none where `table` never changed.

    Without a moment the latest row holds.
    """
    if set(table["map_valid_from_at"].to_pylist()) <= {BEGINNING}:
        return []
    at = moment.fill_null(instant(END - timedelta(days=1)))
    return [at >= owned.map_valid_from_at, at < owned.map_valid_to_at]

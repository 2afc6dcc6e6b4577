"""Runs one fold over rows in memory: what conformance cases and the command line call.

Each fold reads the fact types that it needs from `rows` and gives rows of the types it derives.
History is taken from `commits` and `commit_files` among the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from fairlead.engine.derive.alerts import derive_alerts
from fairlead.engine.derive.deployments import derive_deployments
from fairlead.engine.derive.failures import derive_failures
from fairlead.engine.derive.reader import FactReader, Row, RowReader
from fairlead.kernel.diagnostic import fail
from fairlead.opmodel.model import Model

Derived = dict[str, list[Row]]
Fold = Callable[[FactReader, Model, datetime | None], Derived]


def _deployments(reader: FactReader, model: Model, as_of: datetime | None) -> Derived:
    from fairlead.engine.derive.repositories import graph_ancestry

    return {"deployments": derive_deployments(reader, model, graph_ancestry(reader), as_of)}


def _deployment_failures(reader: FactReader, model: Model, as_of: datetime | None) -> Derived:
    return {"deployment_failures": derive_failures(reader, model, as_of)}


def _deployment_changes(reader: FactReader, model: Model, as_of: datetime | None) -> Derived:
    from fairlead.engine.derive.deployment_changes import derive_deployment_changes

    found = derive_deployment_changes(reader, model, as_of)
    return {
        "changes": found.changes,
        "deployment_changes": found.deployment_changes,
        "unlinked": found.unlinked,
    }


def _release_commits(reader: FactReader, model: Model, as_of: datetime | None) -> Derived:  # noqa: ARG001
    from fairlead.methods.release_rows import release_commit_rows

    releases = [
        row
        for row in reader.rows("releases")
        if as_of is None or row.get("released_at") is None or row["released_at"] <= as_of
    ]
    return {"release_commits": release_commit_rows(reader.rows("commits"), releases)}


def _alerts(reader: FactReader, model: Model, as_of: datetime | None) -> Derived:
    return {"alerts": derive_alerts(reader, model, as_of)}


FOLDS: Mapping[str, Fold] = {
    "alerts": _alerts,
    "deployment_changes": _deployment_changes,
    "deployment_failures": _deployment_failures,
    "deployments": _deployments,
    "release_commits": _release_commits,
}


def run_fold(
    fold: str, rows: Mapping[str, Sequence[Row]], model: Model, as_of: datetime | None
) -> Derived:
    """Rows that a fold derives, by fact type; FL4104 when there is no such fold."""
    if fold not in FOLDS:
        raise fail("FL4104", f"no fold `{fold}`", notes=[f"folds: {', '.join(sorted(FOLDS))}"])
    return FOLDS[fold](RowReader(rows), model, as_of)

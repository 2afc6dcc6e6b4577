"""Derives `release_commits`: each commit with the first release that contains it (4.32).

A release's service is the one that its tag names, else the repository's only one, else null.
"""

from __future__ import annotations

from datetime import datetime

from fairlead.engine.derive.reader import FactReader, Row
from fairlead.methods.release_rows import release_commit_rows
from fairlead.opmodel.model import Model


def derive_release_commits(
    reader: FactReader, model: Model, as_of: datetime | None = None
) -> list[Row]:
    """Rows of `release_commits` from the current commits and the releases until an instant."""
    releases = [
        {**row, "service_id": model.service_of_name(row.get("service_id")) or row.get("service_id")}
        for row in reader.rows("releases")
        if as_of is None or row.get("released_at") is None or row["released_at"] <= as_of
    ]
    return [
        {**row, "service_id": row["service_id"] or _only_service(model, row["repo_id"])}
        for row in release_commit_rows(reader.rows("commits"), releases)
    ]


def _only_service(model: Model, repo_id: str) -> str | None:
    services = model.services_by_repository.get(repo_id, ())
    return services[0].id if len(services) == 1 else None

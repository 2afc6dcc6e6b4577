"""The timelines in which versions take their place: what was deployed where, of which repository.

A timeline is one (service, environment, repository). Counted deployments and redeploys of
production move it; shadows, flags, and what never finished do not. What cannot take its place,
for want of a SHA or a repository, is told with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from fairlead.engine.derive.reader import FactReader, Row
from fairlead.methods.ranges import Step
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.model import Model

Lane = tuple[str, str, str]
# These alter production without a version of the code.
_WITHOUT_VERSION = ("config", "flag", "data_migration")


@dataclass
class Shipping:
    """Deployments by lane (service, environment, repository), and those left out."""

    lanes: dict[Lane, list[Row]] = field(default_factory=dict)
    left_out: list[Row] = field(default_factory=list)

    @property
    def repo_ids(self) -> set[str]:
        """Every repository of which something was deployed."""
        return {repo_id for _, _, repo_id in self.lanes}


def read_shipping(reader: FactReader, model: Model, as_of: datetime | None) -> Shipping:
    """The production deployments up to `as_of`, each in its lane."""
    found = Shipping()
    for row in reader.rows("deployments", where={"stage": ["production"]}):
        if not _takes_place(row) or (as_of is not None and row["finished_at"] > as_of):
            continue
        repo_id = row.get("repo_id") or only_repository(model, row["service_id"])
        if not row.get("commit_sha") and row.get("mechanism") in _WITHOUT_VERSION:
            continue
        if repo_id is None:
            reason = "repo_unmapped" if row.get("commit_sha") else "deployment_without_sha"
            found.left_out.append(left_out(row, None, reason))
            continue
        lane = (row["service_id"], row.get("environment") or "", repo_id)
        found.lanes.setdefault(lane, []).append(row)
    return found


def left_out(row: Row, repo_id: str | None, reason: str, cause: str | None = None) -> Row:
    """A deployment whose changes are not known, as a line of the list of what is not linked."""
    return {
        "repo_id": repo_id,
        "change_id": None,
        "change_ref": None,
        "deployment_id": row["deployment_id"],
        "service_id": row["service_id"],
        "environment": row.get("environment"),
        "reason": reason,
        "cause": cause,
        "at": row["finished_at"],
    }


def steps_of(deployments: Iterable[Row]) -> list[Step]:
    """The steps of a timeline; redeploys move it and are not counted."""
    return [
        Step(
            row["deployment_id"],
            row["finished_at"],
            row.get("commit_sha"),
            row.get("kind") != "redeploy",
        )
        for row in deployments
    ]


def _takes_place(row: Row) -> bool:
    return (
        row.get("outcome") in ("success", "degraded")
        and not row.get("is_shadow")
        and row.get("mechanism") != "flag"
        and row.get("finished_at") is not None
        and row.get("service_id") is not None
    )


def only_repository(model: Model, service_id: str | None) -> str | None:
    """The repository of a service that has but one; None otherwise."""
    service = model.all_of(Service).get(service_id or "")
    repositories = service.repositories if service else []
    return repositories[0] if len(repositories) == 1 else None

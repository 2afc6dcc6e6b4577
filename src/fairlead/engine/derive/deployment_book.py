"""Deployments as failure evidence looks them up: by id, by change, by predecessor, by version.

A deployment counts when its stage is production, it came to run, it is no redeploy and no shadow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fairlead.engine.derive.change_rows import change_id_of
from fairlead.engine.derive.reader import Row
from fairlead.methods.deployment_timeline import LIVE
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.model import Model

Site = tuple[str | None, str | None, str]


def is_counted(row: Row) -> bool:
    """Whether the deployment enters the delivery KPIs."""
    return (
        row.get("stage") == "production"
        and row.get("outcome") in LIVE
        and row.get("kind") != "redeploy"
        and not row.get("is_shadow")
        and row.get("finished_at") is not None
    )


@dataclass(frozen=True)
class DeploymentBook:
    """Rows of `deployments` with their look-ups; counted ones in the order of finish."""

    by_id: Mapping[str, Row]
    counted: tuple[Row, ...]
    predecessor: Mapping[str, Row]
    successors: Mapping[str, tuple[Row, ...]]
    shipping: Mapping[str, tuple[Row, ...]]
    in_range: Mapping[str, tuple[Row, ...]]
    default_horizon: timedelta
    horizons: Mapping[str, timedelta] = field(default_factory=dict)

    def horizon(self, row: Row) -> timedelta:
        """The time in which failure evidence of this deployment may appear."""
        seconds = row.get("observation_seconds")
        if seconds is not None:
            return timedelta(seconds=seconds)
        return self.horizons.get(row.get("service_id") or "", self.default_horizon)

    def is_within_horizon(self, row: Row, instant: datetime) -> bool:
        """Whether an instant lies in [finish, finish + H)."""
        elapsed: timedelta = instant - row["finished_at"]
        return timedelta() <= elapsed < self.horizon(row)


def finish_order(row: Row) -> tuple[datetime, str]:
    """The order of deployments on a timeline."""
    return (row["finished_at"], str(row["deployment_id"]))


def site_of(row: Row) -> Site:
    """Where a version runs: service, environment and mechanism."""
    return (row.get("service_id"), row.get("environment"), row.get("mechanism") or "code")


def open_book(
    deployments: Iterable[Row], deployment_changes: Iterable[Row], model: Model
) -> DeploymentBook:
    """The look-ups over these rows."""
    by_id = {str(row["deployment_id"]): row for row in deployments if row.get("deployment_id")}
    counted = sorted((row for row in by_id.values() if is_counted(row)), key=finish_order)
    predecessor: dict[str, Row] = {}
    successors: dict[str, list[Row]] = {}
    latest: dict[Site, Row] = {}
    for row in counted:
        before = latest.get(site_of(row))
        if before is not None:
            predecessor[row["deployment_id"]] = before
            successors.setdefault(before["deployment_id"], []).append(row)
        latest[site_of(row)] = row
    shipping, in_range = _by_change(by_id, deployment_changes)
    services = model.all_of(Service).values()
    return DeploymentBook(
        by_id=by_id,
        counted=tuple(counted),
        predecessor=predecessor,
        successors={key: tuple(rows) for key, rows in successors.items()},
        shipping=shipping,
        in_range=in_range,
        default_horizon=timedelta(seconds=model.workspace.observation_seconds),
        horizons={
            service.id: timedelta(seconds=service.observation_seconds)
            for service in services
            if service.observation_seconds is not None
        },
    )


def _by_change(
    by_id: Mapping[str, Row], links: Iterable[Row]
) -> tuple[dict[str, tuple[Row, ...]], dict[str, tuple[Row, ...]]]:
    """Counted deployments that first shipped a change, and those with it in their range."""
    first: dict[str, list[Row]] = {}
    any_role: dict[str, list[Row]] = {}
    for link in links:
        row = by_id.get(str(link.get("deployment_id")))
        if row is None or not is_counted(row) or link.get("role") not in ("first", "reshipped"):
            continue
        any_role.setdefault(link["change_id"], []).append(row)
        if link["role"] == "first":
            first.setdefault(link["change_id"], []).append(row)
    return (
        {key: tuple(sorted(rows, key=finish_order)) for key, rows in first.items()},
        {key: tuple(sorted(rows, key=finish_order)) for key, rows in any_role.items()},
    )


def id_of_change(change: Row) -> str:
    """The id of a change, made of its key where the source gave none."""
    given = change.get("change_id")
    return str(given) if given else change_id_of(change["repo_id"], change["change_ref"])

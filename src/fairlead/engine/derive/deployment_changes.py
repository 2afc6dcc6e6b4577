"""Derives `deployment_changes`: the changes of every shipped range, with lead time in stages.

Goes repository by repository: commits and pull requests become changes, each timeline of a service
gives ranges, and a change's first arrival gives its lead time. What has no first arrival is listed
with the reason. Equal facts give equal rows, in any order of arrival.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fairlead.engine.derive.built_at import BuildInstants, artifacts_of
from fairlead.engine.derive.change_rows import (
    ChangeRows,
    change_id_of,
    is_lone,
    pull_request,
    reviewed,
)
from fairlead.engine.derive.reader import FactReader, Row
from fairlead.engine.derive.repositories import Repository, load_repositories, rows_by_repository
from fairlead.engine.derive.shipping import Lane, Shipping, left_out, read_shipping, steps_of
from fairlead.methods.change_links import ChangeLinks, confidence, link_changes
from fairlead.methods.change_roles import ChangeRoles, ShippedChange, belonging
from fairlead.methods.lead_time import STAGES, Instants, lead_time
from fairlead.methods.ranges import FIRST_DEPLOYMENT, ranges_of
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.model import Model

_RANGE_UNKNOWN = ("commit_unknown", "base_unknown", "shallow_boundary", "baseline_unknown")


@dataclass
class DerivedChanges:
    """Rows of `changes` and `deployment_changes`, and what is linked to no deployment, with why.

    `path_unknown_count` of the deployment's changes belong to a service only because nobody told
    the files of their commits.
    """

    changes: list[Row] = field(default_factory=list)
    deployment_changes: list[Row] = field(default_factory=list)
    unlinked: list[Row] = field(default_factory=list)
    path_unknown_count: int = 0


def derive_deployment_changes(
    reader: FactReader,
    model: Model,
    as_of: datetime | None,
    *,
    repo_ids: Collection[str] | None = None,
) -> DerivedChanges:
    """Everything that changes and deployments of production say of each other.

    With `repo_ids` only these repositories are looked at: what a late fact of theirs can alter.
    """
    found = DerivedChanges()
    shipping = read_shipping(reader, model, as_of)
    requests = _requests(reader)
    mapped = {*model.services_by_repository, *shipping.repo_ids}
    if repo_ids is None:
        found.unlinked.extend(shipping.left_out)
    else:
        mapped &= set(repo_ids)
        requests = {repo_id: rows for repo_id, rows in requests.items() if repo_id in repo_ids}
    artifacts = artifacts_of(
        reader, (row for lane, rows in shipping.lanes.items() if lane[2] in mapped for row in rows)
    )
    for repository in load_repositories(reader, mapped):
        runs = rows_by_repository(reader, "pipeline_runs", [repository.repo_id])
        own = requests.pop(repository.repo_id, [])
        builds = BuildInstants(artifacts, runs.get(repository.repo_id, ()))
        heads = [
            run["commit_sha"]
            for run in runs.get(repository.repo_id, ())
            if run.get("is_default_branch") and run.get("commit_sha")
        ]
        _RepositoryFold(repository, own, shipping, model, builds, heads).run(found)
    for repo_id, rows in sorted(requests.items()):
        _without_service(repo_id, rows, found)
    found.changes.sort(key=lambda row: (row["repo_id"], row["change_ref"]))
    found.deployment_changes.sort(key=lambda row: (row["deployment_id"], row["change_id"]))
    return found


def _requests(reader: FactReader) -> dict[str, list[Row]]:
    """Pull requests by repository, each with what its reviews tell."""
    reviews: dict[tuple[str, str], list[Row]] = {}
    for row in reader.rows("change_reviews"):
        reviews.setdefault((row["repo_id"], row["change_ref"]), []).append(row)
    found: dict[str, list[Row]] = {}
    for row in reader.rows("changes"):
        if not is_lone(row):
            told = reviews.get((row["repo_id"], row["change_ref"]), [])
            found.setdefault(row["repo_id"], []).append(reviewed(row, told))
    return found


def _without_service(repo_id: str, rows: Iterable[Row], found: DerivedChanges) -> None:
    for row in rows:
        change_id = row.get("change_id") or change_id_of(repo_id, row["change_ref"])
        found.changes.append(row | {"change_id": change_id})
        if row.get("merged_at") is not None:
            found.unlinked.append(_unlinked(row | {"change_id": change_id}, "repo_unmapped"))


def _unlinked(change: Row, reason: str) -> Row:
    return {
        "repo_id": change["repo_id"],
        "change_id": change["change_id"],
        "change_ref": change["change_ref"],
        "deployment_id": None,
        "service_id": None,
        "environment": None,
        "reason": reason,
        "cause": None,
        "at": change.get("merged_at"),
    }


class _RepositoryFold:
    """The work on one repository."""

    def __init__(
        self,
        repository: Repository,
        requests: Sequence[Row],
        shipping: Shipping,
        model: Model,
        builds: BuildInstants,
        default_heads: Sequence[str],
    ) -> None:
        self._repository, self._model, self._builds = repository, model, builds
        self._lanes = {
            lane: rows
            for lane, rows in sorted(shipping.lanes.items())
            if lane[2] == repository.repo_id
        }
        self._given = {row["change_ref"]: row for row in requests}
        self._links = self._link(requests, default_heads)
        self._rows = self._change_rows()
        self._statuses: dict[int, set[str]] = {}

    def run(self, found: DerivedChanges) -> None:
        """Add everything that this repository gives."""
        found.changes.extend(self._rows.values())
        for lane, deployments in self._lanes.items():
            self._walk(lane, deployments, found)
        found.unlinked.extend(self._not_linked())

    def _link(self, requests: Sequence[Row], default_heads: Sequence[str]) -> ChangeLinks:
        graph = self._repository.graph
        known = [graph.index[sha] for sha in default_heads if sha in graph.index]
        integrated: bytearray | None = None
        if known:
            integrated = bytearray(len(graph))
            merged = [row.get("merge_sha") for row in requests if row.get("merged_at")]
            deployed = [row.get("commit_sha") for rows in self._lanes.values() for row in rows]
            known += [graph.index[sha] for sha in (*merged, *deployed) if sha in graph.index]
            graph.unvisited(known, integrated)
        return link_changes(
            graph, self._repository.marks, [pull_request(row) for row in requests], integrated
        )

    def _change_rows(self) -> dict[int, Row]:
        """Rows of all changes by number; copies' empty numbers are no changes."""
        make = ChangeRows(
            self._repository, self._links, re.compile(self._model.workspace.ticket_pattern)
        )
        found: dict[int, Row] = {}
        for number, ref in enumerate(self._links.change_refs):
            given = self._given.get(ref)
            if given is not None:
                found[number] = make.completed(number, given)
            elif self._links.commits_of[number]:
                found[number] = make.lone(number)
        for number, reverted in self._links.reverts.items():
            if found[number].get("reverts_change_id") is None:
                found[number]["reverts_change_id"] = found[reverted]["change_id"]
        return found

    def _walk(self, lane: Lane, deployments: Sequence[Row], found: DerivedChanges) -> None:
        service = self._model.all_of(Service).get(lane[0])
        graph, history = self._repository.graph, self._repository.history
        globs = tuple(service.paths) if service else ()
        verdicts = belonging(history.touched, globs, self._links, graph)
        roles = ChangeRoles(graph, self._links, verdicts)
        by_id = {row["deployment_id"]: row for row in deployments}
        baseline = service.baseline if service else FIRST_DEPLOYMENT
        for shipped in ranges_of(graph, steps_of(deployments), baseline):
            deployment = by_id[shipped.deployment_id]
            if shipped.cause == "no_sha":
                found.unlinked.append(left_out(deployment, lane[2], "deployment_without_sha"))
            elif shipped.cause in _RANGE_UNKNOWN:
                found.unlinked.append(left_out(deployment, lane[2], "range_unknown", shipped.cause))
            head = graph.index.get(deployment.get("commit_sha") or "")
            changes = roles.take(shipped, head)
            if shipped.is_counted:
                self._emit(deployment, changes, found)
        self._note(roles.uncertain, "range_unknown")
        self._note(roles.unmatched, "path_unmatched")

    def _emit(
        self, deployment: Row, changes: Iterable[ShippedChange], found: DerivedChanges
    ) -> None:
        for shipped in changes:
            self._note([shipped.change], shipped.role)
            found.path_unknown_count += not shipped.is_path_known
            row = {
                "deployment_id": deployment["deployment_id"],
                "change_id": self._rows[shipped.change]["change_id"],
                "role": shipped.role,
                "link_rule": shipped.link_rule,
                "confidence_ratio": confidence(shipped.link_rule),
                "service_id": deployment["service_id"],
                "deployed_at": deployment["finished_at"],
            }
            if shipped.role == "first":
                row |= self._lead_time(deployment, self._rows[shipped.change])
            found.deployment_changes.append(row)

    def _lead_time(self, deployment: Row, change: Row) -> Row:
        found = lead_time(
            Instants(
                first_authored_at=change.get("first_authored_at"),
                opened_at=change.get("opened_at"),
                first_reviewed_at=change.get("first_reviewed_at"),
                approved_at=change.get("approved_at"),
                merged_at=change.get("merged_at"),
                built_at=self._builds.built_at(deployment, change.get("merge_sha")),
                deploy_started_at=deployment.get("started_at"),
                deployed_at=deployment["finished_at"],
            )
        )
        return {
            "lead_time_seconds": found.lead_time_seconds,
            "merge_to_production_seconds": found.merge_to_production_seconds,
            **{f"{stage}_seconds": found.stage_seconds.get(stage) for stage in STAGES},
            "unknown_stages": list(found.unknown_stages) or None,
            "excluded_reason": found.excluded_reason,
        }

    def _note(self, changes: Iterable[int], status: str) -> None:
        for change in changes:
            self._statuses.setdefault(change, set()).add(status)

    def _not_linked(self) -> Iterable[Row]:
        for number, row in self._rows.items():
            is_merged = row.get("state") == "merged" or row.get("merged_at") is not None
            if not is_merged or number in self._links.aliases:
                continue
            statuses = self._statuses.get(number, set())
            if "first" in statuses:
                continue
            known = ("before_baseline", "range_unknown", "path_unmatched")
            reason = next((status for status in known if status in statuses), None)
            if reason is None:
                has_commits = bool(self._links.commits_of[number])
                reason = "not_deployed_yet" if has_commits else "squash_unresolved"
            yield _unlinked(row, reason)

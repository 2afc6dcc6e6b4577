"""Brings derived facts up to date after new facts arrived: only what they touch is recomputed.

Order: catalog, deployments, changes and their links, failures, alerts, releases. Each step reads
the facts as they stand plus what the steps before it derived; only rows that differ are appended.
`derived.json` in the lake remembers the table versions up to which everything is derived.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from fairlead.engine.catalog import catalog_facts, catalog_over_time
from fairlead.engine.derive.alerts import affected_identities, derive_alerts
from fairlead.engine.derive.deployment_changes import derive_deployment_changes
from fairlead.engine.derive.deployment_refold import refold_deployments
from fairlead.engine.derive.deployments import derive_deployments
from fairlead.engine.derive.failures import derive_failures
from fairlead.engine.derive.reader import Row, Where
from fairlead.engine.derive.repositories import graph_ancestry
from fairlead.engine.derive.shipping import only_repository
from fairlead.engine.derive.versions import changed_versions
from fairlead.facts import Fact, fact_types
from fairlead.kernel.clock import SYSTEM_CLOCK, Clock
from fairlead.kernel.ids import content_sha256
from fairlead.methods.release_rows import release_commit_rows
from fairlead.opmodel.kinds.deployment_rule import DeploymentRule
from fairlead.opmodel.model import Model
from fairlead.store.lake import Appended, Lake
from fairlead.store.session import DuckSession

OWN_SOURCE = "fairlead"
SMALL = 2_000
# Raised when a fold changes its meaning: the next refresh then derives everything anew.
DERIVATION_VERSION = 1
MARK = "derived.json"
DEPLOYMENT_INPUTS = ("deployment_events", "releases")
RULE_INPUTS = ("pipeline_runs", "pipeline_jobs")
HISTORY_INPUTS = ("commits", "commit_files", "changes", "change_reviews")
CHANGE_INPUTS = (
    "commits", "commit_files", "changes", "change_reviews", "artifacts", "pipeline_runs",
)  # fmt: skip


class Rows(Protocol):
    """Current rows of facts."""

    def rows(self, fact_type: str, *, where: Where | None = None) -> list[Row]: ...


@dataclass
class Overlay:
    """Rows of the lake, with what was derived just now in place of what it held before."""

    below: Any
    derived: dict[str, list[Row]] = field(default_factory=dict)

    def rows(self, fact_type: str, *, where: Where | None = None) -> list[Row]:
        """Current rows of a fact type whose columns hold one of the wanted values."""
        if fact_type not in self.derived:
            found: list[Row] = self.below.rows(fact_type, where=where)
            return found
        wanted = [(column, frozenset(values)) for column, values in (where or {}).items()]
        return [
            row
            for row in self.derived[fact_type]
            if all(row.get(column) in values for column, values in wanted)
        ]


def refresh(
    lake: Lake, model: Model, clock: Clock = SYSTEM_CLOCK, *, rebuild: bool = False
) -> dict[str, int]:
    """Versions appended by fact type; equal to a rebuild from all facts, whatever arrived when."""
    now = clock.now()
    appended = _sync_catalog(lake, model, now)
    mark = _read_mark(lake.root)
    state = _state(lake, model)
    if mark is not None and mark["state"] == state and not rebuild:
        return appended
    whole = (
        rebuild
        or mark is None
        or any(mark["state"].get(name) != state[name] for name in ("model", "derivation"))
    )
    with DuckSession(lake) as session:
        fresh = None
        if mark is not None and not whole:
            fresh = _fresh_rows(session, lake, mark["state"]["versions"])
        facts = _Refresh(session, model, now, fresh).run()
        done = lake.append(facts, source=OWN_SOURCE, recorded_at=now)
    appended |= {name: count for name, count in done.written.items() if count}
    versions = state["versions"] | _own_versions(lake, done, state["versions"])
    _write_mark(lake.root, {**state, "versions": versions})
    return appended


def _sync_catalog(lake: Lake, model: Model, now: datetime) -> dict[str, int]:
    with DuckSession(lake) as session:
        facts = catalog_facts(model, session.rows("catalog_entities"), now)
    done = lake.append(facts, source=OWN_SOURCE, recorded_at=now)
    return {name: count for name, count in done.written.items() if count}


class _Refresh:
    """One refresh; `fresh` holds the rows that are new since the last one, or None for all."""

    def __init__(
        self,
        session: DuckSession,
        model: Model,
        now: datetime,
        fresh: Mapping[str, Sequence[Row]] | None,
    ) -> None:
        self.session, self.model, self.now, self.fresh = session, model, now, fresh
        self.overlay = Overlay(session)
        self.catalog = catalog_over_time(model, session.rows("catalog_entities"))
        self.facts: list[Fact] = []

    def run(self) -> list[Fact]:
        """Every changed version, in the order of the steps."""
        moved = self._deployments()
        self._changes(moved)
        self._failures()
        self._alerts()
        self._releases()
        return self.facts

    def _deployments(self) -> list[Row]:
        """Derive deployments; the rows that changed."""
        ancestry = graph_ancestry(self.overlay)
        inputs = DEPLOYMENT_INPUTS + (RULE_INPUTS if self._has_run_rules() else ())
        before = self.session.rows("deployments")
        fresh: dict[str, Sequence[Row]] | None = None
        if self.fresh is not None:
            fresh = {name: self.fresh.get(name, ()) for name in inputs}
            fresh["deployment_events"] = [*fresh["deployment_events"], *self._rejudged(before)]
        if fresh is not None and sum(map(len, fresh.values())) <= SMALL and before:
            if not any(fresh.values()):
                return []
            refold = refold_deployments(
                self.overlay, self.model, ancestry, None, fresh, catalog=self.catalog
            )
            touched = {_key(row) for row in (*refold.before, *refold.after)}
            after = [row for row in before if _key(row) not in touched] + refold.after
            versions = self._versions(refold.before, refold.after, "deployments")
        else:
            after = derive_deployments(
                self.overlay, self.model, ancestry, None, catalog=self.catalog
            )
            versions = self._versions(before, after, "deployments")
        self.overlay.derived["deployments"] = after
        return [dict(fact.values) for fact in versions]

    def _rejudged(self, deployments: Sequence[Row]) -> list[Row]:
        """Messages of known deployments whose history, changes or incidents are new."""
        assert self.fresh is not None  # asked only of an incremental refresh
        repos = {row["repo_id"] for name in HISTORY_INPUTS for row in self.fresh.get(name, ())}
        services: set[str | None] = set()
        for incident in self.fresh.get("incidents", ()):
            names = incident["service_refs"] or []
            services |= {self.model.service_of_name(name) for name in names}
            services |= set(incident["service_ids"] or [])
        services.discard(None)
        linked = {row["to_ref"].partition(":")[2] for row in self.fresh.get("incident_links", ())}
        refs = {
            row["deployment_ref"].partition("#")[0]
            for row in deployments
            if self._repository(row) in repos
            or row["service_id"] in services
            or row["deployment_id"] in linked
        }
        where = {"deployment_ref": refs}
        return self.session.rows("deployment_events", where=where) if refs else []

    def _has_run_rules(self) -> bool:
        rules = self.model.all_of(DeploymentRule).values()
        return any(rule.match.pipeline or rule.match.job or rule.match.branch for rule in rules)

    def _changes(self, moved: Sequence[Row]) -> None:
        repo_ids = self._touched_repositories(moved)
        if repo_ids is not None and not repo_ids:
            return
        found = derive_deployment_changes(self.overlay, self.model, None, repo_ids=repo_ids)
        deployments = self.overlay.rows("deployments")
        ids = {
            row["deployment_id"]
            for row in deployments
            if repo_ids and self._repository(row) in repo_ids
        }
        ids |= {row["deployment_id"] for row in moved}
        links = self.session.rows("deployment_changes")
        if repo_ids is not None:
            links = [row for row in links if row["deployment_id"] in ids]
        self._versions(links, found.deployment_changes, "deployment_changes")
        lone = [row for row in self.session.rows("changes") if _is_own_lone(row, repo_ids)]
        fresh_lone = [
            {**row, "source": OWN_SOURCE}
            for row in found.changes
            if row["change_ref"].startswith("commit:") and row.get("source") in (None, OWN_SOURCE)
        ]
        self._versions(lone, fresh_lone, "changes")
        if repo_ids is None:
            self.overlay.derived["deployment_changes"] = found.deployment_changes
            self.overlay.derived["changes"] = found.changes
        else:
            others = [r for r in self.session.rows("changes") if r["repo_id"] not in repo_ids]
            self.overlay.derived["changes"] = others + found.changes
            gone = {row["deployment_id"] for row in links} | ids
            kept = [
                row
                for row in self.session.rows("deployment_changes")
                if row["deployment_id"] not in gone
            ]
            self.overlay.derived["deployment_changes"] = kept + found.deployment_changes

    def _touched_repositories(self, moved: Sequence[Row]) -> Collection[str] | None:
        """Repositories whose links new facts may alter; None for all of them."""
        if self.fresh is None:
            return None
        found = {self._repository(row) for row in moved}
        for name in CHANGE_INPUTS:
            found |= {row.get("repo_id") for row in self.fresh.get(name, ())}
        return {repo_id for repo_id in found if repo_id}

    def _repository(self, deployment: Row) -> str | None:
        """The repository that a deployment names, else the only one of its service."""
        named: str | None = deployment.get("repo_id")
        return named or only_repository(self.model, deployment.get("service_id"))

    def _failures(self) -> None:
        before = self.session.rows("deployment_failures")
        after = derive_failures(self.overlay, self.model, None, catalog=self.catalog)
        self._versions(before, after, "deployment_failures")
        self._links(after)

    def _links(self, failures: Sequence[Row]) -> None:
        """Accepted incidents as causes in `incident_links`, where no source has said so itself."""
        links = self.session.rows("incident_links")
        said = {_edge(row) for row in links if row["source"] != OWN_SOURCE}
        mine = [row for row in links if row["source"] == OWN_SOURCE]
        after = [
            {
                "source": OWN_SOURCE,
                "from_ref": row["evidence_ref"],
                "to_ref": f"deployment:{row['deployment_id']}",
                "relation": "caused_by_change",
                "confidence_ratio": row["confidence_ratio"],
                "decided_by": "engine",
                "accepted": True,
                "decided_at": row["failed_at"],
                "reason": row["reason"],
            }
            for row in failures
            if row["evidence_kind"] == "incident" and row["state"] == "accepted"
        ]
        self._versions(mine, [row for row in after if _edge(row) not in said], "incident_links")

    def _alerts(self) -> None:
        before = self.session.rows("alerts")
        if self.fresh is None:
            after = derive_alerts(self.overlay, self.model, self.now, catalog=self.catalog)
            self._versions(before, after, "alerts")
            return
        identities = affected_identities(self.fresh.get("alert_events", ()))
        if identities:
            mine = [r for r in before if (r["source"], r["alert_identity"]) in identities]
            after = derive_alerts(
                self.overlay, self.model, self.now, identities=identities, catalog=self.catalog
            )
            self._versions(mine, after, "alerts")

    def _releases(self) -> None:
        if self.fresh is not None and not (self.fresh.get("releases") or self.fresh.get("commits")):
            return
        releases = self.session.rows("releases")
        repos = {row["repo_id"] for row in releases}
        commits = self.session.rows("commits", where={"repo_id": repos}) if repos else []
        after = release_commit_rows(commits, releases)
        self._versions(self.session.rows("release_commits"), after, "release_commits")

    def _versions(self, before: Sequence[Row], after: Sequence[Row], name: str) -> list[Fact]:
        versions = changed_versions(before, after, name, recorded_at=self.now)
        self.facts.extend(versions)
        return versions


def _key(row: Row) -> tuple[Any, Any]:
    return row["source"], row["deployment_ref"]


def _edge(row: Row) -> tuple[str, str, str]:
    return row["from_ref"], row["to_ref"], row["relation"]


def _is_own_lone(row: Row, repo_ids: Collection[str] | None) -> bool:
    is_own = row["source"] == OWN_SOURCE and row["change_ref"].startswith("commit:")
    return is_own and (repo_ids is None or row["repo_id"] in repo_ids)


def _fresh_rows(
    session: DuckSession, lake: Lake, versions: Mapping[str, int]
) -> dict[str, list[Row]] | None:
    """Current rows of the keys that were appended to since some table versions; None: all may be.

    Table versions, not instants of recording, decide: a writer that began before the last refresh
    may have finished after it.
    """
    found: dict[str, list[Row]] = {}
    for name, kind in fact_types().items():
        if kind.state == "derived":
            continue
        files = lake.files_since(name, versions.get(name, -1))
        if files is None:
            return None
        found[name] = [r for r in session.rows_of_files(name, files) if r["source"] != OWN_SOURCE]
    return found


def _state(lake: Lake, model: Model) -> dict[str, Any]:
    """What derived facts depend on: table versions of source facts, and the model."""
    versions = {
        name: lake.version(name) for name, kind in fact_types().items() if kind.state != "derived"
    }
    documents = [
        document.model_dump(mode="json")
        for by_id in model.documents.values()
        for document in by_id.values()
    ]
    return {
        "versions": versions,
        "model": content_sha256(documents),
        "derivation": DERIVATION_VERSION,
    }


def _read_mark(root: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads((root / MARK).read_text())
    except (OSError, ValueError):
        return None
    return found


def _own_versions(lake: Lake, done: Appended, before: Mapping[str, int]) -> dict[str, int]:
    """Versions of source tables that this refresh alone appended to.

    Where another writer came between, the old version stays: the next refresh reads what it wrote.
    """
    return {
        name: before[name] + 1
        for name, count in done.written.items()
        if count and name in before and lake.version(name) == before[name] + 1
    }


def _write_mark(root: Path, state: Mapping[str, Any]) -> None:
    temporary = root / f"{MARK}.tmp"
    temporary.write_text(json.dumps({"state": state}))
    temporary.replace(root / MARK)

"""Evidence that names a deployment: accepted links of an incident, and references in its title.

A link that our own engine wrote back is no evidence; it is remade from its source each time. One
incident blames one deployment unless a person adds more: of several, the one on an affected
service that finished last before the incident began.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from fairlead.engine.derive.deployment_book import DeploymentBook, finish_order, id_of_change
from fairlead.engine.derive.hotfix_signs import commits_of
from fairlead.engine.derive.incident_start import is_real, services_of, start_of
from fairlead.engine.derive.placements import Catalog
from fairlead.engine.derive.reader import FactReader, Row
from fairlead.methods.attribution import hops_of
from fairlead.methods.failure_evidence import EXPLICIT, NAMED_IN_TEXT, Evidence
from fairlead.opmodel.kinds.service import Service

_WORD = re.compile(r"[\w.+@/:#!-]+")
_NUMBER = re.compile(r"^(?:pr|mr)?[:#!-]*(\d+)$", re.IGNORECASE)
_SHA = re.compile(r"^(?=.*[0-9])[0-9a-f]{7,40}$")
_OWN_SOURCE = "fairlead"
_NO_HOP = 9

LATEST = datetime(9999, 1, 1, tzinfo=UTC)
Dependencies = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class Incident:
    """One incident with its start, its services, the links that somebody made, and what the
    services depended on when it began."""

    incident_id: str
    title: str
    started_at: datetime | None
    ended_at: datetime | None
    service_ids: tuple[str, ...]
    links: tuple[Row, ...]
    depends_on: Dependencies
    cleared_elsewhere_ids: frozenset[str] = frozenset()

    @property
    def cleared_ids(self) -> frozenset[str]:
        """What a person said is not the cause, as references without their kind."""
        cleared = (str(link["to_ref"]) for link in self.links if is_rejected(link))
        ids = (ref.partition(":")[2] for ref in cleared if ref.startswith("deployment:"))
        return self.cleared_elsewhere_ids.union(ids)


def is_human(link: Row) -> bool:
    return link.get("decided_by") == "human"


def is_rejected(link: Row) -> bool:
    """Whether a person said no; an engine that is not sure says nothing."""
    return is_human(link) and link.get("accepted") is False


def read_incidents(reader: FactReader, catalog: Catalog, as_of: datetime | None) -> list[Incident]:
    """Real incidents that began by the instant, in the order of their ids.

    Names and dependencies of services are those of the catalog when the incident began.
    """
    dependencies = _dependencies_over_time(catalog)
    links: dict[str, list[Row]] = {}
    for link in reader.rows("incident_links", where={"relation": ["caused_by_change"]}):
        is_own = link.get("source") == _OWN_SOURCE and not is_human(link)
        if not is_own and (link.get("accepted") is not False or is_human(link)):
            links.setdefault(str(link["from_ref"]), []).append(link)
    found: list[Incident] = []
    for row in sorted(reader.rows("incidents"), key=lambda row: str(row.get("incident_id"))):
        started_at = start_of(row)
        if not is_real(row) or (as_of and started_at and started_at > as_of):
            continue
        ended_at = row.get("mitigated_at") or row.get("resolved_at")
        found.append(
            Incident(
                incident_id=row["incident_id"],
                title=row.get("title") or "",
                started_at=started_at,
                ended_at=ended_at if not (as_of and ended_at and ended_at > as_of) else None,
                service_ids=services_of(row, catalog(started_at or LATEST)),
                depends_on=dependencies(started_at or LATEST),
                links=tuple(
                    sorted(
                        links.get(f"incident:{row['incident_id']}", ()),
                        key=lambda link: str(link["to_ref"]),
                    )
                ),
            )
        )
    return found


def _dependencies_over_time(catalog: Catalog) -> Callable[[datetime], Dependencies]:
    """What services depended on at an instant; one mapping for each state of the catalog."""
    known: dict[int, Dependencies] = {}

    def at(instant: datetime) -> Dependencies:
        model = catalog(instant)
        if id(model) not in known:
            services = model.all_of(Service)
            known[id(model)] = {name: service.depends_on for name, service in services.items()}
        return known[id(model)]

    return at


@dataclass(frozen=True)
class NamedDeployments:
    """Finds the deployments that a link or a word of text names."""

    book: DeploymentBook
    changes: Sequence[Row]

    def evidence(self, incident: Incident) -> list[Evidence]:
        """What names a deployment, verdicts first; empty when nothing does."""
        verdicts = [link for link in incident.links if is_human(link)]
        found = [
            self._piece(incident, row, EXPLICIT, "a person decided", link)
            for link in verdicts
            for row in self._of_link(incident, link)
        ]
        if any(piece.verdict == "confirmed" for piece in found):
            return found
        named = [
            row
            for link in incident.links
            if not is_human(link)
            for row in self._of_link(incident, link)
        ]
        if row := self._best(incident, named):
            return [*found, self._piece(incident, row, EXPLICIT, "the incident names it", None)]
        if row := self._best(incident, self._in_text(incident)):
            return [*found, self._piece(incident, row, NAMED_IN_TEXT, "named in the title", None)]
        return found

    def _piece(
        self, incident: Incident, row: Row, confidence: float, reason: str, link: Row | None
    ) -> Evidence:
        verdict = None
        if link is not None:
            verdict = "rejected" if is_rejected(link) else "confirmed"
        return Evidence(
            deployment_id=str(row["deployment_id"]),
            evidence_kind="incident",
            evidence_ref=f"incident:{incident.incident_id}",
            confidence=0.0 if verdict == "rejected" else confidence,
            reason=(link or {}).get("reason") or reason,
            failed_at=incident.started_at,
            verdict=verdict,
        )

    def _of_link(self, incident: Incident, link: Row) -> list[Row]:
        kind, _, name = str(link["to_ref"]).partition(":")
        if kind == "deployment":
            row = self.book.by_id.get(name)
            return [row] if row else self._by_ref.get(name, [])
        if kind == "change":
            rows = self.book.shipping.get(name, ())
            best = self._best(incident, rows, must_precede=False)
            return [best] if best else []
        if kind in ("digest", "artifact", "version"):
            found = self._by_digest.get(name, []) + self._by_label.get(name, [])
            best = self._best(incident, found)
            return [best] if best else []
        return []

    def _best(
        self, incident: Incident, rows: Iterable[Row], *, must_precede: bool = True
    ) -> Row | None:
        """The nearest in dependencies, then the last to finish before the incident began."""
        cleared, hops = incident.cleared_ids, hops_of(incident.service_ids, incident.depends_on)
        started_at = incident.started_at if must_precede else None
        allowed = [
            row
            for row in rows
            if row["deployment_id"] not in cleared
            and row.get("finished_at") is not None
            and (started_at is None or row["finished_at"] <= started_at)
        ]
        ordered = sorted(allowed, key=lambda row: str(row["deployment_id"]))
        ordered.sort(key=lambda row: row["finished_at"], reverse=must_precede)
        ordered.sort(key=lambda row: hops.get(row.get("service_id") or "", _NO_HOP))
        return ordered[0] if ordered else None

    def _in_text(self, incident: Incident) -> list[Row]:
        """Deployments whose range holds a request, commit or tag that the title names."""
        near = hops_of(incident.service_ids, incident.depends_on)
        found: list[Row] = []
        for match in _WORD.finditer(incident.title):
            word = match[0].strip(".:-/")
            named = [*self._by_label.get(word, ()), *self._of_number(word)]
            found += [row for row in named if row.get("service_id") in near]
            if _SHA.match(word):
                found += self._of_sha(word)
        return found

    def _of_number(self, word: str) -> list[Row]:
        match = _NUMBER.match(word)
        if match is None or word.isdigit():
            return []
        changes = self._by_number.get(match[1], ())
        return [row for change_id in changes for row in self.book.in_range.get(change_id, ())]

    def _of_sha(self, prefix: str) -> list[Row]:
        shas = [sha for sha in self._by_prefix.get(prefix[:7], ()) if sha.startswith(prefix)]
        return [row for sha in shas for row in self._by_sha.get(sha, ())]

    @cached_property
    def _by_ref(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.book.by_id.values():
            found.setdefault(str(row.get("deployment_ref")), []).append(row)
        return found

    @cached_property
    def _by_digest(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.book.counted:
            for digest in row.get("artifact_digests") or ():
                found.setdefault(digest, []).append(row)
        return found

    @cached_property
    def _by_label(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.book.counted:
            if row.get("version_label"):
                found.setdefault(row["version_label"], []).append(row)
        return found

    @cached_property
    def _by_number(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for change in self.changes:
            kind, _, number = str(change.get("change_ref")).partition(":")
            if kind in ("pr", "mr"):
                found.setdefault(number, []).append(id_of_change(change))
        return found

    @cached_property
    def _by_sha(self) -> dict[str, list[Row]]:
        """Counted deployments by every commit of the changes that they ship, and their own."""
        found: dict[str, list[Row]] = {}
        for change in self.changes:
            rows = self.book.in_range.get(id_of_change(change), ())
            for _, sha in commits_of(change) if rows else ():
                found.setdefault(sha, []).extend(rows)
        for row in self.book.counted:
            if row.get("commit_sha"):
                found.setdefault(row["commit_sha"], []).append(row)
        return {sha: sorted(rows, key=finish_order) for sha, rows in found.items()}

    @cached_property
    def _by_prefix(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for sha in self._by_sha:
            found.setdefault(sha[:7], []).append(sha)
        return found

"""Times the recomputation after one late message against a full rebuild.

100 services with two production regions and a staging environment each; a linear history per
repository. The late message moves the finish of a deployment that lies `depth` deployments from the
end of its lane; both answers are compared, so the suffix is right as well as fast.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter

from fairlead.engine.derive.deployment_refold import Refold, refold_deployments
from fairlead.engine.derive.deployments import derive_deployments
from fairlead.engine.derive.hotfix_signs import read_hotfix_signs
from fairlead.engine.derive.reader import Row, RowReader
from fairlead.engine.derive.repositories import graph_ancestry
from fairlead.engine.derive.versions import changed_versions
from fairlead.methods.deployment_kind import Ancestry
from fairlead.opmodel.kinds.environment import Environment
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.model import Model

START = datetime(2025, 1, 1, tzinfo=UTC)
ENVIRONMENTS = ("prod-eu", "prod-us", "stage")
SERVICES = 100
REPEATS = 7
TARGET_SECONDS = 0.1


def make_model() -> Model:
    """The services, each with a repository of its own, and the environments."""
    shared = {"apiVersion": "fairlead/v1"}
    services = [
        Service.model_validate(
            shared
            | {"kind": "Service", "id": f"s{n}", "owner": "t", "tier": "t1"}
            | {"repositories": [f"r{n}"]}
        )
        for n in range(SERVICES)
    ]
    environments = [
        Environment.model_validate(
            shared
            | {"kind": "Environment", "id": name}
            | {"stage": "production" if name.startswith("prod") else "staging"}
        )
        for name in ENVIRONMENTS
    ]
    return Model.of([*services, *environments])


def make_facts(releases: int) -> dict[str, list[Row]]:
    """Messages of `releases` versions of each service, each rolled out to every environment."""
    commits: list[Row] = []
    events: list[Row] = []
    for number in range(SERVICES):
        for release in range(releases):
            at = START + timedelta(hours=6 * release, minutes=number)
            parents = [f"c{release - 1}"] if release else []
            commits.append(
                {"repo_id": f"r{number}", "commit_sha": f"c{release}", "committed_at": at}
                | {"parent_shas": parents}
            )
            for place, environment in enumerate(ENVIRONMENTS):
                ref = f"{number}-{release}-{place}"
                events += _messages(
                    number, release, environment, ref, at + timedelta(minutes=place)
                )
    return {"commits": commits, "deployment_events": events}


def _messages(number: int, release: int, environment: str, ref: str, at: datetime) -> list[Row]:
    shared = {
        "source": "ci",
        "deployment_ref": ref,
        "repo_id": f"r{number}",
        "environment": environment,
        "commit_sha": f"c{release}",
    }
    return [
        shared
        | {"event_ref": f"{ref}-{state}", "state": state, "content_sha256": f"{ref}-{state}"}
        | {"event_at": at + timedelta(seconds=seconds)}
        for state, seconds in (("created", 0), ("running", 10), ("success", 60))
    ]


def late_message(release: int) -> Row:
    """An earlier success of one deployment of service 0 in eu: its finish moves back."""
    at = START + timedelta(hours=6 * release)
    (_, _, success) = _messages(0, release, "prod-eu", f"0-{release}-0", at)
    late = {"event_ref": "late", "content_sha256": "late", "event_at": at + timedelta(seconds=30)}
    return success | late


@dataclass(frozen=True)
class Outcome:
    """One late message: its seconds, and whether the suffix equals the rebuild."""

    seconds: float
    recomputed_count: int
    rebuild_seconds: float
    differing_count: int


def measure(releases: int, depth: int) -> Outcome:
    """Recompute after a message that is `depth` releases old, then rebuild everything."""
    model, facts = make_model(), make_facts(releases)
    known = RowReader(facts)
    ancestry = graph_ancestry(known)
    before = derive_deployments(known, model, ancestry, None)
    late = late_message(releases - depth)
    with_late = {**facts, "deployment_events": [*facts["deployment_events"], late]}
    reader = RowReader({**with_late, "deployments": before})
    _refold(reader, model, ancestry, late)
    seconds, refold = _best(lambda: _refold(reader, model, ancestry, late))
    start = perf_counter()
    rebuilt = derive_deployments(RowReader(with_late), model, ancestry, None)
    rebuild_seconds = perf_counter() - start
    differing = changed_versions(_applied(before, refold), rebuilt, "deployments")
    return Outcome(seconds, refold.recomputed_count, rebuild_seconds, len(differing))


def _best(work: Callable[[], Refold]) -> tuple[float, Refold]:
    """The least time of some runs, since other work on the machine only adds to it."""
    spans: list[float] = []
    for _ in range(REPEATS):
        start = perf_counter()
        found = work()
        spans.append(perf_counter() - start)
    return min(spans), found


def _refold(reader: RowReader, model: Model, ancestry: Ancestry, late: Row) -> Refold:
    signs = read_hotfix_signs(reader, ancestry)
    new = {"deployment_events": [late]}
    return refold_deployments(reader, model, ancestry, None, new, signs=signs)


def _applied(before: Sequence[Row], refold: Refold) -> list[Row]:
    replaced = {row["deployment_id"] for row in refold.before}
    return [row for row in before if row["deployment_id"] not in replaced] + refold.after


def main() -> int:
    """Print the times by depth of the suffix; 1 when the target or the equality is missed."""
    releases = 250
    print(f"one late message among {SERVICES * releases * len(ENVIRONMENTS):,} deployments")
    outcomes = {depth: measure(releases, depth) for depth in (10, 100, 200)}
    for depth, found in outcomes.items():
        print(
            f"  {depth:4d} releases old: {found.seconds * 1000:7.1f} ms for"
            f" {found.recomputed_count} deployments; full rebuild"
            f" {found.rebuild_seconds * 1000:8.0f} ms; rows that differ {found.differing_count}"
        )
    growth = outcomes[200].seconds / outcomes[100].seconds
    print(f"  time(2n) / time(n) in the suffix: {growth:.2f} (target < 100 ms each)")
    is_wrong = any(found.differing_count for found in outcomes.values())
    return int(is_wrong or max(found.seconds for found in outcomes.values()) >= TARGET_SECONDS)


if __name__ == "__main__":
    sys.exit(main())

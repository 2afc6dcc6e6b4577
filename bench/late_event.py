"""Recomputation after one late message against a full rebuild.

75,000 deployments: 100 services with two production regions and a staging environment each, and a
linear history per repository. The late message moves the finish of a deployment that lies 100 or
200 releases from the end of its lane. Both answers are compared row by row, so the suffix is right
as well as fast; growth is that of the affected suffix.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench.figure import Figure, peak_mebibytes, run_alone, sized, timed
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
SERVICES, RELEASES = 100, 250
DEPTHS = (0.4, 0.8)
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


def recompute(releases: int, depth: int) -> Outcome:
    """Recompute after a message that is `depth` releases old, then rebuild everything."""
    model, facts = make_model(), make_facts(releases)
    known = RowReader(facts)
    ancestry = graph_ancestry(known)
    before = derive_deployments(known, model, ancestry, None)
    late = late_message(releases - depth)
    with_late = {**facts, "deployment_events": [*facts["deployment_events"], late]}
    reader = RowReader({**with_late, "deployments": before})
    _refold(reader, model, ancestry, late)
    runs = [timed(lambda: _refold(reader, model, ancestry, late)) for _ in range(REPEATS)]
    seconds, refold = min(runs, key=lambda found: found[0])
    rebuild_seconds, rebuilt = timed(
        lambda: derive_deployments(RowReader(with_late), model, ancestry, None)
    )
    differing = changed_versions(_applied(before, refold), rebuilt, "deployments")
    return Outcome(seconds, refold.recomputed_count, rebuild_seconds, len(differing))


def _refold(reader: RowReader, model: Model, ancestry: Ancestry, late: Row) -> Refold:
    signs = read_hotfix_signs(reader, ancestry)
    new = {"deployment_events": [late]}
    return refold_deployments(reader, model, ancestry, None, new, signs=signs)


def _applied(before: Sequence[Row], refold: Refold) -> list[Row]:
    replaced = {row["deployment_id"] for row in refold.before}
    return [row for row in before if row["deployment_id"] not in replaced] + refold.after


def measure(scale: float = 1.0) -> list[Figure]:
    """A figure for a suffix and for one twice as long; both equal the rebuild."""
    releases, found = sized(RELEASES, scale, 10), []
    shorter: Outcome | None = None
    for depth in (sized(releases, share) for share in DEPTHS):
        outcome = recompute(releases, depth)
        assert not outcome.differing_count, f"{outcome.differing_count} rows differ"
        found.append(
            Figure(
                work=f"one message {depth} releases late among "
                f"{SERVICES * releases * len(ENVIRONMENTS):,} deployments",
                seconds=outcome.seconds,
                alternative="full rebuild of the deployments",
                alternative_seconds=outcome.rebuild_seconds,
                target=f"under {TARGET_SECONDS * 1000:.0f} ms, work by the affected suffix",
                is_met=outcome.seconds < TARGET_SECONDS,
                growth=outcome.seconds / shorter.seconds if shorter else None,
                peak_mebibytes=peak_mebibytes(),
                note=f"{outcome.recomputed_count} deployments recomputed",
            )
        )
        shorter = outcome
    return found


def main() -> int:
    """Measure and print; 1 when the target is missed."""
    return run_alone(measure)


if __name__ == "__main__":
    sys.exit(main())

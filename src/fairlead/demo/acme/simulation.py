"""Run the simulators in order: changes, releases, commit graph, pipelines, incidents, alerts."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass

from fairlead.demo.acme.alerts import simulate_alerts
from fairlead.demo.acme.calendar import Span
from fairlead.demo.acme.changes import Repository, simulate_changes
from fairlead.demo.acme.company import services
from fairlead.demo.acme.delivery import Delivery, resolve_heads, simulate_releases
from fairlead.demo.acme.graph import assemble
from fairlead.demo.acme.incidents import simulate_incidents
from fairlead.demo.acme.pipelines import Pipelines, simulate_runs
from fairlead.demo.acme.records import Release, Year

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Shape:
    """How much of acme is built, and how clean its records are.

    `is_explicit_only`: every failure leaves explicit evidence and no incident of another origin
    lies near a release, so that K03 must equal the truth. `has_noise`: duplicates, delays,
    corrections, broken payloads, a silent source, and deployments without a commit or a known
    environment.
    """

    span: Span
    seed: int = 7
    service_ids: Collection[str] | None = None
    is_explicit_only: bool = False
    has_noise: bool = True

    def includes(self, service_id: str) -> bool:
        return self.service_ids is None or service_id in self.service_ids

    @property
    def repos(self) -> list[str]:
        """The repositories that are built; a repository is built as a whole."""
        wanted = (s.repo for s in services().values() if self.includes(s.id))
        return list(dict.fromkeys(wanted))

    def rng(self, purpose: str) -> random.Random:
        """Randomness of its own for each purpose, so that parts do not disturb one another."""
        return random.Random(f"{self.seed}:{purpose}")


def simulate(shape: Shape, progress: Progress) -> Year:
    """All that happens at acme in the period, by the seed alone."""
    year = Year()
    repos = shape.repos
    for done, repo in enumerate(repos):
        progress("simulate repositories", done, len(repos))
        _simulate_repository(shape, repo, year)
    progress("simulate repositories", len(repos), len(repos))
    year.releases.sort(key=lambda release: (release.requested_at, release.service.id))
    year.incidents = simulate_incidents(
        year.releases, shape.span, str(shape.seed), is_explicit_only=shape.is_explicit_only
    )
    _number_attempts(year.releases)
    service_ids = {release.service.id for release in year.releases}
    year.alerts = simulate_alerts(year.incidents, service_ids, shape.span, str(shape.seed))
    return year


def _number_attempts(releases: list[Release]) -> None:
    """Numbers that grow with the instant of creation, over all services."""
    attempts = [attempt for release in releases for attempt in release.attempts]
    attempts.sort(key=lambda attempt: (attempt.created_at, attempt.finished_at))
    for number, attempt in enumerate(attempts, start=1_200_000):
        attempt.number = number


def _simulate_repository(shape: Shape, repo: str, year: Year) -> None:
    repository = Repository(repo, shape.rng(f"{repo}:changes"), shape.span)
    simulate_changes(repository)
    releases: list[Release] = []
    for service in repository.services:
        delivery = Delivery(
            repository, service, shape.rng(f"{service.id}:releases"), shape.is_explicit_only
        )
        releases += simulate_releases(delivery)
    year.roots[repo] = assemble(repository)
    resolve_heads(repository, releases)
    year.changes[repo] = repository.changes
    year.releases += releases
    pipelines = Pipelines(repository.services[0], shape.rng(f"{repo}:runs"), shape.span)
    year.runs += simulate_runs(pipelines, repository.changes, releases)

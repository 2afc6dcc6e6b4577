"""Simulate the changes of one repository: who wrote what when, how it was reviewed and merged."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date

from fairlead.demo.acme.calendar import (
    HOUR,
    MINUTE,
    Span,
    activity,
    in_working_time,
    poisson,
    spread,
    working_instant,
)
from fairlead.demo.acme.company import Person, Service, members_of, services_of_repo, teams
from fairlead.demo.acme.records import Change, Commit, Review, Verdict

DEPENDENCY_BOT = "dependabot[bot]"
_VERBS = ("Add", "Fix", "Refactor", "Speed up", "Remove", "Rework", "Guard", "Cache", "Validate")
_THINGS = (
    "retry of failed calls",
    "pagination of results",
    "input validation",
    "currency rounding",
    "stale cache entries",
    "structured logging",
    "timeout of the client",
    "empty basket case",
    "index of the lookup table",
    "feature switch",
    "error page",
    "metrics of the worker pool",
    "locale fallback",
    "idempotency key",
)
_PACKAGES = ("httpx", "pydantic", "react", "netty", "jackson-databind", "postgres", "vite", "grpc")


@dataclass
class Repository:
    """A repository while its history is made; numbers are shared by all its pull requests."""

    name: str
    rng: random.Random
    span: Span
    changes: list[Change] = field(default_factory=list)
    last_number: int = 100

    @property
    def services(self) -> tuple[Service, ...]:
        return services_of_repo(self.name)

    def next_number(self) -> int:
        self.last_number += 1
        return self.last_number

    def sha(self) -> str:
        return f"{self.rng.getrandbits(160):040x}"

    def commit(self, author: str, at: int, message: str, services: tuple[Service, ...]) -> Commit:
        """A commit that touches each of the services named."""
        files = tuple(
            (self._path(service), self.rng.randrange(1, 80), self.rng.randrange(0, 40))
            for service in services
        )
        return Commit(self.sha(), author, at, at, message, files=files)

    def _path(self, service: Service) -> str:
        name = (
            f"src/{self.rng.choice(('api', 'domain', 'store', 'jobs'))}_{self.rng.randrange(9)}.py"
        )
        return f"{service.folder}/{name}" if service.is_in_monorepo else name


def simulate_changes(repository: Repository) -> None:
    """Fill a repository with the ordinary changes of the period."""
    for service in repository.services:
        for day in repository.span.days():
            mean = service.changes_a_week / 5 * activity(day)
            for _ in range(poisson(mean, repository.rng)):
                repository.changes.append(_ordinary_change(repository, service, day))


def _ordinary_change(repository: Repository, service: Service, day: date) -> Change:
    rng, at = repository.rng, working_instant(day, repository.rng)
    author = rng.choice(members_of(service.team_id))
    draw = rng.random()
    if draw < 0.045:
        return direct_change(repository, service, author, at)
    if draw < 0.15:
        return _bot_change(repository, service, at)
    return _human_change(repository, service, author, at)


def direct_change(repository: Repository, service: Service, author: Person, at: int) -> Change:
    """A commit pushed to the default branch without a request: trunk-based work."""
    title = f"{_subject(repository.rng)} in {service.id}"
    written_at = at - spread(35 * MINUTE, 0.6, repository.rng)
    commit = repository.commit(author.login, written_at, title, (service,))
    commit.committed_at = at
    return Change(
        repository.name, 0, (service.id,), author.login, "human", title, "main", [commit], at,
        "direct", merged_at=at, merged_by=author.login,
    )  # fmt: skip


def _bot_change(repository: Repository, service: Service, at: int) -> Change:
    rng = repository.rng
    package = rng.choice(_PACKAGES)
    old, new = rng.randrange(1, 5), rng.randrange(9)
    title = f"Bump {package} from {old}.{new}.0 to 5.{new}.1"
    if service.is_in_monorepo:
        title += f" in /{service.folder}"
    commit = repository.commit(DEPENDENCY_BOT, at - 40, title, (service,))
    merger = rng.choice(members_of(service.team_id))
    merged_at = in_working_time(at + spread(20 * HOUR, 0.9, rng), rng)
    change = Change(
        repository.name, repository.next_number(), (service.id,), DEPENDENCY_BOT, "bot", title,
        f"dependabot/{package}-{repository.last_number}", [commit], at, service.integration,
        labels=("dependencies",), merged_by=merger.login,
    )  # fmt: skip
    change.reviews.append(Review(merger.login, "approved", merged_at - 3 * MINUTE))
    return _settled(repository, change, merged_at, closes_ratio=0.1)


def _human_change(repository: Repository, service: Service, author: Person, at: int) -> Change:
    rng = repository.rng
    touched = _touched_services(repository, service)
    ticket = f"{service.team_id[:4].upper()}-{rng.randrange(100, 2400)}"
    title = f"{ticket} {_subject(rng)}"
    span_seconds = spread(6 * HOUR, 1.0, rng)
    wants = 1 if service.integration == "rebase" else 1 + min(6, int(rng.expovariate(0.75)))
    instants = sorted(at - int(rng.random() * span_seconds) - 4 * MINUTE for _ in range(wants))
    is_ai = rng.random() < 0.04 + 0.12 * repository.span.progress(at)
    trailer = "\n\nAssisted-by: coding-assistant" if is_ai else ""
    commits = [
        repository.commit(author.login, when, f"{_subject(rng)}{trailer}", touched)
        for when in instants
    ]
    labels = tuple(
        label
        for label, ratio in (("ai-assisted", 1.0 if is_ai else 0.0), ("bug", 0.2), ("docs", 0.04))
        if rng.random() < ratio
    )
    change = Change(
        repository.name, repository.next_number(), tuple(item.id for item in touched), author.login,
        "human", title, f"feature/{ticket.lower()}-{repository.last_number}", commits, at,
        service.integration, labels=labels,
    )  # fmt: skip
    return _settled(repository, change, _review(repository, service, change), closes_ratio=0.03)


def _touched_services(repository: Repository, service: Service) -> tuple[Service, ...]:
    others = [item for item in repository.services if item.id != service.id]
    if others and repository.rng.random() < 0.12:
        return (service, repository.rng.choice(others))
    return (service,)


def _review(repository: Repository, service: Service, change: Change) -> int:
    """Add the reviews of a change and return the instant at which it is merged."""
    rng = repository.rng
    progress = repository.span.progress(change.opened_at)
    hours = teams()[service.team_id].habits.review_hours.at(progress)
    peers = [p for p in members_of(service.team_id) if p.login != change.author]
    peer = rng.choice(peers)
    at = in_working_time(change.opened_at + spread(hours * HOUR, 0.8, rng), rng)
    if rng.random() < 0.3:
        wish: Verdict = "commented" if rng.random() < 0.5 else "changes_requested"
        change.reviews.append(Review(peer.login, wish, at))
        at = in_working_time(at + spread(hours * HOUR * 0.7, 0.7, rng), rng)
    change.reviews.append(Review(peer.login, "approved", at))
    change.merged_by = change.author if rng.random() < 0.7 else peer.login
    return in_working_time(at + spread(25 * MINUTE, 1.0, rng), rng)


def _settled(
    repository: Repository, change: Change, merged_at: int, *, closes_ratio: float
) -> Change:
    """The change merged, closed without merge, or still open where the period ends."""
    end_at = repository.span.end_at
    change.reviews = [review for review in change.reviews if review.at < end_at]
    if merged_at >= end_at:
        return change
    if repository.rng.random() < closes_ratio:
        change.closed_at = merged_at
    else:
        change.merged_at = merged_at
    return change


def hotfix_change(repository: Repository, service: Service, at: int, base_at: int) -> Change:
    """A fix on a branch off what was the tip of main at `base_at`; merged once it is deployed."""
    rng = repository.rng
    author, peer = rng.sample(members_of(service.team_id), 2)
    commit = repository.commit(author.login, at, f"Fix broken {rng.choice(_THINGS)}", (service,))
    number = repository.next_number()
    return Change(
        repository.name, number, (service.id,), author.login, "human",
        f"Hotfix: {commit.message.lower()}", f"hotfix/{service.id}-{number}", [commit],
        at + 6 * MINUTE, "merge", reviews=[Review(peer.login, "approved", at + 14 * MINUTE)],
        merged_by=author.login, base_at=base_at,
    )  # fmt: skip


def revert_change(repository: Repository, service: Service, at: int, bad: Change) -> Change:
    """A request that takes a change back; its message names the commit it reverts."""
    author, peer = repository.rng.sample(members_of(service.team_id), 2)
    services = tuple(item for item in repository.services if item.id in bad.service_ids)
    commit = repository.commit(author.login, at, f'Revert "{bad.title}"', services)
    number = repository.next_number()
    return Change(
        repository.name, number, bad.service_ids, author.login, "human", f'Revert "{bad.title}"',
        f"revert-{bad.number}-{bad.branch}", [commit], at + 2 * MINUTE, service.integration,
        merged_at=at + 12 * MINUTE, merged_by=author.login, reverts=bad,
        reviews=[Review(peer.login, "approved", at + 9 * MINUTE)],
    )  # fmt: skip


def _subject(rng: random.Random) -> str:
    return f"{rng.choice(_VERBS)} {rng.choice(_THINGS)}"

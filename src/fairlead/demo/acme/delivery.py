"""Simulate the releases of one service: roll-outs, failures, and how each failure was mended.

A release deploys the head of the default branch to staging, then to each region of production.
Some releases fail in production; then nothing else of the service is released until a rollback, a
hotfix, a revert or a plain fix has ended the trouble. So the truth about failures is never vague.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date

from fairlead.demo.acme.calendar import (
    DAY,
    HOUR,
    MINUTE,
    Span,
    activity,
    is_quarter_end_freeze,
    midnight,
    poisson,
)
from fairlead.demo.acme.changes import Repository, hotfix_change, revert_change
from fairlead.demo.acme.company import Service, members_of, teams
from fairlead.demo.acme.records import Attempt, Change, Evidence, Release, ReleaseKind

_MODES: tuple[tuple[Evidence, float], ...] = (
    ("link", 0.36),
    ("rollback", 0.26),
    ("hotfix", 0.15),
    ("revert", 0.08),
    ("heuristic", 0.15),
)
SETTLING = 20 * MINUTE


@dataclass
class Delivery:
    """The releases of one service while they are made."""

    repository: Repository
    service: Service
    rng: random.Random
    is_explicit_only: bool = False
    releases: list[Release] = field(default_factory=list)
    free_at: int = 0
    shipped_at: int = 0
    last_attempt: int = 0

    @property
    def span(self) -> Span:
        return self.repository.span


def simulate_releases(delivery: Delivery) -> list[Release]:
    """Every release of the service in the period, in order; the first one is its baseline."""
    changes = sorted(
        (c for c in delivery.repository.changes if _is_shipped_by(c, delivery.service)),
        key=lambda change: change.merged_at or 0,
    )
    merged = [change.merged_at or 0 for change in changes]
    for day in delivery.span.days():
        for at in _release_times(delivery, day, merged):
            _release_at(delivery, at, changes, merged)
    return delivery.releases


def _is_shipped_by(change: Change, service: Service) -> bool:
    return change.merged_at is not None and service.id in change.service_ids


def _release_times(delivery: Delivery, day: date, merged: list[int]) -> list[int]:
    rng, habits = delivery.rng, teams()[delivery.service.team_id].habits
    progress = delivery.span.progress(midnight(day))
    mean = delivery.service.releases_a_week / 5 * activity(day)
    wants = poisson(mean * habits.release_factor.at(progress), rng)
    if habits.has_quarter_freeze and is_quarter_end_freeze(day):
        return []
    if not delivery.releases and activity(day) > 0.1 and merged and merged[0] < midnight(day):
        wants = max(1, wants)
    return sorted(midnight(day) + int(rng.uniform(9.3, 16.3) * HOUR) for _ in range(wants))


def _release_at(delivery: Delivery, at: int, changes: list[Change], merged: list[int]) -> None:
    if at < delivery.free_at or at > delivery.span.end_at - 3 * HOUR:
        return
    low = bisect_right(merged, delivery.shipped_at)
    high = bisect_right(merged, at - SETTLING)
    fresh = changes[low:high]
    if not fresh:
        last = delivery.releases[-1] if delivery.releases else None
        if last and last.kind == "normal" and last.evidence is None and delivery.rng.random() < 0.3:
            _redeploy(delivery, at, last)
        return
    delivery.shipped_at = at - SETTLING
    release = _new_release(delivery, "normal", at)
    is_first = len(delivery.releases) == 1
    if not is_first and at < delivery.span.end_at - 4 * DAY and _fails(delivery, at):
        _break(delivery, release, fresh)


def _new_release(
    delivery: Delivery, kind: ReleaseKind, at: int, environments: tuple[str, ...] | None = None
) -> Release:
    service, rng = delivery.service, delivery.rng
    where = environments or ("staging", *service.regions)
    release = Release(
        service, kind, at, rng.choice(members_of(service.team_id)).login,
        _roll_out(delivery, at, where, may_fail=kind == "normal" and bool(delivery.releases)),
    )  # fmt: skip
    delivery.releases.append(release)
    delivery.free_at = release.attempts[-1].finished_at + SETTLING
    return release


def _roll_out(
    delivery: Delivery, at: int, environments: tuple[str, ...], *, may_fail: bool
) -> list[Attempt]:
    """One attempt per environment; the first region may need a second one."""
    rng, attempts, now = delivery.rng, list[Attempt](), at
    for environment in environments:
        if may_fail and environment == "eu" and rng.random() < 0.045:
            attempts.append(_attempt(delivery, environment, now, is_success=False))
            now = attempts[-1].finished_at + rng.randrange(6, 25) * MINUTE
        attempts.append(_attempt(delivery, environment, now))
        now = attempts[-1].finished_at + rng.randrange(4, 40) * MINUTE
    return attempts


def _attempt(delivery: Delivery, environment: str, at: int, *, is_success: bool = True) -> Attempt:
    delivery.last_attempt += 1
    started_at = at + delivery.rng.randrange(4, 60)
    finished_at = started_at + delivery.rng.randrange(90, 420)
    return Attempt(delivery.last_attempt, environment, at, started_at, finished_at, is_success)


def _redeploy(delivery: Delivery, at: int, last: Release) -> None:
    """The same version again, for example after a change of the cluster."""
    release = _new_release(delivery, "redeploy", at, delivery.service.regions)
    release.target = last


def _fails(delivery: Delivery, at: int) -> bool:
    habits = teams()[delivery.service.team_id].habits
    return delivery.rng.random() < habits.failure_ratio.at(delivery.span.progress(at))


def _break(delivery: Delivery, release: Release, fresh: list[Change]) -> None:
    """Decide how the failure of a release shows, and mend it."""
    names, weights = zip(*_MODES, strict=True)
    mode: Evidence = delivery.rng.choices(names, weights)[0]
    is_without_branch = delivery.service.host == "jenkins" or delivery.service.is_deployed_by_rule
    if (
        (mode == "heuristic" and delivery.is_explicit_only)
        or (mode == "hotfix" and is_without_branch)
        or (mode == "revert" and len(fresh[-1].service_ids) > 1)
    ):
        mode = "link"
    release.evidence = mode
    if mode == "rollback":
        _roll_back(delivery, release)
    elif mode == "hotfix":
        _hot_fix(delivery, release)
    elif mode == "revert":
        _revert(delivery, fresh[-1], release)
    else:
        delivery.free_at += delivery.rng.randrange(1, 5) * HOUR


def _roll_back(delivery: Delivery, release: Release) -> None:
    rng, regions = delivery.rng, delivery.service.regions
    if len(regions) > 1 and rng.random() < 0.3:
        while release.attempts[-1].environment != "eu":
            release.attempts.pop()
        regions = ("eu",)
    at = release.attempts[-1].finished_at + rng.randrange(25, 150) * MINUTE
    target = _running_before(delivery, release)
    back = _new_release(delivery, "rollback", at, regions)
    back.target = target


def _running_before(delivery: Delivery, release: Release) -> Release:
    """The release whose version ran before this one."""
    index = delivery.releases.index(release) - 1
    before = delivery.releases[index]
    while before.target is not None:
        before = before.target
    return before


def _hot_fix(delivery: Delivery, release: Release) -> None:
    at = release.attempts[-1].finished_at + delivery.rng.randrange(40, 200) * MINUTE
    base_at = release.requested_at - SETTLING
    change = hotfix_change(delivery.repository, delivery.service, at, base_at)
    fix = _new_release(delivery, "hotfix", at + 20 * MINUTE, delivery.service.regions)
    fix.hotfix, fix.ref = change, change.branch
    change.merged_at = fix.attempts[-1].finished_at + 10 * MINUTE
    delivery.repository.changes.append(change)
    delivery.free_at = change.merged_at + SETTLING + MINUTE


def _revert(delivery: Delivery, bad: Change, release: Release) -> None:
    at = release.attempts[-1].finished_at + delivery.rng.randrange(30, 120) * MINUTE
    change = revert_change(delivery.repository, delivery.service, at, bad)
    delivery.repository.changes.append(change)
    merged_at = change.merged_at or at
    _new_release(delivery, "revert", merged_at + SETTLING + 2 * MINUTE)
    delivery.shipped_at = merged_at + MINUTE


def resolve_heads(repository: Repository, releases: list[Release]) -> None:
    """Name the commit of every release, once the graph stands."""
    mainline = sorted((c for c in repository.changes if c.position >= 0), key=lambda c: c.position)
    merged = [change.merged_at or 0 for change in mainline]
    for release in releases:
        if release.target is not None:
            source = release.target
            release.head, release.sha, release.ref = source.head, source.sha, source.ref
            release.hotfix = source.hotfix
            continue
        base_at = release.hotfix.base_at if release.hotfix else None
        at = release.requested_at - SETTLING if base_at is None else base_at
        release.head = mainline[bisect_right(merged, at) - 1]
        release.sha = release.hotfix.head_sha if release.hotfix else release.head.main_sha

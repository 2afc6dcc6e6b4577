"""Walks the deployments of one lane in order and gives each its kind, predecessor and base.

A lane is what shares one running version: service, environment, mechanism and, for shadows, the
source. So a flag flip never becomes the version that the next code deployment is compared with.

Method:     order by (finished_at, deployment_id); the running version is that of the last live
            deployment (success or degraded); instants of first runs by version.
Inputs:     placements of one lane; `settled` judgements are taken as they are, so that a suffix
            can be recomputed without asking history about the prefix.
Outputs:    one judgement per placement that has finished.
Complexity: O(n log n), two ancestry questions for each placement that is not settled.
Source:     delivery.md sections 2, 4.3, 4.4 and 4.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from fairlead.methods.deployment_fold import Attempt
from fairlead.methods.deployment_kind import History, Judgement, Version, VersionKey, judge

LIVE = frozenset({"success", "degraded"})


@dataclass(frozen=True, slots=True)
class Lane:
    """What shares one running version; `service_id` None stands for itself alone."""

    service_id: str | None
    environment: str | None
    mechanism: str
    shadow_source: str | None = None


@dataclass(frozen=True)
class Placement:
    """One attempt for one service, with its service, environment and stage resolved."""

    attempt: Attempt
    deployment_ref: str
    service_id: str | None
    environment: str | None
    stage: str
    region: str | None
    mechanism: str
    is_shadow: bool
    observation_seconds: int

    @cached_property
    def deployment_id(self) -> str:
        source = self.attempt.source
        return f"{source}:{self.deployment_ref}" if source else self.deployment_ref

    @cached_property
    def version(self) -> Version:
        found = self.attempt
        return Version(found.repo_id, found.commit_sha, found.artifact_digests)

    @cached_property
    def lane(self) -> Lane:
        shadow = self.attempt.source if self.is_shadow else None
        return Lane(self.service_id, self.environment, self.mechanism, shadow)

    @property
    def finished_at(self) -> datetime | None:
        return self.attempt.finished_at

    @property
    def is_live(self) -> bool:
        """Whether the version came to run."""
        return self.attempt.outcome in LIVE and self.attempt.finished_at is not None


@dataclass(frozen=True, slots=True)
class Settled:
    """What the walk gives one placement."""

    kind: str | None
    kind_rule: str | None
    drops_changes: bool | None
    previous_deployment_id: str | None
    base_sha: str | None
    is_baseline: bool


@dataclass
class _State:
    """What is known of the lane before the next deployment."""

    running: Placement | None = None
    has_counted: bool = False
    first_ran: dict[VersionKey, int] = field(default_factory=dict)

    def note(self, placement: Placement, position: int, kind: str | None) -> None:
        if not placement.is_live:
            return
        self.running = placement
        self.has_counted = self.has_counted or kind != "redeploy"
        for key in placement.version.keys:
            self.first_ran.setdefault(key, position)

    def ran_before_running(self, version: Version) -> bool:
        if self.running is None or version.key is None or self.running.version.key is None:
            return False
        first = self.first_ran.get(version.key)
        running_first = self.first_ran.get(self.running.version.key)
        return first is not None and running_first is not None and first < running_first


HotfixSign = Callable[[Placement, str | None], str | None]


def order_of_finish(placement: Placement) -> tuple[datetime, str]:
    """Where a finished placement stands on its lane."""
    if placement.finished_at is None:
        raise ValueError("only finished placements have a place on the lane")
    return (placement.finished_at, placement.deployment_id)


def settle_lane(
    placements: Iterable[Placement],
    *,
    history: History,
    hotfix_sign: HotfixSign,
    settled: Mapping[str, Settled] | None = None,
) -> dict[str, Settled]:
    """What each placement of one lane is, by deployment id."""
    known, found, state = settled or {}, {}, _State()
    finished = [placement for placement in placements if placement.finished_at is not None]
    for position, placement in enumerate(sorted(finished, key=order_of_finish)):
        result = known.get(placement.deployment_id)
        if result is None:
            result = _settle(placement, state, history, hotfix_sign)
        found[placement.deployment_id] = result
        state.note(placement, position, result.kind)
    return found


def _settle(
    placement: Placement, state: _State, history: History, hotfix_sign: HotfixSign
) -> Settled:
    running = state.running
    base_sha = running.attempt.commit_sha if running else None
    found: Judgement = judge(
        placement.version,
        running.version if running else None,
        stated_kind=placement.attempt.stated_kind,
        ran_here_before_running=state.ran_before_running(placement.version),
        history=history,
        hotfix_sign=lambda: hotfix_sign(placement, base_sha),
    )
    counted = placement.is_live and placement.stage == "production" and found.kind != "redeploy"
    return Settled(
        kind=found.kind,
        kind_rule=found.kind_rule,
        drops_changes=found.drops_changes,
        previous_deployment_id=running.deployment_id if running else None,
        base_sha=base_sha,
        is_baseline=counted and not state.has_counted and placement.mechanism != "flag",
    )

"""Lead time of a change in seven stages that add up exactly.

    t0..t7 = authored, opened, first_reviewed, approved, merged, built, deploy_started, deployed
    b0 = t0; b_i = max(b_(i-1), min(t_i, t7)); missing t_i: b_i = b_(i-1)
    stage_i = b_i - b_(i-1): coding, pickup, review, merge_wait, pipeline, approval_wait, deploy

A stage whose instant is missing, or lies before an earlier one (skewed clocks), is unknown: it is 0
and its time lies in the next known stage. t7 < t0 is `negative_span`: no lead time at all.
Inputs are instants in UTC, outputs whole seconds, counted from t0 so that no rounding is lost.

Source: delivery.md 4.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

StartBasis = Literal["commit", "opened", "squash_commit"]

STAGES = (
    "coding",
    "pickup",
    "review",
    "merge_wait",
    "pipeline",
    "approval_wait",
    "deploy",
)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Instants:
    """The eight instants of a change on its way to production; None where nobody told them."""

    first_authored_at: datetime | None
    opened_at: datetime | None
    first_reviewed_at: datetime | None
    approved_at: datetime | None
    merged_at: datetime | None
    built_at: datetime | None
    deploy_started_at: datetime | None
    deployed_at: datetime


@dataclass(frozen=True, slots=True)
class LeadTime:
    """Total, stages by name (empty where there is no total), and which of them are unknown."""

    lead_time_seconds: int | None
    stage_seconds: Mapping[str, int]
    unknown_stages: tuple[str, ...]
    merge_to_production_seconds: int | None
    excluded_reason: Literal["negative_span"] | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Where lead time begins, and on what grounds."""

    at: datetime
    basis: StartBasis


def lead_time(instants: Instants) -> LeadTime:
    """The lead time and its stages; null without a start, excluded when it ends before it."""
    start, end = instants.first_authored_at, instants.deployed_at
    merged = _seconds(instants.merged_at, end)
    if start is None:
        return LeadTime(None, {}, STAGES, merged)
    if end < start:
        return LeadTime(None, {}, STAGES, merged, "negative_span")
    later = (
        instants.opened_at,
        instants.first_reviewed_at,
        instants.approved_at,
        instants.merged_at,
        instants.built_at,
        instants.deploy_started_at,
        end,
    )
    stages: dict[str, int] = {}
    unknown: list[str] = []
    bound, latest = start, start
    for stage, at in zip(STAGES, later, strict=True):
        if at is None or at < latest:
            unknown.append(stage)
        reached = bound if at is None else max(bound, min(at, end))
        stages[stage] = (reached - start) // _SECOND - (bound - start) // _SECOND
        bound, latest = reached, latest if at is None else max(latest, at)
    return LeadTime((end - start) // _SECOND, stages, tuple(unknown), merged)


def start_of(
    authored: Iterable[datetime | None],
    opened_at: datetime | None,
    squashed_at: datetime | None,
) -> Start | None:
    """The earliest author instant of the change's own commits, else opened, else the squash."""
    known = [at for at in authored if at is not None]
    if known:
        return Start(min(known), "commit")
    if opened_at is not None:
        return Start(opened_at, "opened")
    return Start(squashed_at, "squash_commit") if squashed_at is not None else None


def _seconds(start: datetime | None, end: datetime) -> int | None:
    return None if start is None or end < start else (end - start) // _SECOND

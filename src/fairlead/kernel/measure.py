"""One number with all that is needed to trust it: the shape that every room passes on.

`Measure` is one KPI for one grain key and one window. `Trend` is the same KPI over successive
complete periods. `Scorecard` is what a review shows. A value that is absent has a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from fairlead.kernel.window import Window

Status = Literal["green", "amber", "red", "unproven", "unknown_quality", "no_target", "no_value"]
Grade = Literal["A", "B", "C", "D"]


@dataclass(frozen=True)
class QualityComponent:
    """A known share behind a number, such as deployments with a SHA; `known` of `total`."""

    name: str
    known: int
    total: int
    help: str | None = None

    @property
    def ratio(self) -> float | None:
        return self.known / self.total if self.total else None


@dataclass(frozen=True)
class Quality:
    """Data quality of a KPI (facts S11): the smallest component share and the worst grade."""

    ratio: float | None
    grade: Grade | None
    components: Sequence[QualityComponent] = ()


@dataclass(frozen=True)
class Target:
    """The target that applies, with where it was declared; values in the KPI's unit."""

    value: float | None = None
    amber: float | None = None
    low: float | None = None
    high: float | None = None
    improvement_ratio: float | None = None
    baseline_label: str | None = None
    declared_at: str | None = None
    is_default: bool = True


@dataclass(frozen=True)
class Measure:
    """One number.

    `key` names the grain, for example `{"service_id": "checkout"}`; empty for the organisation.
    `low`, `high` are the 95 % interval, null with `interval_reason`. `excluded` counts the rows
    left out, by reason. `details` are further figures of the KPI's page, by name.
    `is_target_proven` says whether the whole interval lies on the good side of the target.
    """

    kpi_id: str
    key: Mapping[str, str | None]
    window: Window
    as_of: datetime | None
    value: float | None
    reason: str | None = None
    numerator: float | None = None
    denominator: float | None = None
    n: int = 0
    low: float | None = None
    high: float | None = None
    interval_reason: str | None = None
    excluded: Mapping[str, int] = field(default_factory=dict)
    details: Mapping[str, float | None] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    quality: Quality | None = None
    target: Target | None = None
    status: Status = "no_target"
    is_target_proven: bool | None = None
    baseline_value: float | None = None
    improvement_ratio: float | None = None


@dataclass(frozen=True)
class TrendPoint:
    """One complete period of a trend; `is_signal` when the limits call it a change."""

    window: Window
    value: float | None
    n: int
    reason: str | None = None
    is_signal: bool = False


@dataclass(frozen=True)
class Trend:
    """A process-behaviour chart: points, centre line, natural limits, and the verdict in words.

    `verdict` is `stable`, `up`, `down` (a distinguishable change) or `too_few`; `direction_is_good`
    says whether that change is in the KPI's good direction, null when nothing changed.
    """

    kpi_id: str
    step: str
    points: Sequence[TrendPoint]
    centre: float | None
    lower_limit: float | None
    upper_limit: float | None
    verdict: Literal["stable", "up", "down", "too_few"]
    direction_is_good: bool | None
    explanation: str


@dataclass(frozen=True)
class KpiCard:
    """One line of the scorecard: metadata, the number, its trend and parts; or why there is none.

    `parts` are the same KPI by team, tier and service (keyed by the grain's name);
    `connect` names the connectors that would give the number when it has no source. `records` are
    the latest of the `records_count` records behind the number.
    """

    kpi_id: str
    requirement_id: str | None
    name: str
    group: str
    unit: str
    direction: str
    measure: Measure | None
    trend: Trend | None = None
    parts: Mapping[str, Sequence[Measure]] = field(default_factory=dict)
    companions: Sequence[KpiCard] = ()
    connect: Sequence[str] = ()
    missing_reason: str | None = None
    definition: str | None = None
    default_target: str | None = None
    records: Sequence[Mapping[str, object]] = ()
    records_count: int = 0


@dataclass(frozen=True)
class Scorecard:
    """The whole scorecard for one scope, window and knowledge instant."""

    title: str
    scope: Mapping[str, str]
    window: Window
    as_of: datetime
    made_at: datetime
    cards: Sequence[KpiCard]
    sources: Sequence[SourceState] = ()


@dataclass(frozen=True)
class SourceState:
    """What is known of one source: last seen, lag, gaps, and counts of what could not be used."""

    source: str
    connector: str
    last_event_at: datetime | None
    last_recorded_at: datetime | None
    lag_seconds: float | None
    is_silent: bool
    gaps: Sequence[tuple[datetime, datetime]] = ()
    facts_count: int = 0
    quarantined_count: int = 0
    not_needed_count: int = 0

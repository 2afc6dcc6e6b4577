"""The shapes of the API's answers: what the server writes and the client reads, in one place.

Numbers keep the shapes of kernel/measure.py; what else the API tells has a plain dataclass here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fairlead.kernel.measure import Measure, Scorecard, Trend
from fairlead.kernel.window import Window


@dataclass(frozen=True)
class ScorecardAnswer:
    """A scorecard; `is_fresh` is false while newer facts are being worked in."""

    scorecard: Scorecard
    is_fresh: bool


@dataclass(frozen=True)
class KpiSummary:
    """One line of the list of KPIs: computed here, or what to connect."""

    id: str
    kpi: str
    name: str
    unit: str
    default_target: str | None
    state: str
    connect: str


@dataclass(frozen=True)
class SeriesAnswer:
    """One key of the grain over successive complete periods; the whole has an empty key."""

    key: Mapping[str, str | None]
    measures: Sequence[Measure]
    trend: Trend


@dataclass(frozen=True)
class KpiAnswer:
    """One KPI over one window: its measures (one without `by`), and the trend where asked for."""

    kpi: str
    name: str
    definition: str
    unit: str
    window: Window
    by: Sequence[str]
    measures: Sequence[Measure]
    series: Sequence[SeriesAnswer] = ()


@dataclass(frozen=True)
class Definition:
    """What a KPI counts, by our rules and by those of other tools."""

    kpi: str
    name: str
    summary: str
    labels: Mapping[str, str]
    definitions: Mapping[str, str]
    unit: str | None = None
    statistic: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ServiceAnswer:
    """One service of the catalog."""

    id: str
    title: str | None
    owner: str
    tier: str
    system: str | None
    lifecycle: str
    repositories: Sequence[str]
    depends_on: Sequence[str]


@dataclass(frozen=True)
class TeamAnswer:
    """One team with the services that it owns."""

    id: str
    title: str | None
    lead: str | None
    parent: str | None
    members: Sequence[str]
    services: Sequence[str]


@dataclass(frozen=True)
class SourceAnswer:
    """One source of facts as `data quality` tells it; `state` is `alive` or `silent`."""

    source: str
    connector: str
    last_event_at: datetime | None
    lag_hours: float | None
    state: str
    gaps: Sequence[str]
    facts: int
    quarantined: int
    not_needed: int


@dataclass(frozen=True)
class QualityAnswer:
    """Sources, known shares behind the KPIs, and what could not be placed."""

    sources: Sequence[SourceAnswer]
    components: Sequence[Mapping[str, Any]]
    unlinked: Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class HeldPayload:
    """One payload in quarantine, as it was received, with the reason."""

    quarantine_id: int
    source: str
    connector: str
    event: str | None
    delivery_ref: str | None
    received_at: datetime
    code: str
    path: str
    message: str
    payload: str
    state: str


@dataclass(frozen=True)
class ReplayAnswer:
    """What a replay did; `not_tried` names the sources whose settings are wrong."""

    mapped_count: int
    held_count: int
    not_tried: Sequence[str]


@dataclass(frozen=True)
class DeliveryAnswer:
    """One received delivery; the body itself stays in the inbox."""

    delivery_id: int
    source: str
    connector: str
    delivery_ref: str
    event: str
    scheme: str
    body_sha256: str
    received_at: datetime
    state: str
    attempt_count: int
    settled_at: datetime | None
    outcome: Mapping[str, Any]


@dataclass(frozen=True)
class ActivityEntry:
    """One entry of the audit log; `leaf_sha256` is its leaf in the tree."""

    seq: int
    at: datetime
    actor: str
    action: str
    object_type: str
    object_id: str
    leaf_sha256: str
    entry: str


@dataclass(frozen=True)
class GrantAnswer:
    """A role in a scope, and until when."""

    role: str
    scope_kind: str
    scope_id: str
    origin: str
    expires_at: datetime | None


@dataclass(frozen=True)
class PersonAnswer:
    """One person who may log in, with the roles in force."""

    person_id: str
    email: str
    name: str
    is_active: bool
    created_at: datetime
    has_second_factor: bool
    grants: Sequence[GrantAnswer]


@dataclass(frozen=True)
class TokenAnswer:
    """One token; `value` is there once, in the answer to its making."""

    token_id: int
    label: str
    hint: str
    scopes: Sequence[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    value: str | None = None


@dataclass(frozen=True)
class DocumentAnswer:
    """One document of the operating model and where it is declared."""

    kind: str
    id: str
    title: str | None
    file: str | None
    line: int | None
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong in the operating model, where, and how to mend it."""

    code: str
    severity: str
    message: str
    file: str | None
    line: int | None
    column: int | None
    help: str | None
    notes: Sequence[str]


@dataclass(frozen=True)
class Version:
    """What runs here."""

    version: str
    api: str = "v1"


@dataclass(frozen=True)
class Health:
    """Whether the installation can answer: each part with `ok` or what is wrong."""

    status: str
    checks: Mapping[str, str]


@dataclass(frozen=True)
class Problem:
    """What went wrong, as RFC 9457 has it; `code` opens in `fairlead explain`."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str | None = None
    errors: Sequence[Mapping[str, Any]] = ()

"""A scorecard made by hand: every state of a KPI, hostile names, gaps, silent sources."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fairlead.kernel.measure import (
    KpiCard,
    Measure,
    Quality,
    QualityComponent,
    Scorecard,
    SourceState,
    Status,
    Target,
    Trend,
    TrendPoint,
)
from fairlead.kernel.window import Window, parse_period
from fairlead.kpis.shelf import kpis
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.kinds.team import Team
from fairlead.opmodel.kinds.tier import Tier
from fairlead.opmodel.kinds.workspace import Workspace
from fairlead.opmodel.model import Model
from fairlead.packs.scorecard import SCORECARD

HOSTILE = "<script>alert(1)</script>"
HOSTILE_QUOTE = '" onmouseover="alert(2)" x=\''
NOW = datetime(2026, 10, 5, 6, 30, tzinfo=UTC)
ZONE = "Europe/Berlin"
WINDOW = parse_period("2026-Q3", ZONE, NOW)
HISTORY = Window(WINDOW.start - timedelta(days=91), WINDOW.end, ZONE)
TEAMS = {
    "payments": "Payments", "search": "Search and discovery", "identity": "Identity",
    "storefront": "Storefront", "data_platform": "Data platform", "mobile": "Mobile",
}  # fmt: skip
SERVICES = (
    "checkout", "ledger", "search-api", "indexer", "login", "profile", "cart", "catalog", "etl",
    "warehouse", "ios-gateway", "push", HOSTILE, HOSTILE_QUOTE,
    "a-service-with-a-name-that-is-far-too-long-for-any-axis", "notifications", "pricing",
)  # fmt: skip
GOOD = Quality(0.994, "A", [
    QualityComponent("environments_mapped", 1480, 1489, "declare the environment's name"),
    QualityComponent("services_mapped", 1410, 1418, "declare the repository in a service"),
])  # fmt: skip
POOR = Quality(0.61, "C", [
    QualityComponent("changes_linked", 831, 1362, "see `fairlead data quality --unlinked`"),
    QualityComponent("deployments_with_sha", 0, 0, "let the deployment name its commit"),
])  # fmt: skip
BAD = Quality(0.31, "D", [
    QualityComponent("runs_known", 310, 1000, "pull attempts, so that a re-run is known to be one"),
])  # fmt: skip


def model() -> Model:
    """A model with titles for teams, services and tiers, one of them hostile."""
    head = {"apiVersion": "fairlead/v1"}
    teams = [Team(**head, kind="Team", id=key, title=title) for key, title in TEAMS.items()]
    tiers = [Tier(**head, kind="Tier", id=f"tier{n}", title=f"Tier {n}", rank=n) for n in (1, 2, 3)]
    service = Service(
        **head, kind="Service", id="checkout", title=f"Checkout {HOSTILE}", owner="payments",
        tier="tier1",
    )  # fmt: skip
    workspace = Workspace(**head, kind="Workspace", id="acme", title="Acme", time_zone=ZONE)
    return Model.of([workspace, service, *teams, *tiers])


def trend(
    kpi_id: str,
    values: Sequence[float | None],
    *,
    limits: tuple[float, float, float] | None = None,
    verdict: str = "stable",
    is_good: bool | None = None,
    signals: int = 0,
    explanation: str = "varies within its natural limits: no week differs from noise",
) -> Trend:
    """A weekly trend that ends with the window; the last `signals` points are signals."""
    weeks = HISTORY.periods("week")[-len(values) :] if values else []
    points = [
        TrendPoint(week, value, 0 if value is None else 40 + place,
                   "source_silent" if value is None else None,
                   place >= len(values) - signals)
        for place, (week, value) in enumerate(zip(weeks, values, strict=True))
    ]  # fmt: skip
    centre, low, high = limits or (None, None, None)
    return Trend(kpi_id, "week", points, centre, low, high, verdict, is_good, explanation)  # type: ignore[arg-type]


def series(
    seed: int, centre: float, spread: float, *, count: int = 25, shift: float = 0.0, last: int = 0
) -> list[float | None]:
    """Noise around a centre; the last points are shifted."""
    dice = random.Random(seed)
    found: list[float | None] = [
        max(0.0, centre + dice.uniform(-spread, spread)) for _ in range(count)
    ]
    for place in range(count - last, count):
        found[place] = (found[place] or 0.0) + shift
    return found


def parts(
    kpi_id: str, unit: str, target: Target | None, centre: float, direction: str, seed: int
) -> dict[str, list[Measure]]:
    """The KPI by team, tier and service, worst first, with one part that has no value."""
    dice = random.Random(seed)
    grains = {"team": ("team_id", [*TEAMS]), "tier": ("tier", ["tier1", "tier2", "tier3"]),
              "service": ("service_id", [*SERVICES, None])}  # fmt: skip
    return {
        grain: sorted(
            (_part(kpi_id, {column: name}, unit, target, centre, direction, dice)
             for name in names),
            key=lambda m: {"red": 0, "unproven": 1, "amber": 2, "no_value": 3}.get(m.status, 4),
        )
        for grain, (column, names) in grains.items()
    }  # fmt: skip


def _part(
    kpi_id: str,
    key: Mapping[str, str | None],
    unit: str,
    target: Target | None,
    centre: float,
    direction: str,
    dice: random.Random,
) -> Measure:
    if next(iter(key.values())) in ("push", "mobile"):
        return Measure(kpi_id, key, WINDOW, NOW, None, reason="no_deployments", status="no_value",
                       interval_reason="too_few", target=target)  # fmt: skip
    n = dice.choice([4, 12, 40, 130])
    value = centre * dice.uniform(0.4, 1.7)
    reach = value * 1.6 / n**0.5
    low, high = max(0.0, value - reach), value + reach
    if unit == "ratio":
        value, high = min(1.0, value), min(1.0, high)
    status: Status = "no_target"
    if target is not None and target.value is not None:
        is_met = value <= target.value if direction == "down" else value >= target.value
        status = "green" if is_met else "red"
    return Measure(kpi_id, key, WINDOW, NOW, value, n=n, low=low, high=high, status=status,
                   target=target, excluded={"pending": n // 4})  # fmt: skip


def records(kind: str, count: int = 120) -> list[dict[str, object]]:
    """Records as the engine lists them."""
    dice = random.Random(len(kind) + count)
    found: list[dict[str, object]] = []
    for place in range(count):
        row: dict[str, object] = {
            "record_id": f"{kind}:{place:04d}",
            "service_id": SERVICES[place % len(SERVICES)],
            "event_at": WINDOW.end - timedelta(hours=7 * place + 1),
            "excluded_reason": "pending" if place % 11 == 0 else None,
            "always_null": None,
        }
        if kind == "change":
            row["seconds"] = dice.lognormvariate(11, 1.4)
        elif kind == "run":
            row["outcome"] = dice.choice(["clean"] * 8 + ["flaky", "failed", "errored"])
        else:
            row |= {"numerator": int(place % 5 == 0), "denominator": 1}
        found.append(row)
    return found


def _line(kpi_id: str, measure: Measure | None, **more: object) -> KpiCard:
    line = next(line for line in SCORECARD if line.kpi_id == kpi_id)
    card = KpiCard(
        kpi_id=kpi_id, requirement_id=line.requirement_id, name=line.name, group=line.group,
        unit=line.unit, direction=line.direction, measure=measure, connect=line.connect,
        default_target=line.default_target,
        missing_reason="not_connected" if measure is None else measure.reason,
    )  # fmt: skip
    return replace(card, **more)  # type: ignore[arg-type]


def measure(kpi_id: str, value: float | None, status: Status, **more: object) -> Measure:
    """The measure of the whole organisation."""
    found = Measure(kpi_id, {}, WINDOW, NOW, value, status=status)
    return replace(found, **more)  # type: ignore[arg-type]


def companion(kpi_id: str, group: str, centre: float, **more: object) -> KpiCard:
    """A companion figure of the shelf without a target."""
    kpi = kpis()[kpi_id]
    found = measure(kpi_id, centre, "no_target", n=212, low=centre * 0.8, high=centre * 1.3)
    spread = series(len(kpi_id), centre, centre * 0.3)
    return KpiCard(
        kpi_id, None, kpi.name, group, kpi.unit, kpi.direction, replace(found, **more),  # type: ignore[arg-type]
        trend=trend(kpi_id, spread, limits=(centre, centre * 0.5, centre * 1.5)),
    )  # fmt: skip


def failing() -> KpiCard:
    """Off target, proven, worse, with two weeks in which the source was silent."""
    kpi_id, target = "change_failure_rate", Target(
        value=0.15, amber=0.2, declared_at="workspace/targets/delivery.yaml:12", is_default=False
    )  # fmt: skip
    values = series(3, 0.16, 0.045, shift=0.1, last=3)
    values[5] = values[6] = None
    return _line(
        kpi_id,
        measure(kpi_id, 0.224, "red", numerator=57.0, denominator=254.0, n=254, low=0.177,
                high=0.279, target=target, quality=GOOD, baseline_value=0.161,
                improvement_ratio=-0.391, warnings=["source_silent: pagerduty"],
                excluded={"pending": 31, "retry": 12, "rollback_itself": 4, "undated": 0},
                details={"value_low": 0.19, "value_high": 0.26, "change_p_value": 0.031,
                         "is_distinguishable": 1.0}),
        trend=trend(kpi_id, values, limits=(0.16, 0.055, 0.265), verdict="up", is_good=False,
                    signals=2, explanation="has changed for the worse: outside what its earlier "
                    "weeks explain"),
        parts=parts(kpi_id, "ratio", target, 0.17, "down", 11),
        companions=[companion("deployment_rework_rate", "delivery", 0.11)],
        records=records("deployment"), records_count=301,
    )  # fmt: skip


def meeting() -> KpiCard:
    """On target and proven, better than before."""
    kpi_id, target = "deployment_frequency", Target(value=14.0, is_default=False)
    return _line(
        kpi_id,
        measure(kpi_id, 19.3, "green", numerator=254.0, denominator=92.0, n=254, low=17.0,
                high=21.9, target=target, is_target_proven=True, quality=GOOD,
                baseline_value=15.2, improvement_ratio=0.27,
                details={"weekly_median": 19.0, "complete_weeks_count": 13.0,
                         "is_distinguishable": 1.0, "change_p_value": 0.0004,
                         "seconds_between_median": 27_900.0, "active_days_count": 78.0}),
        trend=trend(kpi_id, series(5, 15.0, 3.0, shift=7.0, last=6), limits=(15.0, 9.0, 21.0),
                    verdict="up", is_good=True, signals=6,
                    explanation="has changed for the better: outside what its earlier weeks "
                    "explain"),
        parts=parts(kpi_id, "per_week", Target(value=2.0), 2.4, "up", 12),
        companions=[companion("release_frequency", "delivery", 2.2),
                    companion("deployment_job_failure_rate", "delivery", 0.07)],
        records=records("deployment", 60), records_count=254,
    )  # fmt: skip


def unproven() -> KpiCard:
    """Meets its target, but a third of the changes is not linked."""
    kpi_id, target = "lead_time_for_changes", Target(value=86_400.0, is_default=False)
    values = series(7, 70_000.0, 21_000.0)
    return _line(
        kpi_id,
        measure(kpi_id, 66_300.0, "unproven", n=831, low=61_000.0, high=73_200.0, target=target,
                quality=POOR, baseline_value=66_280.0, improvement_ratio=-0.0003,
                excluded={"bot": 402, "not_shipped": 129},
                details={"mean": 151_000.0, "median": 66_300.0, "p75": 144_000.0,
                         "p90": 402_000.0, "km_median_seconds": 71_000.0, "open_count": 129.0}),
        trend=trend(kpi_id, values, limits=(70_000.0, 38_000.0, 102_000.0)),
        parts=parts(kpi_id, "seconds", target, 72_000.0, "down", 13),
        companions=[companion("merge_to_production", "delivery", 21_600.0)],
        records=records("change"), records_count=831,
    )  # fmt: skip


def unknown_quality() -> KpiCard:
    """A value whose data are too poor to give it a colour; outcomes of runs among the records."""
    kpi_id, target = "pipeline_success_rate", Target(value=0.95, is_default=False)
    return _line(
        kpi_id,
        measure(kpi_id, 0.912, "unknown_quality", numerator=912.0, denominator=1000.0, n=1000,
                low=0.893, high=0.928, target=target, quality=BAD),
        trend=trend(kpi_id, series(8, 0.92, 0.02), limits=(0.92, 0.87, 0.97)),
        parts=parts(kpi_id, "ratio", target, 0.8, "up", 14),
        companions=[companion("flaky_job_ratio", "delivery", 0.06)],
        records=records("run"), records_count=1000,
    )  # fmt: skip


def scorecard() -> Scorecard:
    """The scorecard with every state; the lines not named here are not connected."""
    made = {card.kpi_id: card for card in (failing(), meeting(), unproven(), unknown_quality())}
    made["build_test_duration"] = _line(
        "build_test_duration",
        measure("build_test_duration", 540.0, "green", n=1180, low=520.0, high=655.0,
                target=Target(improvement_ratio=0.2, baseline_label="2026-Q1"),
                baseline_value=780.0, improvement_ratio=0.308, quality=GOOD),
        trend=trend("build_test_duration", series(9, 560.0, 90.0), limits=(560.0, 400.0, 720.0)),
    )  # fmt: skip
    made["time_to_restore"] = _line(
        "time_to_restore",
        measure("time_to_restore", None, "no_value", reason="no_incidents", n=0,
                interval_reason="too_few", quality=GOOD,
                target=Target(value=3600.0, is_default=False)),
        trend=trend("time_to_restore", [None] * 13, verdict="too_few",
                    explanation="0 complete weeks with a value, at least 8 are needed to judge a "
                    "change"),
        companions=[companion("time_to_acknowledge", "reliability", 240.0, value=None,
                              reason="no_pages", status="no_value", low=None, high=None, n=0)],
    )  # fmt: skip
    made["incident_rate_by_severity"] = _line(
        "incident_rate_by_severity",
        measure("incident_rate_by_severity", 0.0, "no_target", n=0, low=0.0, high=1.2,
                quality=Quality(None, None)),
        trend=trend("incident_rate_by_severity", [0.0, 1.0, 0.0, 0.0], verdict="too_few",
                    explanation="4 complete weeks with a value, at least 8 are needed to judge a "
                    "change"),
    )  # fmt: skip
    made["alert_noise_ratio"] = _line(
        "alert_noise_ratio",
        measure("alert_noise_ratio", 0.33, "amber", n=210, low=0.27, high=0.4,
                target=Target(value=0.3, amber=0.35)),
    )  # fmt: skip
    made["platform_adoption"] = _line(
        "platform_adoption",
        measure("platform_adoption", 0.86, "green", n=17, numerator=14.6, denominator=17.0,
                low=0.62, high=0.96, target=Target(value=0.7), is_target_proven=False),
    )  # fmt: skip
    cards = [made.get(line.kpi_id) or _line(line.kpi_id, None) for line in SCORECARD]
    return Scorecard("Acme", {}, WINDOW, NOW, NOW, cards, sources())


def sources() -> list[SourceState]:
    """One source alive, one silent with gaps, one that never delivered and has a hostile name."""
    gap = (WINDOW.start, WINDOW.start + timedelta(days=4))
    return [
        SourceState("github", "github", NOW - timedelta(minutes=9), NOW - timedelta(minutes=8),
                    540.0, False, [], 18_204, 3, 911),
        SourceState("pagerduty", "pagerduty", NOW - timedelta(days=5), NOW - timedelta(days=5),
                    432_000.0, True, [gap], 640, 0, 12),
        SourceState(HOSTILE, "jira", None, None, None, True),
    ]  # fmt: skip


def empty() -> Scorecard:
    """A new workspace: nothing is connected, no source is known."""
    cards = [_line(line.kpi_id, None) for line in SCORECARD]
    return Scorecard("Acme", {"team_id": "payments"}, WINDOW, NOW, NOW, cards, ())

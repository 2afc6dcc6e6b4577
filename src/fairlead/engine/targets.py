"""Which target applies to a measure, and what its status is: the narrowest declared scope wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fairlead.kernel.measure import Measure, Status, Target
from fairlead.opmodel.kinds.kpi_target import KpiTarget
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.model import Model

PROVES_NOTHING = ("too_few", "not_computed", "not_a_share")


def target_for(model: Model, kpi_id: str, key: Mapping[str, str | None]) -> Target | None:
    """The target of a KPI for a grain key; None when none applies.

    Service beats team beats tier beats everybody; of two equally narrow ones the one with more
    dimension conditions wins, then the greater id. A target with a dimension applies only to a key
    that names that dimension value.
    """
    place = _place(model, key)
    best: tuple[tuple[int, int, str], KpiTarget] | None = None
    for document in model.all_of(KpiTarget).values():
        if document.kpi != kpi_id or not _applies(document, place, key):
            continue
        scope = document.scope
        narrow = 3 if scope.service else 2 if scope.team else 1 if scope.tier else 0
        rank = (narrow, len(document.dimension), document.id)
        if best is None or rank > best[0]:
            best = (rank, document)
    if best is None:
        return None
    found = best[1]
    declared = model.places.get(("KpiTarget", found.id))
    return Target(
        value=found.target,
        amber=found.amber,
        low=found.low,
        high=found.high,
        improvement_ratio=found.improvement_ratio,
        baseline_label=found.baseline,
        declared_at=str(declared) if declared else found.id,
        is_default=False,
    )


def targeted_dimensions(model: Model, kpi_id: str) -> set[str]:
    """The dimensions that targets of a KPI name, such as `severity`."""
    documents = model.all_of(KpiTarget).values()
    return {name for found in documents if found.kpi == kpi_id for name in found.dimension}


def _place(model: Model, key: Mapping[str, str | None]) -> dict[str, str | None]:
    """Tier, team and service of a key; those of a service come from the model."""
    service = model.all_of(Service).get(key.get("service_id") or "")
    return {
        "service": key.get("service_id"),
        "team": key.get("team_id") or (service.owner if service else None),
        "tier": key.get("tier") or (service.tier if service else None),
    }


def _applies(
    document: KpiTarget, place: Mapping[str, str | None], key: Mapping[str, str | None]
) -> bool:
    for name, wanted in document.scope.model_dump(exclude_none=True).items():
        if place[name] != wanted:
            return False
    return all(key.get(column) == value for column, value in document.dimension.items())


def with_status(measure: Measure, target: Target | None, direction: str) -> Measure:
    """The measure with its target and status (S11 caps what poor data may show)."""
    status = status_of(measure, target, direction)
    return replace(
        measure,
        target=target,
        status=status,
        is_target_proven=_is_proven(measure, target, direction) if status == "green" else None,
    )


def status_of(measure: Measure, target: Target | None, direction: str) -> Status:
    """Green, amber or red against the target; `unproven` and `unknown_quality` for poor data."""
    grade = measure.quality.grade if measure.quality else None
    if measure.value is None:
        return "no_value"
    if grade == "D":
        return "unknown_quality"
    if target is None:
        return "no_target"
    outcome = _against(measure, target, direction)
    if outcome is None:
        return "no_target"
    if outcome == "green" and grade == "C":
        return "unproven"
    return outcome


def _against(measure: Measure, target: Target, direction: str) -> Status | None:
    value = measure.value
    assert value is not None  # checked by the caller
    if target.low is not None or target.high is not None:
        return _in_band(value, target)
    if target.improvement_ratio is not None:
        if measure.improvement_ratio is None:
            return None
        return "green" if measure.improvement_ratio >= target.improvement_ratio else "red"
    if target.value is None:
        return None
    if _is_met(value, target.value, direction):
        return "green"
    if target.amber is not None and _is_met(value, target.amber, direction):
        return "amber"
    return "red"


def _in_band(value: float, target: Target) -> Status:
    low = target.low if target.low is not None else float("-inf")
    high = target.high if target.high is not None else float("inf")
    return "green" if low <= value <= high else "red"


def _is_met(value: float, limit: float, direction: str) -> bool:
    return value <= limit if direction == "down" else value >= limit


def _is_proven(measure: Measure, target: Target | None, direction: str) -> bool | None:
    """Whether the worse end of the interval still meets the target; None without interval."""
    if target is None or target.value is None or measure.low is None or measure.high is None:
        return None
    worst = measure.high if direction == "down" else measure.low
    return _is_met(worst, target.value, direction)


def worst_first(measures: Sequence[Measure]) -> list[Measure]:
    """Measures with what needs attention first: red, unknown, unproven, amber, then the rest."""
    order: dict[Status, int] = {
        "red": 0, "unknown_quality": 1, "unproven": 2, "amber": 3, "no_value": 4,
        "no_target": 5, "green": 6,
    }  # fmt: skip
    return sorted(measures, key=lambda m: (order[m.status], -m.n, str(m.key)))

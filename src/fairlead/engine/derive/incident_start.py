"""When an incident began, when it ended, and whether it counts: read alike by every derivation."""

from __future__ import annotations

from datetime import datetime

from fairlead.engine.derive.reader import Row
from fairlead.opmodel.model import Model

REAL_KINDS = frozenset({None, "incident", "security"})


def is_real(incident: Row) -> bool:
    """Whether it is an incident: no drill, no test, neither cancelled nor merged into another."""
    return (
        bool(incident.get("incident_id"))
        and incident.get("kind") in REAL_KINDS
        and incident.get("state") not in ("cancelled", "merged")
        and not incident.get("merged_into_id")
    )


def start_of(incident: Row) -> datetime | None:
    """The first present of impact, detection and declaration."""
    return (
        incident.get("impact_started_at")
        or incident.get("detected_at")
        or incident.get("declared_at")
    )


def end_of(incident: Row) -> datetime | None:
    """When it was mitigated, else resolved; None while it is open."""
    return incident.get("mitigated_at") or incident.get("resolved_at")


def services_of(incident: Row, model: Model) -> tuple[str, ...]:
    """The affected services: as stated, else those that the tool's names stand for."""
    stated = [model.service_of_name(ref) or ref for ref in incident.get("service_ids") or ()]
    named = [model.service_of_name(ref) for ref in incident.get("service_refs") or ()]
    return tuple(dict.fromkeys(stated or [found for found in named if found]))

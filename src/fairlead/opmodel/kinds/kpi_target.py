"""A target of one KPI, for everybody or for a tier, team or service; the narrowest wins."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from fairlead.opmodel.kinds.document import Document, Identifier, Part, optional_reference


class TargetScope(Part):
    """Whom the target is for; empty means everybody. Service beats team beats tier."""

    tier: Identifier | None = optional_reference("Tier", "Only services of this tier.")
    team: Identifier | None = optional_reference("Team", "Only services of this team.")
    service: Identifier | None = optional_reference("Service", "Only this service.")


class KpiTarget(Document):
    """What a KPI should be. Values are in the KPI's unit: shares 0..1, durations in seconds."""

    folder: ClassVar[str] = "workspace/targets"

    kind: Literal["KpiTarget"]
    kpi: str = Field(description="Id of the KPI, such as `change_failure_rate`.")
    scope: TargetScope = Field(default_factory=TargetScope)
    target: float | None = Field(None, description="The value to reach (or not to exceed).")
    amber: float | None = Field(None, description="The value up to which a miss is amber.")
    low: float | None = Field(None, description="Lower end, for a KPI with a band.")
    high: float | None = Field(None, description="Upper end, for a KPI with a band.")
    improvement_ratio: float | None = Field(
        None, description="Improvement against the stored baseline, as a share (0.2 is 20 %)."
    )
    baseline: str | None = Field(
        None, description="Period of the baseline, such as `2026-Q1`, for improvement targets."
    )
    dimension: dict[str, str] = Field(
        default_factory=dict, description="Only rows of these dimension values (`severity: sev1`)."
    )

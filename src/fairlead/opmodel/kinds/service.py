"""A service: what is deployed, who owns it, how much it matters, what it needs."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from fairlead.opmodel.kinds.document import Document, Identifier, optional_reference, reference


class Service(Document):
    """One service of the catalog."""

    folder: ClassVar[str] = "services"

    kind: Literal["Service"]
    owner: Identifier = reference("Team", "The team that owns the service.")
    tier: Identifier = reference("Tier", "How much it matters.")
    system: Identifier | None = optional_reference("System", "The system it belongs to.")
    lifecycle: Literal["experimental", "production", "deprecated"] = Field(
        "production", description="Where it stands in its life."
    )
    repositories: list[str] = Field(
        default_factory=list,
        description="Repositories as tools name them (`acme/checkout`); the first is the main one.",
    )
    paths: list[str] = Field(
        default_factory=list,
        description="Globs of the files that belong to it in a monorepo; empty means all.",
    )
    names: list[str] = Field(
        default_factory=list,
        description="Names that other tools use for it (PagerDuty service, Argo application, "
        "`service` label).",
    )
    pipelines: list[str] = Field(
        default_factory=list, description="Globs of pipeline ids that are its own, in a monorepo."
    )
    standard_pipelines: list[str] = Field(
        default_factory=list, description="Globs of pipeline ids that are standard pipelines."
    )
    depends_on: list[Identifier] = Field(
        default_factory=list,
        description="Services that it calls.",
        json_schema_extra={"references": "Service"},
    )
    deployments_from: Identifier | None = optional_reference(
        "Source", "The one source whose deployments count; others are shadows."
    )
    baseline: str = Field(
        "first_deployment",
        description="Content of the first deployment: `first_deployment` (before_baseline), "
        "`empty` (all of it is new) or a commit SHA.",
    )
    observation_seconds: int | None = Field(
        None, gt=0, description="Time in which failure evidence may appear; else the workspace's."
    )

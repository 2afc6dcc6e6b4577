"""A rule that turns pipeline jobs, tags or branches into deployments, where no tool says so."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from fairlead.opmodel.kinds.document import (
    Document,
    Identifier,
    Part,
    optional_reference,
    reference,
)


class RuleMatch(Part):
    """What must match, exactly or by glob; fields left out match anything."""

    source: Identifier | None = optional_reference("Source", "Only in this source.")
    repository: str | None = Field(None, description="Repository, or a glob.")
    pipeline: str | None = Field(None, description="Pipeline id, or a glob.")
    job: str | None = Field(None, description="Job name, or a glob.")
    branch: str | None = Field(None, description="Branch, or a glob.")
    tag: str | None = Field(None, description="Release tag, or a glob: a tag is then a deployment.")


class DeploymentRule(Document):
    """What counts as a deployment of which service to which environment."""

    folder: ClassVar[str] = "delivery"

    kind: Literal["DeploymentRule"]
    match: RuleMatch
    service: Identifier = reference("Service", "The service that is deployed.")
    environment: Identifier = reference("Environment", "The environment that it goes to.")
    mechanism: Literal["code", "config", "flag", "infrastructure", "data_migration"] = Field(
        "code", description="How production is altered."
    )

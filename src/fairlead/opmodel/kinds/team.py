"""A team that owns services."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from fairlead.opmodel.kinds.document import Document, Identifier, optional_reference


class Team(Document):
    """One team; what it owns is said by `owner` of the services."""

    folder: ClassVar[str] = "teams"

    kind: Literal["Team"]
    lead: Identifier | None = optional_reference("Person", "Who leads the team.")
    parent: Identifier | None = optional_reference("Team", "The team above it.")
    members: list[Identifier] = Field(
        default_factory=list,
        description="Ids of its people.",
        json_schema_extra={"references": "Person"},
    )
    aliases: list[str] = Field(
        default_factory=list, description="Names that tools use for this team."
    )

"""An environment: its stage, region, and the names that tools use for it."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from fairlead.opmodel.kinds.document import Document, Identifier, Part, optional_reference


class SourceName(Part):
    """A name (glob allowed) that a source uses for the environment."""

    name: str = Field(description="The name, or a glob such as `prod-*`.")
    source: Identifier | None = optional_reference("Source", "Only in this source.")


class Environment(Document):
    """One environment. Names are never guessed: exact or by glob, as written here."""

    folder: ClassVar[str] = "delivery"

    kind: Literal["Environment"]
    stage: Literal["production", "staging", "testing", "development", "preview"] = Field(
        description="What it is for."
    )
    region: str | None = Field(None, description="Where it runs.")
    order: int = Field(0, description="Place in the order of promotion.")
    names: list[SourceName] = Field(
        default_factory=list, description="Names in the tools; its own id always matches."
    )

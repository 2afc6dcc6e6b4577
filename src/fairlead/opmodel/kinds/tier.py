"""How much a service matters; tier 1 matters most."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from fairlead.opmodel.kinds.document import Document


class Tier(Document):
    """One tier; `rank` 1 is the most important."""

    folder: ClassVar[str] = "services"

    kind: Literal["Tier"]
    rank: int = Field(ge=1, le=9, description="1 is the most important.")
    description: str | None = Field(None, description="What makes a service belong to this tier.")

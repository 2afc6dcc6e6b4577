"""A domain: an area of the business that groups systems."""

from __future__ import annotations

from typing import ClassVar, Literal

from fairlead.opmodel.kinds.document import Document, Identifier, optional_reference


class Domain(Document):
    """One area of the business."""

    folder: ClassVar[str] = "services"

    kind: Literal["Domain"]
    owner: Identifier | None = optional_reference("Team", "The team that owns the domain.")

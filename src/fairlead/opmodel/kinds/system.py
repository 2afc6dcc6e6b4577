"""A system: services that belong together."""

from __future__ import annotations

from typing import ClassVar, Literal

from fairlead.opmodel.kinds.document import Document, Identifier, optional_reference


class System(Document):
    """One group of services that serve one purpose."""

    folder: ClassVar[str] = "services"

    kind: Literal["System"]
    owner: Identifier | None = optional_reference("Team", "The team that owns the system.")
    domain: Identifier | None = optional_reference("Domain", "The domain it belongs to.")

"""Performance bands of one edition of the DORA report; the targets of the KPIs come first."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from fairlead.opmodel.kinds.document import Document, Part


class Band(Part):
    """One limit; a value on the better side of `limit` is in the band."""

    band: Literal["elite", "high", "medium"] = Field(description="The band that the limit closes.")
    limit: float = Field(description="In the KPI's unit: shares 0..1, durations in seconds.")


class DoraBands(Document):
    """Bands of one report year per KPI; what passes none of them is `low`."""

    folder: ClassVar[str] = "delivery"

    kind: Literal["DoraBands"]
    edition: int = Field(ge=2014, le=2100, description="Year of the report.")
    bands: dict[str, list[Band]] = Field(description="KPI id to its limits, best first.")

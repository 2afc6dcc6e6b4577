"""The organisation's own settings: zone, default period, outbound switch. One per workspace."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from fairlead.opmodel.kinds.document import Document


class Workspace(Document):
    """One organisation: how its calendar runs, where its lake lies, what may leave the machine."""

    folder: ClassVar[str] = "workspace"

    kind: Literal["Workspace"]
    time_zone: str = Field(
        "UTC", description="IANA zone of the organisation's days, weeks and months."
    )
    profile: str | None = Field(None, description="The profile that this model started from.")
    lake: str = Field(".fairlead/lake", description="Folder of the facts, inside the workspace.")
    default_period: str = Field(
        "last-3-months", description="The period of a scorecard when none is given."
    )
    outbound: bool = Field(
        False, description="Whether pulls from configured sources may use the network."
    )
    internal_hosts: list[str] = Field(
        default_factory=list,
        description="Hosts inside your network that pulls may reach; other internal addresses are "
        "refused.",
    )
    observation_seconds: int = Field(
        259_200, gt=0, description="Time in which failure evidence may still appear (72 h)."
    )
    release_tag_pattern: str = Field(
        r"^v?\d+\.\d+\.\d+$", description="Tags that are releases (a regular expression)."
    )
    ticket_pattern: str = Field(
        r"\b[A-Z][A-Z0-9]+-\d+\b", description="Ticket keys in branches, titles and bodies."
    )

"""A person and the accounts that tools know them by."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from fairlead.opmodel.kinds.document import Document


class Person(Document):
    """One person; `accounts` joins what tools say of them."""

    folder: ClassVar[str] = "teams"

    kind: Literal["Person"]
    email: str | None = Field(None, description="Work e-mail address.")
    time_zone: str | None = Field(None, description="IANA zone where the person works.")
    accounts: dict[str, list[str]] = Field(
        default_factory=dict, description="Connector id to account names (`github: [octocat]`)."
    )
    is_bot: bool = Field(False, description="Whether this is an automation account.")

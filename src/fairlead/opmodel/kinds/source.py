"""One configured connector: which tool, which part of it, how to log in. Secrets by reference."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from fairlead.opmodel.kinds.document import Document

SECRET_REFERENCE = r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|keyring:[^/]+/.+)$"


class Source(Document):
    """One source of facts. Facts carry its id, so never reuse an id for another tool."""

    folder: ClassVar[str] = "workspace/sources"

    kind: Literal["Source"]
    connector: str = Field(description="Id of the connector, such as `github`.")
    base_url: str | None = Field(None, description="Base URL of the tool's API.")
    settings: dict[str, Any] = Field(
        default_factory=dict, description="Settings of the connector; see its reference page."
    )
    secrets: dict[str, str] = Field(
        default_factory=dict,
        description="Secret name to reference: `env:NAME`, `file:PATH` or `keyring:SERVICE/USER`; "
        "never a value.",
    )
    silent_after_seconds: int = Field(
        172_800, gt=0, description="Silence after which the source counts as silent (2 d)."
    )

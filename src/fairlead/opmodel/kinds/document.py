"""What every document of the operating model has: apiVersion, kind, id; unknown fields refused.

A field that names another document carries `json_schema_extra={"references": "<Kind>"}`; the
loader checks such references and finds near matches. `folder` is where profiles write the kind.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

IDENTIFIER = r"^[a-z0-9][a-z0-9_.-]{0,62}$"
Identifier = Annotated[str, Field(pattern=IDENTIFIER)]


class Part(BaseModel):
    """A nested mapping of a document."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Document(Part):
    """One document; `id` is unique within its kind."""

    folder: ClassVar[str]

    api_version: Literal["fairlead/v1"] = Field(alias="apiVersion")
    kind: str
    id: Identifier = Field(description="Unique within the kind; never changes.")
    title: str | None = Field(None, description="What people read; the id when absent.")


def reference(kind: str, description: str, **more: Any) -> Any:
    """A required field that names a document of `kind`."""
    return Field(description=description, json_schema_extra={"references": kind}, **more)


def optional_reference(kind: str, description: str, **more: Any) -> Any:
    """An optional field that names a document of `kind`."""
    return Field(None, description=description, json_schema_extra={"references": kind}, **more)

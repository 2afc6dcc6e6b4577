"""`kinds.md`: every YAML kind of the operating model with its fields."""

from __future__ import annotations

import sys
import typing
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from fairlead.opmodel.kinds import kinds
from fairlead.opmodel.kinds.document import IDENTIFIER, Document

from .markdown import code, opening, table

COMMON = ("api_version", "kind", "id", "title")
WORDS = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "bool": "true or false",
    "Any": "any",
}


def page() -> list[str]:
    """The whole page."""
    lines = opening(
        "Kinds",
        f"{len(kinds())} YAML kinds make the operating model. Each document carries `apiVersion: "
        "fairlead/v1`, its `kind`, an `id` and, where wanted, a `title`. Unknown fields are "
        "refused. `fairlead model schema` writes JSON Schemas of the same.",
        f"An id matches {code(IDENTIFIER)}.",
    )
    for name, kind in kinds().items():
        lines += _section(name, kind)
    return lines


def _section(name: str, kind: type[Document]) -> list[str]:
    summary = " ".join((sys.modules[kind.__module__].__doc__ or "").split("\n\n")[0].split())
    lines = [
        f"## {name}",
        "",
        summary,
        "",
        f"Written in {code(kind.folder + '/')} by profiles.",
        "",
    ]
    rows = [(field, info) for field, info in kind.model_fields.items() if field not in COMMON]
    return lines + table(["field", "type", "default", "what it says"], _rows(rows, ""))


def _rows(fields: list[tuple[str, FieldInfo]], above: str) -> list[list[str]]:
    rows = []
    for name, info in fields:
        path = f"{above}{info.alias or name}"
        rows.append([code(path), _type(info), _default(info), info.description or ""])
        part = _part(info.annotation)
        if part is not None:
            is_list = typing.get_origin(info.annotation) is list
            is_map = typing.get_origin(info.annotation) is dict
            joint = "[]." if is_list else ".<id>[]." if is_map else "."
            rows += _rows(list(part.model_fields.items()), f"{path}{joint}")
    return rows


def _part(annotation: Any) -> type[BaseModel] | None:
    for inner in (annotation, *_arguments(annotation)):
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            return inner
    return None


def _arguments(annotation: Any) -> list[Any]:
    found = []
    for inner in typing.get_args(annotation):
        found += [inner, *_arguments(inner)]
    return found


def _type(info: FieldInfo) -> str:
    extra = info.json_schema_extra
    target = extra.get("references") if isinstance(extra, dict) else None
    words = _words(info.annotation)
    return f"{words}: id of a [`{target}`](#{str(target).lower()})" if target else words


def _words(annotation: Any) -> str:
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return " or ".join(code(value) for value in inner)
    if origin is list:
        return f"list of {_words(inner[0])}"
    if origin is dict:
        return f"mapping of {_words(inner[0])} to {_words(inner[1])}"
    if origin is typing.Annotated:
        return _words(inner[0])
    if inner:
        return " or ".join(_words(item) for item in inner if item is not type(None))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mapping"
    name = getattr(annotation, "__name__", str(annotation))
    return WORDS.get(name, name)


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True)
    if isinstance(value, BaseModel) or value in (None, [], {}):
        return ""
    return code(value)

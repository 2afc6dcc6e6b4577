"""What the kinds say about their fields: names, descriptions and references, by path.

A path is the place inside a document: field names, and `*` for every item of a list. It is worked
out once per kind from the pydantic models, so loader, references and schemas agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from pydantic.fields import FieldInfo

from fairlead.opmodel.kinds.document import Document, Part
from fairlead.opmodel.yaml_tree import Node

Path = tuple[str, ...]


@dataclass(frozen=True)
class ReferencePath:
    """A field that names a document of another kind."""

    path: Path
    kind: str


def field_names(part: type[Part]) -> list[str]:
    """The names of the fields as YAML writes them."""
    return [info.alias or name for name, info in part.model_fields.items()]


def field_of(part: type[Part], name: str) -> FieldInfo | None:
    """The field of that YAML name."""
    for own, info in part.model_fields.items():
        if name in (own, info.alias):
            return info
    return None


def part_in(annotation: Any) -> type[Part] | None:
    """The nested mapping inside an annotation such as `list[RuleMatch] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return annotation
    for argument in get_args(annotation):
        if found := part_in(argument):
            return found
    return None


def part_at(kind: type[Document], location: Sequence[str | int]) -> type[Part] | None:
    """The model of the mapping at a location; None below a free mapping."""
    part: type[Part] | None = kind
    for step in location:
        if part is None:
            return None
        if isinstance(step, str) and (info := field_of(part, step)) is not None:
            part = part_in(info.annotation)
    return part


def field_at(kind: type[Document], location: Sequence[str | int]) -> FieldInfo | None:
    """The innermost declared field on the way to a location."""
    part: type[Part] | None = kind
    found: FieldInfo | None = None
    for step in location:
        info = field_of(part, step) if part is not None and isinstance(step, str) else None
        if info is not None:
            found, part = info, part_in(info.annotation)
    return found


@cache
def reference_paths(kind: type[Document]) -> tuple[ReferencePath, ...]:
    """Every field of a kind that names another document."""
    return tuple(_references(kind, ()))


def _references(part: type[Part], above: Path) -> Iterator[ReferencePath]:
    for name, info in part.model_fields.items():
        path = (*above, info.alias or name)
        extra = info.json_schema_extra
        inner = part_in(info.annotation)
        in_list = "list[" in str(info.annotation)
        if isinstance(extra, dict) and "references" in extra:
            yield ReferencePath((*path, "*") if in_list else path, str(extra["references"]))
        elif inner is not None:
            yield from _references(inner, (*path, "*") if in_list else path)


def nodes_at(node: Node, path: Path) -> Iterator[Node]:
    """The nodes at a path; none where the document does not have it."""
    if not path:
        yield node
    elif path[0] == "*":
        for item in node.items or ():
            yield from nodes_at(item, path[1:])
    elif (found := node.field(path[0])) is not None:
        yield from nodes_at(found, path[1:])

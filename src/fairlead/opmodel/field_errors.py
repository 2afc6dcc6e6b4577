"""Turns an error of a field into a diagnostic: what is wrong, what is allowed, a near match.

pydantic says which rule a value breaks; the node tree says where the value stands and how it was
written. A value of `secrets` is never repeated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic_core import ErrorDetails

from fairlead.kernel.diagnostic import Diagnostic, Place
from fairlead.kernel.ids import near_match
from fairlead.opmodel.kind_fields import field_at, field_names, part_at
from fairlead.opmodel.kinds.document import IDENTIFIER, Document
from fairlead.opmodel.yaml_tree import Node, Tree

Location = tuple[str | int, ...]
ID_FORM = "allowed: lower-case letters, digits, `_`, `.`, `-`; at most 63, a letter or digit first"
_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "`true` or `false`",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_BOUNDS = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def diagnose(errors: Sequence[ErrorDetails], kind: type[Document], tree: Tree, root: Node) -> None:
    """Add one problem per error; a missing field whose misspelling is there is not named twice."""
    unknown = [error["loc"] for error in errors if error["type"] == "extra_forbidden"]
    for error in errors:
        location = error["loc"]
        if error["type"] == "missing":
            beside = [str(other[-1]) for other in unknown if other[:-1] == location[:-1]]
            if not near_match(str(location[-1]), beside):
                tree.problems.append(_missing(location, kind, tree, root))
        elif error["type"] == "extra_forbidden":
            tree.problems.append(_unknown(location, kind, tree, root))
        elif kind.__name__ == "Source" and location[0] == "secrets" and len(location) > 1:
            tree.problems.append(not_a_reference(str(location[1]), place_of(tree, root, location)))
        else:
            tree.problems.append(_wrong(error, kind, tree, root))


def node_at(root: Node, location: Location) -> Node:
    """The node at a location, or the innermost one on the way to it."""
    node = root
    for step in location:
        if isinstance(step, int) and node.items is not None and step < len(node.items):
            node = node.items[step]
        elif isinstance(step, str) and (found := node.field(step)) is not None:
            node = found
        else:
            break
    return node


def key_node(root: Node, location: Location) -> Node:
    """The key of a location's last field; the node itself where it is no field."""
    above = node_at(root, location[:-1])
    found = (above.fields or {}).get(str(location[-1])) if location else None
    return found[0] if found else above


def place_of(tree: Tree, root: Node, location: Location) -> Place:
    """The place of a value; of its key where the value is empty or spans lines."""
    node = node_at(root, location)
    is_wide = node.end_line != node.line and (node.fields is not None or node.items is not None)
    return tree.place(key_node(root, location) if node.value is None or is_wide else node)


def not_a_reference(name: str, place: Place) -> Diagnostic:
    """A secret that is written out instead of referred to; the value is not repeated."""
    return Diagnostic(
        "FL1007",
        f"the secret `{name}` is given as a value, not as a reference",
        place,
        (
            "allowed: `env:NAME`, `file:PATH`, `keyring:SERVICE/USER`; the value is not shown here",
            "if this file was ever shared or committed, the secret is known: replace it",
        ),
        f"write `{name}: env:{re.sub(r'[^A-Z0-9]+', '_', name.upper())}` and set that variable",
    )


def _field_path(location: Location) -> str:
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _description(kind: type[Document], location: Location) -> list[str]:
    info = field_at(kind, location)
    names = tuple(step for step in location if isinstance(step, str))
    return [f"{_field_path(names)}: {info.description}"] if info and info.description else []


def _missing(location: Location, kind: type[Document], tree: Tree, root: Node) -> Diagnostic:
    above = location[:-1]
    if above:
        place = tree.place(
            key_node(root, above) if isinstance(above[-1], str) else node_at(root, above)
        )
    else:
        place = tree.place(key_node(root, ("kind",)))
    return Diagnostic(
        "FL1006",
        f"the field `{_field_path(location)}` of {kind.__name__} is missing",
        place,
        _description(kind, location),
    )


def _unknown(location: Location, kind: type[Document], tree: Tree, root: Node) -> Diagnostic:
    part = part_at(kind, location[:-1])
    names = field_names(part) if part else []
    like = near_match(str(location[-1]), names)
    owner = f"`{_field_path(location[:-1])}` of {kind.__name__}" if location[1:] else kind.__name__
    return Diagnostic(
        "FL1005",
        f"unknown field `{location[-1]}` in {owner}",
        tree.place(key_node(root, location)),
        [f"fields: {', '.join(names)}"],
        f"did you mean `{like}`?" if like else None,
    )


def _wrong(error: ErrorDetails, kind: type[Document], tree: Tree, root: Node) -> Diagnostic:
    location, node = error["loc"], node_at(root, error["loc"])
    name = f"`{_field_path(location)}` of {kind.__name__}"
    place = place_of(tree, root, location)
    notes = _description(kind, location)
    if node.value is None:
        return Diagnostic("FL1006", f"the field {name} has no value", place, notes)
    context = error.get("ctx", {})
    shown = written(node)
    if error["type"] == "literal_error":
        return _not_among(shown, name, kind, location, place)
    if error["type"] == "string_pattern_mismatch" and context.get("pattern") == IDENTIFIER:
        return Diagnostic("FL1007", f"{shown} is no id", place, [ID_FORM], _slug_help(node))
    if error["type"] in _BOUNDS:
        key, words = _BOUNDS[error["type"]]
        message = f"{shown} is not allowed for {name}"
        return Diagnostic("FL1007", message, place, [f"allowed: {words} {context[key]}", *notes])
    if error["type"] in _WANTED:
        message = f"{name} is {_WANTED[error['type']]}, found {shown}"
        part = part_at(kind, location) if error["type"].startswith("model") else None
        notes += [f"fields: {', '.join(field_names(part))}"] if part else []
        return Diagnostic("FL1007", message, place, notes, _type_help(error["type"], node))
    return Diagnostic("FL1007", f"{name}: {error['msg'].lower()}, found {shown}", place, notes)


def _not_among(
    shown: str, name: str, kind: type[Document], location: Location, place: Place
) -> Diagnostic:
    info = field_at(kind, location)
    allowed = [str(value) for value in _literals(info.annotation if info else None)]
    like = near_match(shown.strip("`"), allowed) or next(
        (value for value in allowed if value.startswith(shown.strip("`"))), None
    )
    return Diagnostic(
        "FL1007",
        f"{shown} is not allowed for {name}",
        place,
        [f"allowed: {', '.join(f'`{value}`' for value in allowed)}"],
        f"did you mean `{like}`?" if like else None,
    )


def _literals(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [value for argument in get_args(annotation) for value in _literals(argument)]


def written(node: Node) -> str:
    """A value as a message names it: as written, and never long."""
    if node.fields is not None:
        return "a mapping"
    if node.items is not None:
        return "a list"
    text = node.text or ""
    return (
        f"`{text}`" if len(text) <= 60 and "\n" not in text else f"`{text[:40].splitlines()[0]}…`"
    )


def _slug_help(node: Node) -> str | None:
    slug = re.sub(r"[^a-z0-9_.-]+", "-", str(node.value).lower()).strip("-_.")[:63]
    return f"did you mean `{slug}`?" if slug else None


def _type_help(error_type: str, node: Node) -> str | None:
    text = node.text or ""
    if error_type == "string_type" and text:
        return f'quote it: `"{text}"`'
    if error_type == "list_type" and text:
        return f"write a list: `[{text}]`"
    if error_type == "bool_type" and text.lower() in ("yes", "on", "no", "off"):
        return f"write `{'true' if text.lower() in ('yes', 'on') else 'false'}`"
    if error_type in ("int_type", "float_type") and isinstance(node.value, str):
        plain = text.replace("_", "").replace(",", "")
        return f"write `{plain}`" if re.fullmatch(r"-?\d+(\.\d+)?", plain) else None
    return None

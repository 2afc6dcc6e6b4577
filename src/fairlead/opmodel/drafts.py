"""Turns the nodes of files into documents, or says why they are none.

A draft keeps its node, so that later checks name places; a draft whose fields are wrong still
counts as declared, so that one mistake does not spoil every reference to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from fairlead.kernel.diagnostic import Diagnostic, Place
from fairlead.kernel.ids import near_match
from fairlead.opmodel.field_errors import diagnose, key_node, place_of, written
from fairlead.opmodel.kinds import kinds
from fairlead.opmodel.kinds.document import Document
from fairlead.opmodel.yaml_tree import Node, Tree

API_VERSION = "fairlead/v1"
_ID_LINE = re.compile(r"^id:\s*[\"']?([a-z0-9][a-z0-9_.-]*)")


@dataclass(frozen=True, slots=True)
class Draft:
    """One document as written; `document` is None when its fields are wrong."""

    kind: type[Document]
    id: str | None
    tree: Tree
    node: Node
    document: Document | None

    @property
    def place(self) -> Place:
        """Where the id stands."""
        return place_of(self.tree, self.node, ("id",))


def drafts_of(tree: Tree) -> Iterator[Draft]:
    """The documents of one file; problems go to the tree."""
    for node in tree.documents:
        if node.value is None:
            continue
        kind = _kind_of(tree, node)
        if kind is None:
            continue
        document = None
        try:
            document = kind.model_validate(node.value, strict=True)
        except ValidationError as error:
            diagnose(error.errors(include_url=False), kind, tree, node)
        named = node.value.get("id")
        yield Draft(kind, named if isinstance(named, str) else None, tree, node, document)


def text_at(draft: Draft, *location: str) -> str | None:
    """The text at a location; None where it is absent or of another type (reported elsewhere)."""
    node = draft.node
    for step in location:
        found = node.field(step)
        if found is None:
            return None
        node = found
    return node.value if isinstance(node.value, str) else None


def ids_in_broken(trees: Iterable[Tree]) -> set[str]:
    """Ids that stand in files which could not be read to their end."""
    return {
        found[1]
        for tree in trees
        if not tree.is_complete
        for line in tree.lines
        if (found := _ID_LINE.match(line))
    }


def _kind_of(tree: Tree, node: Node) -> type[Document] | None:
    """The kind that a document names, with its apiVersion checked; None adds a problem."""
    if node.fields is None:
        tree.add("FL1007", f"a document is a mapping, found {written(node)}", tree.place(node))
        return None
    if not any(near_match(key, ("apiVersion", "kind")) for key in node.fields if key != "id"):
        tree.problems.append(_no_document(tree, node))
        return None
    is_known_version = _has_api_version(tree, node)
    named = node.field("kind")
    if named is None:
        _add_missing(tree, node, "kind", f"kinds: {', '.join(kinds())}")
        return None
    found = kinds().get(named.value) if isinstance(named.value, str) else None
    if found is None:
        like = near_match(str(named.value), kinds())
        tree.add(
            "FL1004",
            f"unknown kind {written(named)}",
            place_of(tree, node, ("kind",)),
            f"kinds: {', '.join(kinds())}",
            help=f"did you mean `{like}`?" if like else None,
        )
        return None
    return found if is_known_version else None


def _has_api_version(tree: Tree, node: Node) -> bool:
    version = node.field("apiVersion")
    if version is None:
        _add_missing(tree, node, "apiVersion", f"allowed: `{API_VERSION}`")
        return False
    if version.value != API_VERSION:
        tree.add(
            "FL1004",
            f"unknown apiVersion {written(version)}",
            place_of(tree, node, ("apiVersion",)),
            f"allowed: `{API_VERSION}`",
            help=f"write `apiVersion: {API_VERSION}`",
        )
        return False
    return True


def _add_missing(tree: Tree, node: Node, name: str, note: str) -> None:
    """A missing head field, at the key that looks like it, else at the first key."""
    keys = list(node.fields or {})
    like = near_match(name, [key for key in keys if key not in ("apiVersion", "kind", "id")])
    place = tree.place(key_node(node, (like or keys[0],)))
    help_text = f"write `{name}`, not `{like}`" if like else None
    tree.add("FL1006", f"the field `{name}` is missing", place, note, help=help_text)


def _no_document(tree: Tree, node: Node) -> Diagnostic:
    return Diagnostic(
        "FL1004",
        "this has neither `apiVersion` nor `kind`, so it is no document and is left out",
        tree.place_at(node.line, node.column),
        [f"a document begins with `apiVersion: {API_VERSION}`"],
        severity="warning",
    )

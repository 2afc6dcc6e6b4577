"""YAML 1.2 as a tree of nodes that know their place, with limits that a YAML bomb meets first.

`read_yaml` never raises for bad input: it gives the documents that could be read and a list of
problems. Limits: 4 MiB, 32 levels, 100 aliases, 100,000 nodes added by aliases. The walk is
iterative and goes over the parser's events, so depth is known before any recursion.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
import yamlcore

from fairlead.kernel.diagnostic import Diagnostic, Place
from fairlead.opmodel.masking import HIDDEN, shown_line

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 32
MAX_ALIASES = 100
MAX_ALIAS_NODES = 100_000
MAX_SHOWN = 160

_TAG = "tag:yaml.org,2002:"
_SCALAR_TAGS = {_TAG + name for name in ("str", "int", "float", "bool", "null")}
_BREAK = re.compile("\r\n|\r|\n|\x85|\u2028|\u2029")


@dataclass(slots=True)
class Node:
    """One value with its place (0-based); `fields` of a mapping, `items` of a list, else a scalar.

    `text` is a scalar as written, so that `1.10` can be shown as `1.10`. `weight` counts the nodes
    of the value with every alias written out.
    """

    value: Any
    line: int
    column: int
    end_line: int
    end_column: int
    text: str | None = None
    fields: dict[str, tuple[Node, Node]] | None = None
    items: list[Node] | None = None
    weight: int = 1

    def field(self, name: str) -> Node | None:
        """The value of a field of a mapping; None when there is none."""
        found = (self.fields or {}).get(name)
        return found[1] if found else None


@dataclass(slots=True)
class Tree:
    """The documents of one file, as far as they could be read, and what is wrong with the file."""

    file: str
    lines: list[str] = field(default_factory=list)
    documents: list[Node] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)
    is_complete: bool = True

    def place(self, node: Node) -> Place:
        """Where a node stands, with its line as it may be shown."""
        width = node.end_column - node.column if node.end_line == node.line else 0
        return self.place_at(node.line, node.column, width)

    def place_at(self, line: int, column: int, width: int = 0) -> Place:
        """The place of 0-based coordinates; a width of 0 reaches to the end of the line."""
        shown, hidden_from = shown_line(self.lines, line)
        if column >= MAX_SHOWN:
            return Place(self.file, line + 1, column + 1)
        if len(shown) > MAX_SHOWN:
            shown = shown[:MAX_SHOWN] + "…"
        width = min(width, MAX_SHOWN - column) or max(1, len(shown.rstrip()) - column)
        if hidden_from is not None and column + width > hidden_from:
            if column >= hidden_from:
                column, width = hidden_from, len(HIDDEN)
            else:
                width = hidden_from + len(HIDDEN) - column
        return Place(self.file, line + 1, column + 1, width, shown)

    def add(
        self, code: str, message: str, place: Place, *notes: str, help: str | None = None
    ) -> None:
        """One more problem of this file."""
        self.problems.append(Diagnostic(code, message, place, notes, help))


def read_yaml(path: Path, file: str) -> Tree:
    """The tree of a file; `file` is how messages call it."""
    tree = Tree(file, is_complete=False)
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        tree.add("FL1010", f"`{file}` cannot be read: {reason}", Place(file))
        return tree
    if max(size, len(raw)) > MAX_BYTES:
        notes = f"a file may have {MAX_BYTES:,} bytes"
        tree.add(
            "FL1003", f"`{file}` has {size:,} bytes", Place(file), notes, help="split the file"
        )
        return tree
    try:
        return parse_yaml(raw.decode("utf-8-sig"), file)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        message = f"`{file}` is not UTF-8 text: byte 0x{raw[error.start]:02x}"
        tree.add("FL1010", message, Place(file, line, column), help="save the file as UTF-8")
        return tree


def parse_yaml(text: str, file: str) -> Tree:
    """The tree of a text."""
    tree = Tree(file, _BREAK.split(text))
    try:
        loader = yamlcore.CCoreLoader(text)
        _Composer(tree, loader).run()
    except yaml.YAMLError as error:
        tree.is_complete = False
        _add_syntax_error(tree, error, text)
    except _StopReadingError:
        tree.is_complete = False
    return tree


def _add_syntax_error(tree: Tree, error: yaml.YAMLError, text: str) -> None:
    if isinstance(error, yaml.MarkedYAMLError):
        problem, context = error.problem or "it cannot be parsed", error.context
        is_open = "end of stream" in problem and error.context_mark is not None
        mark = error.context_mark if is_open else error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
    else:
        position = getattr(error, "position", 0)
        before = _BREAK.split(text[:position])
        line, column = len(before) - 1, len(before[-1])
        problem, context = getattr(error, "reason", "it cannot be parsed"), None
    if "maximum nesting depth" in problem:
        _add_limit(tree, line, column, "this is nested too deep", f"{MAX_DEPTH} levels are allowed")
        return
    line = min(line, len(tree.lines) - 1)
    tree.add(
        "FL1001",
        f"this is not valid YAML: {problem}",
        tree.place_at(line, min(column, len(tree.lines[line])), 1),
        *([context] if context else []),
        help=_syntax_help(problem, tree.lines[line][: column + 1]),
    )


def _syntax_help(problem: str, before: str) -> str | None:
    """What to do about the few mistakes that nearly everybody makes."""
    if before.lstrip(" ").startswith("\t"):
        return "indent with spaces, not with tabs"
    if "mapping values are not allowed" in problem and before.count(":") > 1:
        return "quote a text that holds a colon and a space"
    if "end of stream" in problem:
        return "close what begins here"
    return None


class _StopReadingError(Exception):
    """The rest of the file is not read; its problem is already noted."""


def _add_limit(tree: Tree, line: int, column: int, message: str, note: str) -> None:
    tree.add("FL1003", message, tree.place_at(line, column, 1), note, help="write it out flatter")


class _Composer:
    """Turns the parser's events into nodes, without recursion."""

    def __init__(self, tree: Tree, loader: Any) -> None:
        self.tree, self.loader = tree, loader
        self.open: list[tuple[Node, str | None]] = []
        self.pending_key: list[Node | None] = []
        self.anchors: dict[str, Node] = {}
        self.aliases_count = self.alias_nodes_count = 0

    def run(self) -> None:
        while self.loader.check_event():
            event = self.loader.get_event()
            if isinstance(event, yaml.ScalarEvent):
                self._close_over(self._scalar(event), event.anchor)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                self._open(event)
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                self._close(event)
            elif isinstance(event, yaml.AliasEvent):
                self._close_over(self._alias(event), None)
            elif isinstance(event, yaml.DocumentStartEvent):
                self.anchors.clear()

    def _open(self, event: Any) -> None:
        start, end = event.start_mark, event.end_mark
        if len(self.open) >= MAX_DEPTH:
            note = f"{MAX_DEPTH} levels are allowed"
            _add_limit(self.tree, start.line, start.column, "this is nested too deep", note)
            raise _StopReadingError
        node = Node(None, start.line, start.column, end.line, end.column)
        if isinstance(event, yaml.MappingStartEvent):
            node.value, node.fields = {}, {}
        else:
            node.value, node.items = [], []
        if event.tag not in (None, "!", _TAG + "map", _TAG + "seq"):
            self._refuse_tag(event.tag, node)
        self.open.append((node, event.anchor))
        self.pending_key.append(None)

    def _close(self, event: Any) -> None:
        node, anchor = self.open.pop()
        self.pending_key.pop()
        node.end_line, node.end_column = event.end_mark.line, event.end_mark.column
        self._close_over(node, anchor)

    def _close_over(self, node: Node, anchor: str | None) -> None:
        """Put a finished node where it belongs."""
        if anchor:
            self.anchors[anchor] = node
        if not self.open:
            self.tree.documents.append(node)
            return
        parent = self.open[-1][0]
        parent.weight += node.weight
        if parent.items is not None:
            parent.items.append(node)
            parent.value.append(node.value)
        elif self.pending_key[-1] is None:
            self.pending_key[-1] = node
        else:
            key, self.pending_key[-1] = self.pending_key[-1], None
            self._add_field(parent, key, node)

    def _add_field(self, parent: Node, key: Node, node: Node) -> None:
        assert parent.fields is not None
        if not isinstance(key.value, str):
            written = f"the key `{key.text}`" if key.text else "this key"
            quoted = f'quote it: `"{key.text}"`' if key.text else None
            self.tree.add("FL1007", f"{written} is not text", self.tree.place(key), help=quoted)
        elif key.value in parent.fields:
            first = parent.fields[key.value][0]
            self.tree.add(
                "FL1002",
                f"the key `{key.value}` stands twice in one mapping",
                self.tree.place(key),
                f"it stands first at {self.tree.file}:{first.line + 1}:{first.column + 1}",
                help="keep one of the two",
            )
        else:
            parent.fields[key.value] = (key, node)
            parent.value[key.value] = node.value

    def _scalar(self, event: Any) -> Node:
        text, tag = event.value, event.tag
        start, end = event.start_mark, event.end_mark
        node = Node(text, start.line, start.column, end.line, end.column, text)
        if tag is None or tag == "!":
            tag = self.loader.resolve(yaml.ScalarNode, text, event.implicit)
        if tag == _TAG + "str":
            return node
        if tag not in _SCALAR_TAGS:
            self._refuse_tag(tag, node)
            return node
        try:
            node.value = self.loader.yaml_constructors[tag](self.loader, yaml.ScalarNode(tag, text))
        except (ValueError, KeyError, IndexError):
            self._refuse_number(node, f"`{text[:20]}` is not of the form that its tag says")
        if isinstance(node.value, float) and not math.isfinite(node.value):
            self._refuse_number(node, f"`{text[:20]}` is not a finite number")
        return node

    def _alias(self, event: Any) -> Node:
        start, end = event.start_mark, event.end_mark
        target = self.anchors.get(event.anchor)
        if target is None:
            self.tree.add(
                "FL1001",
                f"the alias `*{event.anchor}` has no anchor before it",
                self.tree.place_at(start.line, start.column, end.column - start.column),
                help=f"write `&{event.anchor}` before the value that it stands for",
            )
            raise _StopReadingError
        self.aliases_count += 1
        self.alias_nodes_count += target.weight
        if self.aliases_count > MAX_ALIASES or self.alias_nodes_count > MAX_ALIAS_NODES:
            note = f"{MAX_ALIASES} aliases are allowed, and {MAX_ALIAS_NODES:,} values through them"
            _add_limit(self.tree, start.line, start.column, "this file has too many aliases", note)
            raise _StopReadingError
        node = Node(target.value, start.line, start.column, end.line, end.column, target.text)
        node.fields, node.items, node.weight = target.fields, target.items, target.weight
        return node

    def _refuse_tag(self, tag: str, node: Node) -> None:
        shown = tag.replace(_TAG, "!!")
        self.tree.add("FL1001", f"the tag `{shown}` is not allowed", self.tree.place(node))

    def _refuse_number(self, node: Node, message: str) -> None:
        self.tree.add("FL1007", message, self.tree.place(node))

"""Small wrong changes of an expression's source, each as the text that replaces a piece of it.

An operator is a function from a syntax node to edits. An edit names its operator, the piece of
source that it replaces and the new text; the source around it stays as it is, so that an edit can
be shown as a diff of a line.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

FLIPPED: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("boundary", "<="),
    ast.LtE: ("boundary", "<"),
    ast.Gt: ("boundary", ">="),
    ast.GtE: ("boundary", ">"),
    ast.Eq: ("equality", "!="),
    ast.NotEq: ("equality", "=="),
}
RENAMED = {
    "isin": ("equality", "notin"),
    "notin": ("equality", "isin"),
    "isnull": ("nullness", "notnull"),
    "notnull": ("nullness", "isnull"),
    "min": ("aggregate", "max"),
    "max": ("aggregate", "min"),
    "any": ("aggregate", "all"),
    "sum": ("aggregate", "max"),
    "count": ("aggregate", "nunique"),
    "inner_join": ("join", "left_join"),
    "left_join": ("join", "inner_join"),
    "semi_join": ("join", "anti_join"),
    "anti_join": ("join", "semi_join"),
    "lag": ("order", "lead"),
}
VOCABULARIES = (
    ("production", "staging"),
    ("success", "degraded", "failure", "error", "timeout", "cancelled", "skipped"),
    ("clean", "flaky", "assisted"),
    ("normal", "hotfix", "rollback", "redeploy"),
    ("code", "flag", "config"),
    ("suspected", "accepted", "confirmed", "rejected"),
    ("first", "reshipped"),
    ("incident", "security", "drill"),
    ("merged", "cancelled"),
    ("mitigated", "resolved", "closed"),
    ("ci", "deploy"),
    ("human", "automatic", "unknown", "none"),
    ("bot", "ai", "human"),
    ("authored", "assisted"),
    ("default", "other"),
    ("standard", "non_standard"),
    ("blocked", "executing", "finished"),
    ("caused_by_change", "related"),
    ("mean", "median"),
    ("merge_request", "push"),
)
INSTANTS = (
    ("finished_at", "started_at"),
    ("mitigated_at", "resolved_at"),
    ("acknowledged_at", "first_paged_at"),
    ("detected_at", "declared_at"),
    ("impact_started_at", "detected_at"),
    ("first_authored_at", "merged_at"),
    ("authored_at", "released_at"),
    ("failed_at", "recovered_at"),
    ("created_at", "started_at"),
    ("mobilised_at", "declared_at"),
)


@dataclass(frozen=True)
class Edit:
    """One piece of source, from `start` to `end`, and the text that takes its place."""

    operator: str
    start: int
    end: int
    text: str


class Source:
    """The text of a module and where its syntax nodes lie in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self._starts = [0]
        for line in text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line.encode()))
        self._is_ascii = text.isascii()

    def offset(self, line: int, column: int) -> int:
        """The index in the text of a place that the parser gave (in bytes of UTF-8)."""
        at = self._starts[line - 1] + column
        return at if self._is_ascii else len(self.text.encode()[:at].decode())

    def span(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        """Start and end of a node."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno, node.end_col_offset),
        )

    def of(self, node: ast.expr | ast.stmt | ast.keyword) -> str:
        """The text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def replace(self, operator: str, node: ast.expr | ast.keyword, text: str) -> Edit:
        """An edit of a whole node."""
        return Edit(operator, *self.span(node), text)


def edits_of(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Every edit within a node, in the order of the source."""
    for child in _own_nodes(node):
        for operator in OPERATORS:
            yield from operator(source, child)


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it but docstrings and annotations."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            if isinstance(child, ast.AST) and not is_docstring:
                yield from _own_nodes(child)


def _comparisons(source: Source, node: ast.AST) -> Iterator[Edit]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in FLIPPED:
        name, sign = FLIPPED[type(node.ops[0])]
        left, right = source.span(node.left)[1], source.span(node.comparators[0])[0]
        yield Edit(name, left, right, f" {sign} ")


def _renamed(source: Source, node: ast.AST) -> Iterator[Edit]:
    if not isinstance(node, ast.Call):
        return
    if isinstance(node.func, ast.Attribute) and node.func.attr in RENAMED:
        name, other = RENAMED[node.func.attr]
        end = source.span(node.func)[1]
        yield Edit(name, end - len(node.func.attr), end, other)
        for keyword in node.keywords:
            if keyword.arg == "where":
                yield _without(source, "condition", keyword, [*node.args, *node.keywords])
    elif isinstance(node.func, ast.Name) and node.func.id in ("later", "earlier"):
        first, second = (source.of(arg) for arg in node.args)
        yield source.replace("extreme", node, first)
        yield source.replace("extreme", node, second)
        is_other = f"{first} {'>' if node.func.id == 'earlier' else '<'} {second}"
        yield source.replace("extreme", node, f"ibis.ifelse({is_other}, {first}, {second})")


def _without(
    source: Source,
    operator: str,
    item: ast.expr | ast.keyword,
    siblings: list[ast.expr | ast.keyword],
) -> Edit:
    """An edit that takes one of several items between commas away."""
    index = siblings.index(item)
    start, end = source.span(item)
    if index + 1 < len(siblings):
        return Edit(operator, start, source.span(siblings[index + 1])[0], "")
    if index:
        return Edit(operator, source.span(siblings[index - 1])[1], end, "")
    return Edit(operator, start, end, "")


def _filters(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`.filter` loses one condition, or stands for nothing; `.distinct()` too."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return
    if node.func.attr == "filter" and len(node.args) > 1:
        for arg in node.args:
            yield _without(source, "condition", arg, [*node.args])
    elif node.func.attr in ("filter", "distinct"):
        name = "condition" if node.func.attr == "filter" else "distinct"
        yield Edit(name, source.span(node.func.value)[1], source.span(node)[1], "")


def _logic(source: Source, node: ast.AST) -> Iterator[Edit]:
    """One side of `&` or `|` is dropped, one becomes the other; `~` is dropped."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
        yield source.replace("condition", node, f"({source.of(node.left)})")
        yield source.replace("condition", node, f"({source.of(node.right)})")
        sign = "|" if isinstance(node.op, ast.BitAnd) else "&"
        yield source.replace(
            "connective", node, f"(({source.of(node.left)}) {sign} ({source.of(node.right)}))"
        )
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        yield source.replace("negation", node, source.of(node.operand))


def _arithmetic(source: Source, node: ast.AST) -> Iterator[Edit]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        left, right = source.span(node.left)[1], source.span(node.right)[0]
        yield Edit("arithmetic", left, right, " + ")


def _calls(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`coalesce` in another order, `ifelse` with its branches swapped, `cases` without one."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return
    name, args = node.func.attr, node.args
    if name == "coalesce":
        for first, second in pairwise(args):
            yield _swapped(source, "coalesce", first, second)
        for arg in args:
            yield _without(source, "coalesce", arg, [*args])
    elif name == "ifelse":
        yield _swapped(source, "branches", args[-2], args[-1])
    elif name == "cases":
        for arg in args:
            yield _without(source, "reason", arg, [*args, *node.keywords])


def _swapped(source: Source, operator: str, first: ast.expr, second: ast.expr) -> Edit:
    start, end = source.span(first)[0], source.span(second)[1]
    between = source.text[source.span(first)[1] : source.span(second)[0]]
    return Edit(operator, start, end, source.of(second) + between + source.of(first))


def _fills(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`fill_null(True)` becomes `fill_null(False)`; any `fill_null` of a condition is dropped."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr != "fill_null":
            return
        arg = node.args[0]
        if isinstance(arg, ast.Constant) and isinstance(arg.value, bool):
            yield source.replace("fill", arg, str(not arg.value))
        else:
            yield Edit("fill", source.span(node.func.value)[1], source.span(node)[1], "")


def _keys(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A join loses a predicate, a grouping or an order loses a key, an order turns round."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return
    name = node.func.attr
    if name.endswith("_join") and len(node.args) > 1 and isinstance(node.args[1], ast.List):
        for predicate in node.args[1].elts:
            yield _without(source, "join_key", predicate, [*node.args[1].elts])
    if name == "group_by":
        items: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
        for item in items if len(items) > 1 else []:
            yield _without(source, "group_key", item, items)
    for keyword in node.keywords if name == "window" else []:
        if isinstance(keyword.value, ast.List):
            kind = "order" if keyword.arg == "order_by" else "group_key"
            for item in keyword.value.elts:
                yield _without(source, kind, item, [*keyword.value.elts])
                if kind == "order":
                    yield source.replace("order", item, f"ibis.desc({source.of(item)})")


def _constants(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A value of a vocabulary becomes the next of it; a number grows by one."""
    if not isinstance(node, ast.Constant):
        return
    if isinstance(node.value, str):
        found = next((words for words in VOCABULARIES if node.value in words), None)
        if found:
            other = found[(found.index(node.value) + 1) % len(found)]
            yield source.replace("constant", node, f'"{other}"')
        yield from (
            source.replace("instant", node, f'"{_other(pair, node.value)}"')
            for pair in INSTANTS
            if node.value in pair
        )
    elif isinstance(node.value, int | float) and not isinstance(node.value, bool):
        step = 1 if isinstance(node.value, int) else 0.01
        yield source.replace("constant", node, repr(node.value + step))


def _instants(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A column of instants becomes its neighbour."""
    if isinstance(node, ast.Attribute):
        for pair in INSTANTS:
            if node.attr in pair:
                end = source.span(node)[1]
                yield Edit("instant", end - len(node.attr), end, _other(pair, node.attr))


def _other(pair: tuple[str, str], value: str) -> str:
    return pair[1] if value == pair[0] else pair[0]


def _members(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A set of allowed values loses one of them."""
    if not isinstance(node, ast.Tuple) or len(node.elts) < 2:
        return
    if all(isinstance(item, ast.Starred) or _is_word(item) for item in node.elts):
        for item in node.elts:
            edit = _without(source, "member", item, [*node.elts])
            if len(node.elts) == 2:
                rest = node.elts[1 - node.elts.index(item)]
                edit = source.replace("member", node, f"({source.of(rest)},)")
            yield edit


def _is_word(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and any(node.value in words for words in VOCABULARIES)


OPERATORS: tuple[Callable[[Source, ast.AST], Iterator[Edit]], ...] = (
    _comparisons,
    _renamed,
    _filters,
    _logic,
    _arithmetic,
    _calls,
    _fills,
    _keys,
    _constants,
    _instants,
    _members,
)

"""Runs fold cases: given facts and a model, derive, and compare with the tables of `expect`.

With `orders: all` every order of arrival must give the same: all permutations of a table of up to
five rows, and for longer ones a fixed set of shuffles with the reverse and every rotation.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

from fairlead.engine.conformance.cases import Case, case_instant, facts_of
from fairlead.engine.conformance.table import cells_equal, parse_table
from fairlead.engine.derive.fold_case import Derived, run_fold
from fairlead.engine.derive.reader import Row
from fairlead.opmodel.kinds import kinds
from fairlead.opmodel.model import Model

Rows = dict[str, list[Row]]
PERMUTED_ROWS = 5
SHUFFLES = 24


def run_fold_case(case: Case) -> list[str]:
    """The disagreements of a case, in words; none when it passes."""
    fold, model, rows = str(case.content.get("fold", "")), model_of(case), facts_of(case)
    as_of = case_instant(case, case.content["as_of"]) if case.content.get("as_of") else None
    expected = case.content["expect"]
    if not isinstance(expected, Mapping):
        raise case.fail("a fold case expects a table per fact type")
    for order in _orders(rows, case.content.get("orders")):
        problems = _compare(case, expected, run_fold(fold, order, model, as_of))
        if problems:
            first = {name: [str(row) for row in part][:6] for name, part in order.items()}
            return problems if order == rows else [*problems, f"in the order {first}"]
    return []


def model_of(case: Case) -> Model:
    """The operating model that a case gives as YAML documents; an empty one when it gives none."""
    import yaml
    import yamlcore

    text = case.content.get("model")
    if not text:
        return Model()
    documents = yaml.load_all(text, Loader=yamlcore.CCoreLoader)
    found = []
    for document in documents:
        kind = kinds().get(str(document.get("kind"))) if isinstance(document, Mapping) else None
        if kind is None:
            raise case.fail("the model holds a document of no known kind")
        try:
            found.append(kind.model_validate(document))
        except ValueError as error:
            raise case.fail(f"the model is wrong: {error}") from None
    return Model.of(found)


def _orders(rows: Rows, wanted: Any) -> Iterator[Rows]:
    """The orders of arrival to be tried; the written one first."""
    yield rows
    if wanted != "all":
        return
    for name, table in rows.items():
        for order in _table_orders(table):
            yield {**rows, name: order}
    shuffled = random.Random(0)
    for _ in range(SHUFFLES):
        yield {name: shuffled.sample(table, len(table)) for name, table in rows.items()}


def _table_orders(table: Sequence[Row]) -> Iterator[list[Row]]:
    if len(table) <= PERMUTED_ROWS:
        yield from (list(order) for order in permutations(table))
        return
    yield list(reversed(table))
    yield from ([*table[at:], *table[:at]] for at in range(1, len(table)))


def _compare(case: Case, expected: Mapping[str, Any], derived: Derived) -> list[str]:
    problems: list[str] = []
    for name, text in expected.items():
        if name not in derived:
            known = ", ".join(sorted(derived))
            raise case.fail(f"this fold derives no `{name}`", notes=(f"it derives: {known}",))
        empty = text in (None, "none")
        wanted = [] if empty else parse_table(text, f"{case.file}:{case.line}")
        problems += _table_problems(name, wanted, derived[name], case.content.get("digits"))
    return problems


def _table_problems(
    name: str, wanted: Sequence[Mapping[str, str | None]], found: Sequence[Row], digits: int | None
) -> list[str]:
    """Rows that are missing and rows that nobody expected, whatever their order."""
    left = list(found)
    missing: list[Mapping[str, str | None]] = []
    for row in wanted:
        match = next((item for item in left if _agrees(row, item, digits)), None)
        if match is None:
            missing.append(row)
        else:
            left.remove(match)
    columns = list(wanted[0]) if wanted else []
    return [
        *(f"{name}: no row {dict(row)}" for row in missing),
        *(f"{name}: row that nobody expected: {_shown(row, columns)}" for row in left),
    ]


def _agrees(wanted: Mapping[str, str | None], found: Row, digits: int | None) -> bool:
    return all(
        cells_equal(cell, _plain(found.get(column)), digits) for column, cell in wanted.items()
    )


def _plain(value: Any) -> Any:
    """An empty list is null, as the lake has it."""
    return None if isinstance(value, list | tuple) and not value else value


def _shown(row: Row, columns: Sequence[str]) -> dict[str, str]:
    return {name: str(row.get(name)) for name in (columns or row)}

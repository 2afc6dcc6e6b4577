"""Lets the engine compute an expression once that several KPIs read."""

from __future__ import annotations

from collections.abc import Callable

import ibis.expr.types as ir

from fairlead.kpis.shelf import Facts


def shared(facts: Facts, name: str, build: Callable[[], ir.Table]) -> ir.Table:
    """The table that `build()` expresses; kept under `name` where the facts can keep tables.

    `name` tells all that the expression depends on besides the facts. The lookup is on the type,
    since every attribute of an instance is a fact table.
    """
    keep = getattr(type(facts), "shared", None)
    if keep is None:
        return build()
    kept: ir.Table = keep(facts, name, build)
    return kept


def placed(facts: Facts, records: ir.Table) -> ir.Table:
    """The records with team and tier of their instant, where the facts know a catalog.

    What several KPIs share is placed once here; the engine places all other records itself.
    """
    place = getattr(type(facts), "placed", None)
    if place is None:
        return records
    found: ir.Table = place(facts, records)
    return found

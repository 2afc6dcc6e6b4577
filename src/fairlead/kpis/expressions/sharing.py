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

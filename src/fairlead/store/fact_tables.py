"""`facts.<name>`: how expressions reach the fact tables of a session, on any engine."""

from __future__ import annotations

from typing import Any, Protocol

import ibis.expr.types as ir


class Tables(Protocol):
    """What a session offers to its facts."""

    def table(self, name: str) -> ir.Table: ...
    def materialised(self, name: str, build: Any) -> ir.Table: ...


class FactTables:
    """`facts.<name>`: the current rows of a fact type; shared expressions are computed once."""

    def __init__(self, session: Tables) -> None:
        self._session = session

    def __getattr__(self, name: str) -> ir.Table:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._session.table(name)

    def shared(self, name: str, build: Any) -> ir.Table:
        """The table that `build()` expresses, materialised once per session under `name`."""
        return self._session.materialised(name, build)

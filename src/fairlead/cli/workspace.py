"""Opens the workspace that a command works on, with everything that the checks need to know."""

from __future__ import annotations

import pkgutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fairlead.opmodel.known import ConnectorTerms
    from fairlead.opmodel.loader import ModelReport
    from fairlead.opmodel.model import Model


@cache
def known_kpis() -> frozenset[str]:
    """Ids of the KPIs on the shelf and on the scorecard; imports none of the expressions."""
    import fairlead.kpis
    from fairlead.packs.scorecard import SCORECARD

    shelf = {item.name for item in pkgutil.iter_modules(fairlead.kpis.__path__) if not item.ispkg}
    return frozenset(shelf - {"shelf"} | {line.kpi_id for line in SCORECARD})


@cache
def known_connectors() -> dict[str, ConnectorTerms]:
    """Every connector with the settings and secrets that it knows."""
    from fairlead.connectors import connector_ids, load_connector
    from fairlead.opmodel.known import ConnectorTerms

    found = {}
    for connector_id in connector_ids():
        connector = load_connector(connector_id)
        found[connector_id] = ConnectorTerms(tuple(connector.settings), connector.secrets)
    return found


def check_workspace(start: str | Path | None) -> tuple[Path, ModelReport]:
    """The workspace at or above a folder (or the present one), and what is right or wrong in it."""
    from fairlead.opmodel.loader import check_model, find_workspace

    root = find_workspace(Path(start or "."))
    report = check_model(root, known_kpis=known_kpis(), known_connectors=known_connectors())
    return root, report


def open_workspace(start: str | Path | None) -> tuple[Path, Model]:
    """The workspace and its model; DiagnosticError with every finding when it is wrong."""
    from fairlead.kernel.diagnostic import DiagnosticError

    root, report = check_workspace(start)
    if report.errors:
        raise DiagnosticError(*report.errors)
    return root, report.model

"""Definitions of other tools over the same facts, so that an old dashboard can be explained.

One module per tool, found by folder; its `DEFINITIONS` hold KPIs with our ids and the tool's rules
(`fairlead kpi show change_failure_rate --definition devlake`).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from fairlead.kernel.diagnostic import fail
from fairlead.kernel.ids import near_match
from fairlead.kpis.shelf import Kpi


@cache
def peer_definitions() -> Mapping[str, Mapping[str, Kpi]]:
    """Every peer definition: tool, then KPI id."""
    found: dict[str, dict[str, Kpi]] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda item: item.name):
        declared = getattr(
            importlib.import_module(f"{__name__}.{module.name}"), "DEFINITIONS", None
        )
        if declared is not None:
            found[module.name] = {kpi.id: kpi for kpi in declared}
    return found


def peer_definition(kpi_id: str, tool: str) -> Kpi:
    """The KPI of that id by the rules of a tool; FL4103 with those that there are."""
    definitions = peer_definitions()
    if kpi_id in definitions.get(tool, {}):
        return definitions[tool][kpi_id]
    available = [name for name, kpis in definitions.items() if kpi_id in kpis]
    like = near_match(tool, available)
    raise fail(
        "FL4103",
        f"there is no definition `{tool}` of `{kpi_id}`",
        notes=["allowed: " + ", ".join(f"`{name}`" for name in ["fairlead", *available])],
        help=f"did you mean `{like}`?" if like else None,
    )


def definitions_of(kpi_id: str) -> list[Kpi]:
    """Every tool's definition of a KPI, in the order of the tools' names."""
    return [kpis[kpi_id] for kpis in peer_definitions().values() if kpi_id in kpis]

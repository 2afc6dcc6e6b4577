"""One folder per tool: payload to facts, and the plan of API requests. Pure. Found by folder."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from fairlead.connectors.contract import Connector
from fairlead.kernel.diagnostic import fail
from fairlead.kernel.ids import near_match


@cache
def connector_ids() -> tuple[str, ...]:
    """The ids of all connectors, in alphabetical order; imports none of them."""
    return tuple(sorted(item.name for item in pkgutil.iter_modules(__path__) if item.ispkg))


@cache
def load_connector(connector_id: str) -> Connector:
    """The connector of that id; FL2001 with a near match when there is none."""
    if connector_id not in connector_ids():
        like = near_match(connector_id, connector_ids())
        raise fail(
            "FL2001",
            f"there is no connector `{connector_id}`",
            notes=[f"connectors: {', '.join(connector_ids())}"],
            help=f"did you mean `{like}`?" if like else None,
        )
    module = importlib.import_module(f"{__name__}.{connector_id}")
    connector: Connector = module.CONNECTOR
    return connector

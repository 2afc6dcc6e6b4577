"""One file per fact type: columns, units, key, order, retention. Found by folder."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from fairlead.facts.fact_type import Fact, FactType

__all__ = ["Fact", "FactType", "fact_type", "fact_types"]


@cache
def fact_types() -> dict[str, FactType]:
    """Every fact type by name, in alphabetical order."""
    found: dict[str, FactType] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda item: item.name):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        declared = getattr(loaded, "FACT", None)
        if isinstance(declared, FactType):
            found[declared.name] = declared
    return found


def fact_type(name: str) -> FactType:
    """The fact type of that name; KeyError when a programmer misspelt it."""
    return fact_types()[name]

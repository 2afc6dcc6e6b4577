"""One file per YAML kind, found by folder: the class of that name in its snake_case module."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from fairlead.opmodel.kinds.document import Document


@cache
def kinds() -> dict[str, type[Document]]:
    """Every kind by its PascalCase name."""
    found: dict[str, type[Document]] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda item: item.name):
        if module.name == "document":
            continue
        name = "".join(part.capitalize() for part in module.name.split("_"))
        found[name] = getattr(importlib.import_module(f"{__name__}.{module.name}"), name)
    return found

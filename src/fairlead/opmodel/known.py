"""What rooms above the operating model tell it: ids of KPIs, and the terms of connectors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ConnectorTerms:
    """The names that a connector knows for `settings` and `secrets` of its sources."""

    settings: Collection[str] = ()
    secrets: Collection[str] = ()


@dataclass(frozen=True)
class Known:
    """Ids of rooms above this one; None (or no connectors) leaves the check out."""

    kpis: Collection[str] = field(default_factory=tuple)
    connectors: Mapping[str, ConnectorTerms] = field(default_factory=dict)

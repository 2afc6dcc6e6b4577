"""What a KPI means, as a report shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Definition:
    """What a KPI means, read from its own file."""

    summary: str
    labels: Mapping[str, str] = field(default_factory=dict)
    form: str = ""
    statistic: str = ""
    basis: str = "exact"
    version: int = 1
    settings: Mapping[str, str] = field(default_factory=dict)
    peers: Mapping[str, str] = field(default_factory=dict)

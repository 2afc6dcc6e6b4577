"""The 26 KPIs of the balanced scorecard: what each is called, its unit, its target, its sources.

This is the list that a review goes through, whether or not a KPI can be computed from the sources
at hand; how a KPI is computed stands in `kpis/<id>.py`. The list itself is `scorecard.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

import yaml

Group = Literal["delivery", "reliability", "security", "cost", "people_platform"]


@dataclass(frozen=True)
class ScorecardLine:
    """One KPI of the scorecard; `default_target` and `cadence` are words for people."""

    requirement_id: str
    kpi_id: str
    name: str
    group: Group
    unit: str
    direction: str
    default_target: str
    cadence: str
    connect: tuple[str, ...]


def _read() -> tuple[ScorecardLine, ...]:
    text = (files(__package__) / "scorecard.yaml").read_text("utf-8")
    rows = yaml.safe_load(text)
    return tuple(ScorecardLine(**{**row, "connect": tuple(row["connect"])}) for row in rows)


SCORECARD = _read()

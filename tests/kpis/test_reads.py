"""A KPI reads the fact types that it declares and no others, so that they can be bound first."""

from __future__ import annotations

import ibis.expr.types as ir
import pytest

from fairlead.kpis.shelf import Kpi, kpis
from tests.kpis.tables import UnboundFacts, scope


class RecordingFacts(UnboundFacts):
    """Facts that note which of them are asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> ir.Table:
        self.asked.add(name)
        return super().__getattr__(name)


@pytest.mark.parametrize("kpi", kpis().values(), ids=lambda kpi: kpi.id)
def test_expression_reads_only_what_it_declares(kpi: Kpi) -> None:
    facts = RecordingFacts()
    kpi.records(facts, scope(as_of="2026-01-20T00:00"))
    assert facts.asked <= {*kpi.reads, "services"}

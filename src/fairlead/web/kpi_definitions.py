"""Definitions of KPIs for pages, read from the KPI files and those of other tools' rules."""

from __future__ import annotations

import importlib
from collections.abc import Iterable

from fairlead.kernel.labels import labels_of
from fairlead.kpis.peers import definitions_of
from fairlead.kpis.shelf import Kpi, kpis
from fairlead.reports.kpi_definition import Definition


def definitions(kpi_ids: Iterable[str]) -> dict[str, Definition]:
    """The definition of each KPI that the shelf knows, by id."""
    known = kpis()
    return {kpi_id: _definition(known[kpi_id]) for kpi_id in kpi_ids if kpi_id in known}


def _definition(kpi: Kpi) -> Definition:
    module = importlib.import_module(f"fairlead.kpis.{kpi.id}")
    summary, labels = labels_of(module.__doc__ or "")
    return Definition(
        summary=summary,
        labels=labels,
        form=kpi.form,
        statistic=kpi.statistic,
        basis=kpi.basis,
        version=kpi.version,
        settings={name: str(value) for name, value in kpi.settings.items()},
        peers={
            peer.definition: labels_of(peer.records.__doc__ or "")[0]
            for peer in definitions_of(kpi.id)
        },
    )

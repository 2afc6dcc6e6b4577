"""Declares a tool's definition of one of our KPIs: our id and name, its records and statistic."""

from __future__ import annotations

from collections.abc import Callable

import ibis.expr.types as ir

from fairlead.kpis.shelf import Facts, Form, Kpi, Scope, Statistic, Unit

Records = Callable[[Facts, Scope], ir.Table]
NAMES: dict[str, tuple[str, Form, str]] = {
    "deployment_frequency": ("Deployment frequency", "rate", "no_deployments"),
    "lead_time_for_changes": ("Lead time for changes", "duration", "no_shipped_changes"),
    "change_failure_rate": ("Change failure rate", "ratio", "no_deployments"),
    "time_to_restore": ("Time to restore", "duration", "no_incidents"),
    "failed_deployment_recovery_time": (
        "Failed deployment recovery time",
        "duration",
        "no_failed_deployments",
    ),
}
UNITS: dict[Form, Unit] = {"rate": "per_week", "duration": "seconds", "ratio": "ratio"}


def peer(
    tool: str,
    kpi_id: str,
    records: Records,
    statistic: Statistic,
    reads: tuple[str, ...],
    *,
    unit: Unit | None = None,
    per_days: float = 7.0,
    shared: bool = False,
) -> Kpi:
    """One definition of a tool; what it does not name is as in our own KPI."""
    name, form, empty_reason = NAMES[kpi_id]
    return Kpi(
        id=kpi_id,
        name=name,
        form=form,
        unit=unit or UNITS[form],
        direction="up" if form == "rate" else "down",
        statistic=statistic,
        version=1,
        records=records,
        reads=reads,
        definition=tool,
        per_days=per_days,
        shared=shared,
        empty_reason=empty_reason,
        needs_coverage=("deployments",) if form == "rate" else (),
    )

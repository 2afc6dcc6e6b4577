"""Number of incidents declared, per 30 days, by severity.

Grain:    one row per incident and service that it affected.
Reads:    incidents.
Returns:  record_id | service_id | event_at | excluded_reason | severity; the engine gives
          30 * count / days.
Window:   by the declaration, [start, end).
Null:     null with `source_silent` when no source was alive throughout; else 0 is a number.
Late:     an incident counts where it was declared; its severity is the final one, else the peak,
          else the declared one, so a later verdict moves it between severities.
Errors:   none of its own.
Differs:  drills, tests, cancelled and merged incidents are out. An incident of two services counts
          for each of them and once in every total over them.
Source:   incidents.md I3. Version: 1.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.incident_spans import per_service, real_incidents
from fairlead.kpis.shelf import Facts, Kpi, Scope


def records(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Incidents at their declaration; without one they are `undated` at the first known instant."""
    rows = real_incidents(facts)
    return per_service(
        facts,
        rows.select(
            "incident_id",
            "title",
            "state",
            "severity",
            "severity_declared",
            "severity_peak",
            "severity_final",
            "service_ids",
            event_at=ibis.coalesce(rows.declared_at, rows.detected_at, rows.impact_started_at),
            excluded_reason=ibis.ifelse(rows.declared_at.isnull(), "undated", ibis.null("string")),
        ),
    )


KPI = Kpi(
    id="incident_rate_by_severity",
    name="Incident rate by severity",
    form="rate",
    unit="per_30_days",
    direction="down",
    statistic="per_exposure",
    version=1,
    records=records,
    reads=("incidents",),
    dimensions=("severity",),
    per_days=30.0,
    shared=True,
    empty_reason="no_incidents",
    needs_coverage=("incidents",),
    quality=("incidents_with_service", "incidents_with_severity"),
)

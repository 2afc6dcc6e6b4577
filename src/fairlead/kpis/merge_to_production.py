"""Time from the merge of a change to the production deployment that first contains it.

Grain:    one row per change and service that it was shipped to.
Reads:    changes, deployment_changes, deployments.
Returns:  record_id | service_id | event_at | seconds | excluded_reason; the engine gives the
          median.
Window:   by the finish of the change's first counted deployment, [start, end).
Null:     null with `no_shipped_changes` when nothing was shipped; never 0.
Late:     a change counts where it was deployed, whenever its merge or the link arrives.
Errors:   FL1007 for a setting `authors` or `mechanisms` that is not allowed.
Differs:  GitLab calls this the lead time; it leaves out the time in which the change was written
          and reviewed.
Source:   delivery.md 4.7. Version: 1.
"""

from __future__ import annotations

import ibis.expr.types as ir

from fairlead.kpis.expressions.counted_deployments import MECHANISMS
from fairlead.kpis.expressions.shipped_changes import AUTHORS, shipment_records
from fairlead.kpis.shelf import Facts, Kpi, Scope


def records(facts: Facts, scope: Scope) -> ir.Table:
    """Changes with the time from their merge to their first counted deployment."""
    return shipment_records(
        facts,
        scope,
        measured="merge_to_production_seconds",
        started="merged_at",
        unknown_reason="merge_unknown",
    )


KPI = Kpi(
    id="merge_to_production",
    name="Merge to production",
    form="duration",
    unit="seconds",
    direction="down",
    statistic="median",
    version=1,
    records=records,
    reads=("changes", "deployment_changes", "deployments"),
    companion_of="lead_time_for_changes",
    dimensions=("author_kind", "environment", "mechanism"),
    settings={"authors": AUTHORS[0], "mechanisms": MECHANISMS[0]},
    empty_reason="no_shipped_changes",
    quality=("changes_linked", "deployments_with_sha"),
)

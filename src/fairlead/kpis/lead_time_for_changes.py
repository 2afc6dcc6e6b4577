"""Time from the first commit of a change to the production deployment that first contains it.

Grain:    one row per change and service that it was shipped to.
Reads:    changes, deployment_changes, deployments.
Returns:  record_id | service_id | event_at | seconds | excluded_reason | the seven stages, which
          add up to the whole; the engine gives the median.
Window:   by the finish of the change's first counted deployment, [start, end).
Null:     null with `no_shipped_changes` when nothing was shipped; never 0.
Late:     a change counts where it was deployed, whenever its commits or the link arrive.
Errors:   FL1007 for a setting `authors` or `mechanisms` that is not allowed.
Differs:  GitLab starts at the merge; DevLake rounds each part up to minutes and takes the lower
          median; Pelorus sees the head commit only. We start at the first commit of the change and
          keep bots apart (`authors: all` merges them).
Source:   DORA, Accelerate State of DevOps 2021 and 2023, lead time for changes; delivery.md
          4.7. Version: 1.
"""

from __future__ import annotations

import ibis.expr.types as ir

from fairlead.kpis.expressions.counted_deployments import MECHANISMS
from fairlead.kpis.expressions.shipped_changes import AUTHORS, shipment_records
from fairlead.kpis.shelf import Facts, Kpi, Scope


def records(facts: Facts, scope: Scope) -> ir.Table:
    """Changes with their lead time, its stages and on what basis it starts."""
    return shipment_records(
        facts,
        scope,
        measured="lead_time_seconds",
        started="first_authored_at",
        unknown_reason="start_unknown",
    )


KPI = Kpi(
    id="lead_time_for_changes",
    name="Lead time for changes",
    form="duration",
    unit="seconds",
    direction="down",
    statistic="median",
    version=1,
    records=records,
    reads=("changes", "deployment_changes", "deployments"),
    dimensions=("author_kind", "environment", "start_basis", "mechanism"),
    settings={"authors": AUTHORS[0], "mechanisms": MECHANISMS[0]},
    empty_reason="no_shipped_changes",
    quality=("changes_linked", "deployments_with_sha"),
)

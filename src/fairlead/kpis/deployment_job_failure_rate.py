"""Share of attempts to deploy to production that did not get the version there.

Grain:    one row per attempt at production.
Reads:    deployments.
Returns:  service_id | numerator attempts that failed | denominator attempts | value ratio 0..1
Window:   by the attempt's finish, [start, end); one that never finished stands at its start.
Null:     null with `no_deployments` when the denominator is 0; never 0.
Late:     an attempt counts where it finished, whenever its messages arrive.
Errors:   FL1007 for a setting `mechanisms` other than `no_flag`, `all`.
Differs:  some tools call this the change failure rate. It is not: a job that failed changed
          nothing for users. Cancelled, skipped, running and unknown attempts stay apart.
Source:   delivery.md 4.3. Version: 1.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.counted_deployments import (
    COUNTED_OUTCOMES,
    MECHANISMS,
    production_attempts,
)
from fairlead.kpis.shelf import Facts, Kpi, Scope

FAILED_OUTCOMES = ("failure", "error", "timeout")


def records(facts: Facts, scope: Scope) -> ir.Table:
    """Attempts with outcome; neither a failure nor an arrival is excluded by its outcome."""
    rows = production_attempts(facts, scope)
    outcome = rows.outcome.fill_null("unknown")
    excluded = ibis.cases(
        (~outcome.isin((*COUNTED_OUTCOMES, *FAILED_OUTCOMES)), outcome),
        (rows.finished_at.isnull(), "undated"),
        else_=ibis.null("string"),
    )
    return rows.select(
        "service_id",
        "environment",
        "region",
        "kind",
        "mechanism",
        "version_label",
        record_id=rows.attempt_key,
        event_at=rows.seen_at,
        excluded_reason=excluded,
        outcome=outcome,
        numerator=outcome.isin(FAILED_OUTCOMES).cast("int64"),
        denominator=ibis.literal(1, type="int64"),
    )


KPI = Kpi(
    id="deployment_job_failure_rate",
    name="Deployment job failure rate",
    form="ratio",
    unit="ratio",
    direction="down",
    statistic="share",
    version=1,
    records=records,
    reads=("deployments",),
    companion_of="deployment_frequency",
    dimensions=("environment", "region", "outcome"),
    settings={"mechanisms": MECHANISMS[0]},
    empty_reason="no_deployments",
    quality=("environments_mapped", "services_mapped"),
)

"""Share of pipeline runs that ended in a failure of code or tests.

Grain:    one row per pipeline run (one trigger, whatever the number of its attempts).
Reads:    pipeline_runs, pipeline_jobs.
Returns:  service_id, repo_id or pipeline_id | numerator runs that failed | denominator
          eligible runs | value ratio 0..1
Window:   by the finish of the run's last attempt, [start, end); one that has not finished stands at
          its start.
Null:     null with `no_runs` when the denominator is 0; never 0.
Late:     an attempt or job that arrives later refolds its run, which counts where its last attempt
          finished.
Errors:   FL1007 for a setting `branches` or `pipelines` that is not allowed.
Differs:  a red pipeline for a good reason is apart from one that the system broke; timeouts are in
          neither share and stand under their own outcome.
Source:   delivery.md 4.12. Version: 1.
"""

from __future__ import annotations

import ibis.expr.types as ir

from fairlead.kpis.expressions.run_outcomes import BRANCHES, PIPELINES, outcome_records
from fairlead.kpis.shelf import Facts, Kpi, Scope


def records(facts: Facts, scope: Scope) -> ir.Table:
    """Runs with whether code or a test failed them in the end."""
    return outcome_records(facts, scope, ("failure",))


KPI = Kpi(
    id="code_failure_ratio",
    name="Code failures",
    form="ratio",
    unit="ratio",
    direction="down",
    statistic="share",
    version=1,
    records=records,
    reads=("pipeline_runs", "pipeline_jobs"),
    companion_of="pipeline_success_rate",
    dimensions=("outcome", "pipeline_id", "branch_class", "is_standard", "kind"),
    settings={"branches": BRANCHES[0], "pipelines": PIPELINES[0]},
    empty_reason="no_runs",
    quality=("runs_known", "runs_with_service"),
)

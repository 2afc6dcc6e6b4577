"""Seven KPIs as hand-written DuckDB SQL, one query per panel, as dashboards hold them.

Each follows the definition of its KPI file, so the numbers are equal, and reads the columns that it
needs and no others. Where the generated lake has no rows (jobs, intervals of impact), the SQL
leaves them out: that makes the alternative faster, never slower.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from fairlead.kernel.window import Window
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.model import Model
from fairlead.store.lake import Lake

HORIZON = "INTERVAL 72 HOURS"
KEYS = {"": "''", "service_id": "r.service", "team_id": "s.team_id", "tier": "s.tier"}
COLUMNS = {
    "deployments": "source, deployment_ref, deployment_id, group_id, service_id, stage, kind, "
    "mechanism, outcome, is_shadow, started_at, created_at, finished_at, observation_seconds",
    "deployment_failures": "deployment_id, evidence_ref, state, confidence_ratio",
    "deployment_changes": "deployment_id, change_id, service_id, role, lead_time_seconds, "
    "excluded_reason",
    "changes": "change_id, author_kind, first_authored_at",
    "pipeline_runs": "source, run_ref, attempt_count, pipeline_id, repo_id, is_default_branch, "
    "trigger, is_standard, kind, rerun_kind, parent_run_ref, state, result, blocked_seconds, "
    "duration_seconds, created_at, started_at, finished_at",
    "incidents": "incident_id, kind, state, service_ids, impact_started_at, detected_at, "
    "declared_at, mitigated_at, resolved_at",
}


@dataclass(frozen=True)
class Panel:
    """One KPI for one grain (`""` is the organisation) in one window."""

    kpi_id: str
    grain: str
    window: Window
    as_of: datetime


@dataclass(frozen=True)
class Cell:
    """What a panel shows for one key."""

    value: float | None
    numerator: float | None
    n: int
    left_out: int


def prepare(
    database: duckdb.DuckDBPyConnection,
    lake: Lake,
    model: Model,
    names: Sequence[str],
    *,
    kept: bool,
) -> None:
    """Offer current rows of fact types as `now_<name>` (tables when `kept`, else views)."""
    database.execute("SET TimeZone='UTC'; SET memory_limit='3GB'; SET enable_progress_bar=false")
    services = list(model.all_of(Service).values())
    database.register(
        "services",
        pa.table(
            {
                "service_id": [service.id for service in services],
                "team_id": [service.owner for service in services],
                "tier": [service.tier for service in services],
                "repo_id": [service.repositories[0] for service in services],
            }
        ),
    )
    for name in names:
        database.execute(
            f"CREATE {'TEMP TABLE' if kept else 'TEMP VIEW'} now_{name} AS "
            f"SELECT {COLUMNS[name]} FROM read_parquet({lake.files(name)!r}, union_by_name=true) "
            "QUALIFY row_number() OVER (PARTITION BY key_hash "
            "ORDER BY source_order DESC, content_sha256 DESC) = 1 AND NOT is_retracted"
        )


def ask(database: duckdb.DuckDBPyConnection, panel: Panel) -> dict[str, Cell]:
    """The cells of one panel by key."""
    rows = database.execute(sql_of(panel)).fetchall()
    return {
        key: Cell(
            None if value is None else float(value),
            None if numerator is None else float(numerator),
            int(n),
            int(left_out),
        )
        for key, value, numerator, n, left_out in rows
    }


def sql_of(panel: Panel) -> str:
    """The query of one panel: its records in the window, grouped by its grain."""
    records, figures = RECORDS[panel.kpi_id]
    start, end = instant(panel.window.start), instant(min(panel.window.end, panel.as_of))
    records = records.replace("$AS_OF", instant(panel.as_of))
    joined = "LEFT JOIN services s ON s.service_id = r.service" if panel.grain[:1] == "t" else ""
    return f"""
        SELECT {KEYS[panel.grain]} AS key, {figures},
               count(*) FILTER (WHERE NOT counts) AS left_out
        FROM ({records}) r {joined} WHERE r.moment >= {start} AND r.moment < {end} GROUP BY 1
    """


def instant(at: datetime) -> str:
    """An instant as a SQL literal."""
    return f"TIMESTAMPTZ '{at.isoformat()}'"


def reads(kpi_ids: Sequence[str]) -> list[str]:
    """The fact types that the queries of some KPIs read."""
    return [name for name in COLUMNS if any(_reads(k, name) for k in kpi_ids)]


def _reads(kpi_id: str, name: str) -> bool:
    return re.search(rf"\bnow_{name}\b", RECORDS[kpi_id][0]) is not None


SHARE = "sum(num) FILTER (WHERE counts) / count(*) FILTER (WHERE counts), " \
    "sum(num) FILTER (WHERE counts), count(*) FILTER (WHERE counts)"  # fmt: skip
RATE = "NULL, count(*) FILTER (WHERE counts), count(*) FILTER (WHERE counts)"
MEDIAN = "median(seconds) FILTER (WHERE counts), sum(seconds) FILTER (WHERE counts), " \
    "count(*) FILTER (WHERE counts)"  # fmt: skip
MEAN = MEDIAN.replace("median(", "avg(")

_COUNTED = """
    stage = 'production' AND NOT coalesce(is_shadow, false)
    AND coalesce(mechanism, 'code') <> 'flag'
    AND outcome IN ('success', 'degraded') AND coalesce(kind, 'normal') <> 'redeploy'
"""
_GROUPS = f"""
    SELECT coalesce(service_id, '') AS service, coalesce(group_id, deployment_id) AS grp,
           coalesce(min(finished_at), min(coalesce(started_at, created_at))) AS moment,
           min(finished_at) IS NULL AS undated, max(observation_seconds) AS horizon
    FROM now_deployments WHERE {_COUNTED} GROUP BY ALL
"""
_FREQUENCY = f"SELECT service, moment, NOT undated AS counts FROM ({_GROUPS})"
_FAILURE = f"""
    WITH failed AS (
      SELECT DISTINCT coalesce(d.service_id, '') AS service,
             coalesce(d.group_id, d.deployment_id) AS grp
      FROM now_deployment_failures f JOIN now_deployments d USING (deployment_id)
      WHERE f.state IN ('accepted', 'confirmed') AND d.stage = 'production'
        AND NOT coalesce(d.is_shadow, false) AND coalesce(d.mechanism, 'code') <> 'flag'
        AND coalesce(d.kind, 'normal') <> 'redeploy'
    )
    SELECT g.service, g.moment, (f.grp IS NOT NULL)::INT AS num,
           NOT g.undated
             AND g.moment + coalesce(to_seconds(g.horizon), {HORIZON}) <= $AS_OF AS counts
    FROM ({_GROUPS}) g LEFT JOIN failed f USING (service, grp)
"""
_LEAD = f"""
    SELECT r.service, r.moment, r.seconds,
           coalesce(c.author_kind, 'human') <> 'bot' AND r.link_reason IS NULL
             AND coalesce(r.seconds, extract(epoch FROM r.moment - c.first_authored_at)) >= 0
             AS counts
    FROM (
      SELECT l.change_id, coalesce(l.service_id, d.service_id) AS service, d.finished_at AS moment,
             l.lead_time_seconds AS seconds, l.excluded_reason AS link_reason
      FROM now_deployment_changes l
      JOIN (SELECT * FROM now_deployments WHERE {_COUNTED}) d USING (deployment_id)
      WHERE l.role = 'first'
      QUALIFY row_number() OVER (
        PARTITION BY l.change_id, coalesce(l.service_id, d.service_id)
        ORDER BY d.finished_at NULLS LAST, deployment_id) = 1
    ) r LEFT JOIN now_changes c USING (change_id)
"""
_RESTORE = """
    SELECT unnest(CASE WHEN len(service_ids) > 0 THEN service_ids ELSE [NULL] END) AS service,
           coalesce(mitigated_at, resolved_at) AS moment,
           epoch_us(coalesce(mitigated_at, resolved_at)) / 1e6
             - epoch_us(coalesce(impact_started_at, detected_at, declared_at)) / 1e6 AS seconds,
           coalesce(seconds >= 0, false) AS counts
    FROM now_incidents
    WHERE coalesce(kind, 'incident') IN ('incident', 'security')
      AND coalesce(state, '') NOT IN ('cancelled', 'merged')
"""
_INCIDENTS = """
    SELECT unnest(CASE WHEN len(service_ids) > 0 THEN service_ids ELSE [NULL] END) AS service,
           coalesce(declared_at, detected_at, impact_started_at) AS moment,
           declared_at IS NOT NULL AS counts
    FROM now_incidents
    WHERE coalesce(kind, 'incident') IN ('incident', 'security')
      AND coalesce(state, '') NOT IN ('cancelled', 'merged')
"""
_RUNS = """
    WITH attempts AS (
      SELECT source, run_ref, coalesce(attempt_count, 1) AS attempt, repo_id, parent_run_ref,
             is_default_branch, trigger, is_standard, coalesce(rerun_kind, 'none') AS rerun,
             finished_at, coalesce(finished_at, started_at, created_at) AS moment,
             CASE WHEN state = 'blocked' THEN 'blocked'
                  WHEN coalesce(state, 'finished') <> 'finished' THEN 'running'
                  ELSE coalesce(result, 'unknown') END AS ended
      FROM now_pipeline_runs
    ),
    parents AS (
      SELECT c.source, c.run_ref, max(c.parent_run_ref) AS parent FROM attempts c
      WHERE c.parent_run_ref IS NOT NULL
        AND EXISTS (FROM attempts p WHERE p.source = c.source AND p.run_ref = c.parent_run_ref)
      GROUP BY ALL
    ),
    rooted AS (
      SELECT a.*, coalesce(upper.parent, p.parent, a.run_ref) AS root, p.parent IS NOT NULL AS child
      FROM attempts a LEFT JOIN parents p ON p.source = a.source AND p.run_ref = a.run_ref
      LEFT JOIN parents upper ON upper.source = a.source AND upper.run_ref = p.parent
    ),
    help AS (
      SELECT source, root, max(attempt) FILTER (WHERE NOT child) AS attempt,
             bool_or(rerun = 'human') AS human, bool_or(rerun = 'automatic') AS automatic,
             bool_or(rerun NOT IN ('human', 'automatic') AND (rerun = 'unknown' OR attempt > 1))
               AS unnamed
      FROM rooted GROUP BY ALL
    ),
    outcomes AS (
      SELECT a.*,
             CASE WHEN a.ended IN ('success', 'failure', 'error', 'timeout')
                       AND h.unnamed AND NOT h.human THEN 'unknown'
                  WHEN a.ended <> 'success' THEN a.ended
                  WHEN h.human THEN 'assisted' WHEN h.automatic THEN 'flaky'
                  ELSE 'clean' END AS outcome
      FROM rooted a JOIN help h ON h.source = a.source AND h.root = a.run_ref
        AND h.attempt = a.attempt
      WHERE NOT a.child
    ),
    branches AS (
      SELECT source, repo_id, bool_or(is_default_branch IS NOT NULL) AS told
      FROM outcomes GROUP BY ALL
    )
    SELECT s.service_id AS service, o.moment, (o.outcome = 'clean')::INT AS num,
           coalesce(o.is_default_branch, NOT b.told AND coalesce(o.trigger, '') <> 'merge_request')
             AND (coalesce(o.is_standard, false) OR NOT (
               SELECT bool_or(coalesce(is_standard, false)) FROM now_pipeline_runs))
             AND o.outcome NOT IN ('cancelled', 'skipped', 'blocked', 'running', 'unknown')
             AND o.finished_at IS NOT NULL AS counts
    FROM outcomes o
    LEFT JOIN branches b ON b.source = o.source AND b.repo_id IS NOT DISTINCT FROM o.repo_id
    LEFT JOIN services s ON s.repo_id = o.repo_id
"""
_BUILDS = """
    SELECT s.service_id AS service, coalesce(finished_at, started_at, created_at) AS moment,
           coalesce(epoch_us(finished_at) / 1e6 - epoch_us(started_at) / 1e6
                    - coalesce(blocked_seconds, 0), duration_seconds) AS seconds,
           coalesce(state, 'finished') = 'finished' AND coalesce(result, 'unknown') = 'success'
             AND finished_at IS NOT NULL AND coalesce(seconds >= 0, false) AS counts
    FROM now_pipeline_runs LEFT JOIN services s USING (repo_id)
    WHERE coalesce(kind, 'ci') = 'ci'
"""

RECORDS = {
    "deployment_frequency": (_FREQUENCY, RATE),
    "lead_time_for_changes": (_LEAD, MEDIAN),
    "change_failure_rate": (_FAILURE, SHARE),
    "time_to_restore": (_RESTORE, MEAN),
    "incident_rate_by_severity": (_INCIDENTS, RATE),
    "pipeline_success_rate": (_RUNS, SHARE),
    "build_test_duration": (_BUILDS, MEAN),
}

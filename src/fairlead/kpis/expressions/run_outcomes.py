"""What came of a pipeline run over all its attempts (delivery 4.12).

A run is one trigger, not one attempt; child pipelines count with their parent. Its outcome is
`clean` (success at the first attempt, nothing retried), `flaky` (success, only automatic retries),
`assisted` (success after a person re-ran it or a job), `unknown` (a result after a re-run by nobody
knows whom), `failure`, `error`, `timeout`, or the state that makes it no result: `cancelled`,
`skipped`, `blocked`, `running`.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.pipeline_attempts import pipeline_attempts
from fairlead.kpis.expressions.settings import choice
from fairlead.kpis.expressions.sharing import placed, shared
from fairlead.kpis.shelf import Facts, Scope

BRANCHES = ("default", "other", "all")
PIPELINES = ("standard", "non_standard", "all")
SUCCESSES = ("clean", "flaky", "assisted")
FAILURES = ("failure", "error", "timeout")
SHOWN = (
    "service_id",
    "repo_id",
    "pipeline_id",
    "branch",
    "commit_sha",
    "run_ref",
    "template_id",
    "kind",
    "trigger",
    "is_default_branch",
    "is_standard",
)
REASONS = ("cancelled", "skipped", "blocked", "running", "unknown")
FIGURES = ("service_id", "outcome", "event_at", "excluded_reason")
COLUMNS = (
    *FIGURES,
    "repo_id",
    "pipeline_id",
    "branch",
    "commit_sha",
    "source_key",
    "run_ref",
    "template_id",
    "kind",
    "attempt_count",
    "branch_class",
    "is_branch_known",
    "is_standard",
    "population",
)


def run_outcomes(facts: Facts) -> ir.Table:
    """One row per run without a parent: its last attempt, with `outcome`."""
    attempts = _with_roots(pipeline_attempts(facts))
    help_given = _help(facts, attempts)
    rows = attempts.filter(~attempts.is_child).left_join(
        help_given,
        [
            attempts.source_key == help_given.help_source_key,
            attempts.run_ref == help_given.help_run_ref,
        ],
    )
    rows = rows.filter(rows.last_attempt.isnull() | (rows.attempt == rows.last_attempt))
    success = rows.end_result == "success"
    is_result = success | rows.end_result.isin(FAILURES)
    by_human = rows.has_human_help.fill_null(False)
    outcome = ibis.cases(
        (is_result & rows.has_unknown_help.fill_null(False) & ~by_human, "unknown"),
        (~success, rows.end_result),
        (by_human, "assisted"),
        (rows.has_automatic_help.fill_null(False), "flaky"),
        else_="clean",
    )
    return rows.select(*SHOWN, "source_key", "attempt", "seen_at", "finished_at", outcome=outcome)


def _with_roots(attempts: ir.Table) -> ir.Table:
    """Attempts with `root_ref`, the run that they count with: up to two levels of known parents."""
    known = attempts.select(known_source_key="source_key", known_run_ref="run_ref")
    children = attempts.filter(attempts.parent_run_ref.notnull())
    links = children.group_by("source_key", "run_ref").aggregate(
        parent_ref=children.parent_run_ref.max()
    )
    links = links.semi_join(
        known,
        [links.source_key == known.known_source_key, links.parent_ref == known.known_run_ref],
    )
    upper = links.select(
        upper_source_key="source_key", upper_run_ref="run_ref", upper_parent_ref="parent_ref"
    )
    roots = links.left_join(
        upper,
        [links.source_key == upper.upper_source_key, links.parent_ref == upper.upper_run_ref],
    )
    roots = roots.select(
        child_source_key="source_key",
        child_run_ref="run_ref",
        known_root_ref=ibis.coalesce(roots.upper_parent_ref, roots.parent_ref),
    )
    rows = attempts.left_join(
        roots,
        [attempts.source_key == roots.child_source_key, attempts.run_ref == roots.child_run_ref],
    )
    return rows.mutate(
        root_ref=ibis.coalesce(rows.known_root_ref, rows.run_ref),
        is_child=rows.known_root_ref.notnull(),
    ).drop("child_source_key", "child_run_ref", "known_root_ref")


def _help(facts: Facts, attempts: ir.Table) -> ir.Table:
    """Per root run that was helped or tried again: its last attempt, and who helped it, its
    children and their jobs. `last_attempt` is null where only its children were."""
    kind = attempts.rerun_kind.fill_null("none")
    unnamed = kind.notin(("human", "automatic")) & ((kind == "unknown") | (attempts.attempt > 1))
    attempts = attempts.select(
        "source_key",
        "run_ref",
        "root_ref",
        "attempt",
        "is_child",
        is_human=kind == "human",
        is_automatic=kind == "automatic",
        is_unknown=unnamed,
    )
    retried = _retried_jobs(facts)
    rows = attempts.left_join(
        retried,
        [
            attempts.source_key == retried.job_source_key,
            attempts.run_ref == retried.job_run_ref,
        ],
    )
    rows = rows.mutate(
        is_human=rows.is_human | rows.has_human_retry.fill_null(False),
        is_automatic=rows.is_automatic | rows.has_automatic_retry.fill_null(False),
        is_unknown=rows.is_unknown | rows.has_unknown_retry.fill_null(False),
    )
    rows = rows.filter(rows.is_human | rows.is_automatic | rows.is_unknown)
    return rows.group_by(help_source_key=rows.source_key, help_run_ref=rows.root_ref).aggregate(
        last_attempt=rows.attempt.max(where=~rows.is_child),
        has_human_help=rows.is_human.any(),
        has_automatic_help=rows.is_automatic.any(),
        has_unknown_help=rows.is_unknown.any(),
    )


def _retried_jobs(facts: Facts) -> ir.Table:
    """Per run with retried jobs: by whom they were retried."""
    jobs = facts.pipeline_jobs
    kind = jobs.retry_kind.fill_null("unknown")
    named = kind.isin(("human", "automatic"))
    jobs = jobs.mutate(retry=ibis.ifelse(named, kind, "unknown"))
    jobs = jobs.filter(named | (jobs.retry_count.fill_null(0) > 0))
    return jobs.group_by(
        job_source_key=jobs.source.fill_null(""), job_run_ref=jobs.run_ref
    ).aggregate(
        has_human_retry=(jobs.retry == "human").any(),
        has_automatic_retry=(jobs.retry == "automatic").any(),
        has_unknown_retry=(jobs.retry == "unknown").any(),
    )


def outcome_records(facts: Facts, scope: Scope, good: tuple[str, ...]) -> ir.Table:
    """Records of a share of runs: `good` outcomes in the numerator, eligible runs below.

    The population is the default branch and standard pipelines, unless the settings `branches` and
    `pipelines` say otherwise; when no pipeline is known to be standard, all are taken and
    `population` says so. A run of unknown branch is no run of the default one; but where a source
    never tells it of a repository, all runs but those of merge requests are taken
    (`is_branch_known` is false).
    """
    branches = choice(scope, "branches", BRANCHES)
    pipelines = choice(scope, "pipelines", PIPELINES)
    columns = _columns(scope)
    name = "_".join(("run_records", branches, pipelines, *columns))
    rows = shared(
        facts, name, lambda: placed(facts, _run_records(facts, branches, pipelines).select(columns))
    )
    rows = rows.mutate(
        numerator=rows.outcome.isin(good).cast("int64"),
        denominator=ibis.literal(1, type="int64"),
    )
    if scope.dimensions is not None:
        return rows
    return rows.mutate(record_id=rows.source_key + ":" + rows.run_ref).drop("source_key")


def _columns(scope: Scope) -> list[str]:
    """The columns of run records that are read: all, or those of figures and wanted dimensions."""
    if scope.dimensions is None:
        return list(COLUMNS)
    return [name for name in COLUMNS if name in FIGURES or scope.wants(name)]


def _run_records(facts: Facts, branches: str, pipelines: str) -> ir.Table:
    """Runs with where they count; all but what is good about them."""
    rows = _with_branch(facts, run_outcomes(facts))
    runs = facts.pipeline_runs
    has_standard = (
        runs.aggregate(found=runs.is_standard.fill_null(False).any()).as_scalar().fill_null(False)
    )
    is_standard = rows.is_standard.fill_null(False)
    on_default = rows.is_on_default
    excluded = ibis.cases(
        (_outside(on_default, branches, "default"), "other_branch"),
        (has_standard & _outside(is_standard, pipelines, "standard"), "other_pipeline"),
        (rows.outcome.isin(REASONS), rows.outcome),
        (rows.finished_at.isnull(), "undated"),
        else_=ibis.null("string"),
    )
    return rows.mutate(
        event_at=rows.seen_at,
        excluded_reason=excluded,
        attempt_count=rows.attempt,
        branch_class=ibis.ifelse(on_default, "default", "other"),
        is_branch_known=rows.is_default_branch.notnull(),
        is_standard=is_standard,
        population=ibis.ifelse(has_standard, "standard_pipelines", "all_pipelines"),
    )


def _with_branch(facts: Facts, rows: ir.Table) -> ir.Table:
    """Runs with `is_on_default`: as told; else by the trigger where the source tells no branch of
    any run of the repository; else false."""
    told = pipeline_attempts(facts)
    told = told.filter(told.is_default_branch.notnull())
    told = told.select(
        told_source_key="source_key", told_repo_id=told.repo_id.fill_null("")
    ).distinct()
    joined = rows.left_join(
        told,
        [
            rows.source_key == told.told_source_key,
            rows.repo_id.fill_null("") == told.told_repo_id,
        ],
    )
    untold = joined.told_source_key.isnull()
    by_trigger = untold & (joined.trigger.fill_null("") != "merge_request")
    return joined.mutate(is_on_default=joined.is_default_branch.fill_null(by_trigger))


def _outside(belongs: ir.BooleanValue, wanted: str, inside: str) -> ir.BooleanValue:
    if wanted == "all":
        return ibis.literal(False)
    return ~belongs if wanted == inside else belongs

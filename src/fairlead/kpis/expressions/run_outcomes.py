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
from fairlead.kpis.expressions.sharing import shared
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


def run_outcomes(facts: Facts) -> ir.Table:
    """One row per run without a parent: its last attempt, with `outcome`."""
    return shared(facts, "run_outcomes", lambda: _run_outcomes(facts))


def _run_outcomes(facts: Facts) -> ir.Table:
    attempts = _with_roots(pipeline_attempts(facts))
    help_given = _help(facts, attempts)
    rows = attempts.filter(~attempts.is_child).inner_join(
        help_given,
        [
            attempts.source_key == help_given.help_source_key,
            attempts.run_ref == help_given.help_run_ref,
            attempts.attempt == help_given.last_attempt,
        ],
    )
    success = rows.end_result == "success"
    is_result = success | rows.end_result.isin(FAILURES)
    outcome = ibis.cases(
        (is_result & rows.has_unknown_help & ~rows.has_human_help, "unknown"),
        (~success, rows.end_result),
        (rows.has_human_help, "assisted"),
        (rows.has_automatic_help, "flaky"),
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
    """Per root run: its last attempt, and who helped it, its children and their jobs."""
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
    rows = run_outcomes(facts)
    runs = facts.pipeline_runs
    has_standard = (
        runs.aggregate(found=runs.is_standard.fill_null(False).any()).as_scalar().fill_null(False)
    )
    is_standard = rows.is_standard.fill_null(False)
    repository = ibis.window(group_by=[rows.source_key, rows.repo_id.fill_null("")])
    tells_branch = rows.is_default_branch.notnull().cast("int64").max().over(repository)
    rows = rows.mutate(tells_branch=tells_branch)
    on_default = rows.is_default_branch.fill_null(
        (rows.tells_branch == 0) & (rows.trigger.fill_null("") != "merge_request")
    )
    excluded = ibis.cases(
        (_outside(on_default, choice(scope, "branches", BRANCHES), "default"), "other_branch"),
        (
            has_standard & _outside(is_standard, choice(scope, "pipelines", PIPELINES), "standard"),
            "other_pipeline",
        ),
        (rows.outcome.isin(REASONS), rows.outcome),
        (rows.finished_at.isnull(), "undated"),
        else_=ibis.null("string"),
    )
    return rows.select(
        "service_id",
        "repo_id",
        "pipeline_id",
        "branch",
        "commit_sha",
        "run_ref",
        "template_id",
        "kind",
        "outcome",
        record_id=rows.source_key + ":" + rows.run_ref,
        event_at=rows.seen_at,
        excluded_reason=excluded,
        attempt_count=rows.attempt,
        branch_class=ibis.ifelse(on_default, "default", "other"),
        is_branch_known=rows.is_default_branch.notnull(),
        is_standard=is_standard,
        population=ibis.ifelse(has_standard, "standard_pipelines", "all_pipelines"),
        numerator=rows.outcome.isin(good).cast("int64"),
        denominator=ibis.literal(1, type="int64"),
    )


def _outside(belongs: ir.BooleanValue, wanted: str, inside: str) -> ir.BooleanValue:
    if wanted == "all":
        return ibis.literal(False)
    return ~belongs if wanted == inside else belongs

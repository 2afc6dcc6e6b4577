"""Reads deployments out of pipeline jobs, runs and release tags, as `DeploymentRule`s declare.

A rule that names a job makes a deployment of every job that matches; one that names a tag, of
every release; any other, of every run attempt. What a rule does not name matches anything; what it
names must be known and match exactly or as a glob. Names are never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from fnmatch import fnmatchcase

from fairlead.engine.derive.reader import FactReader, Row, Where
from fairlead.methods.deployment_fold import Attempt
from fairlead.opmodel.kinds.deployment_rule import DeploymentRule
from fairlead.opmodel.model import Model

_OUTCOMES = {"timeout": "failure"}
RuleAttempt = tuple[Attempt, DeploymentRule]


def matches(pattern: str | None, value: str | None) -> bool:
    """Whether a value meets a pattern of a rule: none given, exactly equal, or by glob."""
    if pattern is None:
        return True
    return value is not None and (value == pattern or fnmatchcase(value, pattern))


def rule_attempts(
    reader: FactReader, model: Model, as_of: datetime | None, where: Where | None = None
) -> list[RuleAttempt]:
    """Every attempt that the model's rules make; `where` narrows by `run_ref` or `repo_id`."""
    rules = list(model.all_of(DeploymentRule).values())
    if not rules:
        return []
    runs, jobs, releases = _rows_for(reader, rules, where)
    found: list[RuleAttempt] = []
    for rule in rules:
        if rule.match.tag is not None:
            found += [(_of_release(row, rule), rule) for row in releases if _is_tag_of(row, rule)]
        elif rule.match.job is not None:
            found += _of_jobs(jobs, runs, rule)
        else:
            found += [(_of_run(run, rule), rule) for run in runs if _is_run_of(run, rule)]
    return [item for item in found if as_of is None or item[0].created_at <= as_of]


def _rows_for(
    reader: FactReader, rules: Sequence[DeploymentRule], where: Where | None
) -> tuple[list[Row], list[Row], list[Row]]:
    by_run = where is None or "run_ref" in where
    by_tag = where is None or "repo_id" in where
    needs_runs = by_run and any(rule.match.tag is None for rule in rules)
    needs_jobs = by_run and any(rule.match.job is not None for rule in rules)
    needs_tags = by_tag and any(rule.match.tag is not None for rule in rules)
    only_runs = {"run_ref": where["run_ref"]} if where and "run_ref" in where else None
    only_repos = {"repo_id": where["repo_id"]} if where and "repo_id" in where else None
    return (
        reader.rows("pipeline_runs", where=only_runs) if needs_runs else [],
        reader.rows("pipeline_jobs", where=only_runs) if needs_jobs else [],
        reader.rows("releases", where=only_repos) if needs_tags else [],
    )


def _of_jobs(jobs: Iterable[Row], runs: Iterable[Row], rule: DeploymentRule) -> list[RuleAttempt]:
    by_attempt = {_run_key(run): run for run in runs}
    found: list[RuleAttempt] = []
    for job in jobs:
        if not matches(rule.match.job, job.get("name")):
            continue
        run = by_attempt.get(_run_key(job), {})
        merged = {**run, **{name: value for name, value in job.items() if value is not None}}
        if _is_run_of(merged, rule) and (attempt := _of_job(merged, rule)) is not None:
            found.append((attempt, rule))
    return found


def _run_key(row: Row) -> tuple[str | None, str | None, int]:
    return (row.get("source"), row.get("run_ref"), row.get("attempt_count") or 1)


def _is_run_of(run: Row, rule: DeploymentRule) -> bool:
    match = rule.match
    return (
        (match.source is None or match.source == run.get("source"))
        and matches(match.repository, run.get("repo_id"))
        and matches(match.pipeline, run.get("pipeline_id"))
        and matches(match.branch, run.get("branch"))
        and (run.get("created_at") or run.get("queued_at") or run.get("started_at")) is not None
    )


def _is_tag_of(release: Row, rule: DeploymentRule) -> bool:
    match = rule.match
    return (
        (match.source is None or match.source == release.get("source"))
        and matches(match.repository, release.get("repo_id"))
        and matches(match.tag, release.get("tag"))
        and release.get("released_at") is not None
    )


def _of_job(job: Row, rule: DeploymentRule) -> Attempt | None:
    created_at = job.get("queued_at") or job.get("started_at") or job.get("created_at")
    if created_at is None or job.get("job_ref") is None:
        return None
    return _attempt(job, rule, f"rule:{rule.id}:job:{job['job_ref']}", created_at)


def _of_run(run: Row, rule: DeploymentRule) -> Attempt:
    ref = f"rule:{rule.id}:run:{run.get('run_ref')}:{run.get('attempt_count') or 1}"
    return _attempt(run, rule, ref, run.get("created_at") or run["started_at"])


def _attempt(row: Row, rule: DeploymentRule, ref: str, created_at: datetime) -> Attempt:
    result = row.get("result")
    finished_at = row.get("finished_at") if result else None
    outcome = _OUTCOMES.get(result, str(result)) if result else "running"
    return Attempt(
        source=row.get("source"),
        deployment_ref=ref,
        outcome=outcome,
        created_at=created_at,
        started_at=row.get("started_at") or created_at,
        start_basis="running" if row.get("started_at") else "created",
        finished_at=finished_at,
        finish_basis=_finish_basis(result, finished_at),
        repo_id=row.get("repo_id"),
        environment=rule.environment,
        mechanism=rule.mechanism,
        commit_sha=row.get("commit_sha"),
        run_ref=row.get("run_ref"),
        job_ref=row.get("job_ref"),
        started_by_id=row.get("triggered_by_id"),
        branch=row.get("branch"),
    )


def _finish_basis(result: str | None, finished_at: datetime | None) -> str | None:
    if result is None:
        return None
    if finished_at is None:
        return "undated"
    return "success" if result == "success" else "terminal"


def _of_release(release: Row, rule: DeploymentRule) -> Attempt:
    released_at = release["released_at"]
    return Attempt(
        source=release.get("source"),
        deployment_ref=f"rule:{rule.id}:tag:{release.get('repo_id')}@{release.get('tag')}",
        outcome="success",
        created_at=released_at,
        started_at=released_at,
        start_basis="created",
        finished_at=released_at,
        finish_basis="success",
        repo_id=release.get("repo_id"),
        environment=rule.environment,
        mechanism=rule.mechanism,
        commit_sha=release.get("commit_sha"),
        version_label=release.get("version_label") or release.get("tag"),
    )

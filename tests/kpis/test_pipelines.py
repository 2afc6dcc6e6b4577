"""Outcomes and times of pipeline runs (K11, K12)."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.kpis import (
    build_queue_time,
    build_test_duration,
    code_failure_ratio,
    eventual_success_ratio,
    flaky_job_ratio,
    infrastructure_error_ratio,
    pipeline_success_rate,
    unattended_ratio,
)
from tests.kpis.tables import DuckFacts, by_id, counted, scope

DAY = "2026-01-05T"


def run(name: str, result: str | None = "success", attempt: int = 1, **columns: Any) -> dict:
    return {
        "source": "ci",
        "run_ref": name,
        "attempt_count": attempt,
        "repo_id": "acme/search",
        "pipeline_id": "build",
        "is_default_branch": True,
        "kind": "ci",
        "state": "finished" if result else "executing",
        "result": result,
        "started_at": f"{DAY}10:0{attempt}",
        "finished_at": f"{DAY}11:0{attempt}" if result else None,
        **columns,
    }


def job(run_ref: str, name: str, **columns: Any) -> dict[str, Any]:
    return {"source": "ci", "job_ref": f"{run_ref}/{name}", "run_ref": run_ref, **columns}


def outcomes(facts: DuckFacts, **settings: str) -> dict[str, str]:
    rows = by_id(facts, pipeline_success_rate.records(facts, scope(**settings)))
    return {key.removeprefix("ci:"): row["outcome"] for key, row in rows.items()}


def worked_example() -> DuckFacts:
    runs = [run(f"clean{i}") for i in range(6)]
    runs += [run("flaky", "failure"), run("flaky", attempt=2, rerun_kind="automatic")]
    runs += [run("assisted", "failure"), run("assisted", attempt=2, rerun_kind="human")]
    runs += [run("failure", "failure"), run("error", "error")]
    runs += [run("cancelled1", "cancelled"), run("cancelled2", "cancelled")]
    runs += [run("skipped", "skipped"), run("running", None)]
    return DuckFacts(pipeline_runs=runs)


@pytest.mark.row("K11")
@pytest.mark.parametrize(
    ("kpi", "good"),
    [
        (pipeline_success_rate, 6),
        (unattended_ratio, 7),
        (eventual_success_ratio, 8),
        (code_failure_ratio, 1),
        (infrastructure_error_ratio, 1),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_worked_example_has_ten_eligible_runs(kpi: Any, good: int) -> None:
    facts = worked_example()
    rows = by_id(facts, kpi.records(facts, scope()))
    counting = [rows[key] for key in counted(rows)]
    assert sum(row["denominator"] for row in counting) == 10
    assert sum(row["numerator"] for row in counting) == good
    excluded = sorted(row["excluded_reason"] for row in rows.values() if row["excluded_reason"])
    assert excluded == ["cancelled", "cancelled", "running", "skipped"]


@pytest.mark.row("K11")
def test_who_helped_decides_what_a_success_is_worth() -> None:
    facts = DuckFacts(
        pipeline_runs=[
            run("both", "failure"),
            run("both", "failure", 2, rerun_kind="automatic"),
            run("both", attempt=3, rerun_kind="human"),
            run("unknown", "failure"),
            run("unknown", attempt=2, rerun_kind="unknown"),
            run("unsaid", "failure"),
            run("unsaid", attempt=2),
            run("first_unknown", rerun_kind="unknown"),
            run("still_red", "failure"),
            run("still_red", "failure", 2, rerun_kind="unknown"),
            run("job_auto"),
            run("job_human"),
            run("job_unsaid"),
            run("job_plain"),
        ],
        pipeline_jobs=[
            job("job_auto", "test", retry_count=1, retry_kind="automatic"),
            job("job_human", "test", retry_count=1, retry_kind="human"),
            job("job_human", "lint", retry_count=1, retry_kind="automatic"),
            job("job_unsaid", "test", retry_count=1),
            job("job_plain", "test", retry_count=0, retry_kind="none"),
        ],
    )
    assert outcomes(facts) == {
        "both": "assisted",
        "unknown": "unknown",
        "unsaid": "unknown",
        "first_unknown": "unknown",
        "still_red": "unknown",
        "job_auto": "flaky",
        "job_human": "assisted",
        "job_unsaid": "unknown",
        "job_plain": "clean",
    }
    rows = by_id(facts, pipeline_success_rate.records(facts, scope()))
    assert rows["ci:unknown"]["excluded_reason"] == "unknown"
    assert rows["ci:still_red"]["excluded_reason"] == "unknown"


@pytest.mark.row("K11")
def test_child_pipelines_count_with_their_parent_and_pass_on_their_retries() -> None:
    facts = DuckFacts(
        pipeline_runs=[
            run("parent"),
            run("child", parent_run_ref="parent"),
            run("grandchild", "failure", parent_run_ref="child"),
            run("grandchild", attempt=2, parent_run_ref="child", rerun_kind="human"),
            run("orphan", parent_run_ref="never_seen"),
            run("parent", source="other"),
        ]
    )
    rows = by_id(facts, pipeline_success_rate.records(facts, scope()))
    assert {key: row["outcome"] for key, row in rows.items()} == {
        "ci:parent": "assisted",
        "ci:orphan": "clean",
        "other:parent": "clean",
    }


@pytest.mark.row("K11")
def test_only_standard_pipelines_of_the_default_branch_make_the_value() -> None:
    runs = [
        run("standard", is_standard=True),
        run("own", is_standard=False),
        run("branch", is_standard=True, is_default_branch=False),
        run("unsaid", is_standard=True, is_default_branch=None),
        run("mute", is_standard=True, is_default_branch=None, source="mute"),
        run("request", is_standard=True, is_default_branch=None, trigger="merge_request"),
    ]
    facts = DuckFacts(pipeline_runs=runs)
    rows = by_id(facts, pipeline_success_rate.records(facts, scope()))
    assert {key: row["excluded_reason"] for key, row in rows.items()} == {
        "ci:standard": None,
        "ci:own": "other_pipeline",
        "ci:branch": "other_branch",
        "ci:unsaid": "other_branch",
        "mute:mute": None,
        "ci:request": "other_branch",
    }
    other = pipeline_success_rate.records(facts, scope(branches="other"))
    assert counted(by_id(facts, other)) == {"ci:branch", "ci:request", "ci:unsaid"}
    every = pipeline_success_rate.records(facts, scope(branches="all", pipelines="all"))
    assert len(counted(by_id(facts, every))) == 6


@pytest.mark.row("K11")
def test_without_a_known_standard_pipeline_all_count_and_the_rows_say_so() -> None:
    facts = DuckFacts(pipeline_runs=[run("a", is_standard=False), run("b")])
    rows = by_id(facts, pipeline_success_rate.records(facts, scope()))
    assert counted(rows) == {"ci:a", "ci:b"}
    assert {row["population"] for row in rows.values()} == {"all_pipelines"}


@pytest.mark.row("K12")
def test_duration_leaves_blocked_time_out_and_lists_what_did_not_succeed() -> None:
    facts = DuckFacts(
        pipeline_runs=[
            run("ok", started_at=DAY + "10:00", finished_at=DAY + "10:30", blocked_seconds=600),
            run("reported", started_at=None, duration_seconds=420),
            run("failed", "failure", blocked_seconds=0),
            run("cancelled", "cancelled", blocked_seconds=0),
            run("deploy", kind="deploy"),
            run("odd", started_at=DAY + "12:00", finished_at=DAY + "11:59", blocked_seconds=0),
            run("untold"),
            run("mute", source="mute"),
            run("blank", started_at=None),
        ]
    )
    rows = by_id(facts, build_test_duration.records(facts, scope()))
    assert {key: (row["seconds"], row["excluded_reason"]) for key, row in rows.items()} == {
        "ci:ok:1": (1_200.0, None),
        "ci:reported:1": (420.0, None),
        "ci:failed:1": (3_600.0, "failure"),
        "ci:cancelled:1": (3_600.0, "cancelled"),
        "ci:odd:1": (-60.0, "negative_span"),
        "ci:blank:1": (None, "duration_unknown"),
        "ci:untold:1": (None, "duration_unknown"),
        "mute:mute:1": (3_600.0, None),
    }


@pytest.mark.row("K12")
def test_queue_ends_with_the_first_job_of_the_attempt() -> None:
    facts = DuckFacts(
        pipeline_runs=[
            run("a", "failure", created_at=DAY + "09:00"),
            run("a", attempt=2, created_at=DAY + "10:00"),
            run("reported", created_at=DAY + "10:00", queue_seconds=45),
            run("unknown", created_at=DAY + "10:00"),
        ],
        pipeline_jobs=[
            job("a", "one", attempt_count=1, started_at=DAY + "09:30"),
            job("a", "two", attempt_count=2, started_at=DAY + "10:05"),
            job("a", "three", attempt_count=2, started_at=DAY + "10:02"),
            job("a", "four", attempt_count=2, started_at=None),
        ],
    )
    rows = by_id(facts, build_queue_time.records(facts, scope()))
    assert {key: (row["seconds"], row["excluded_reason"]) for key, row in rows.items()} == {
        "ci:a:1": (1_800.0, "failure"),
        "ci:a:2": (120.0, None),
        "ci:reported:1": (45.0, None),
        "ci:unknown:1": (None, "queue_unknown"),
    }


@pytest.mark.row("K11")
def test_flaky_key_has_both_results_and_counts_where_it_ran_first() -> None:
    def execution(ref: str, name: str, result: str, finished: str, **columns: Any) -> dict:
        return {
            "source": "ci", "job_ref": ref, "repo_id": "r", "commit_sha": "s", "name": name,
            "config_hash": "h", "result": result, "finished_at": finished, **columns,
        }  # fmt: skip

    facts = DuckFacts(
        pipeline_jobs=[
            execution("1", "test", "timeout", "2026-01-31T23:00"),
            execution("2", "test", "success", "2026-01-31T23:30"),
            execution("8", "scan", "failure", "2026-02-01T00:00"),
            execution("3", "lint", "failure", DAY + "10:00"),
            execution("4", "lint", "success", DAY + "10:10", config_hash="other"),
            execution("5", "scan", "error", DAY + "10:00"),
            execution("6", "scan", "success", DAY + "10:00"),
            execution("7", "gone", "error", DAY + "10:00"),
        ]
    )
    rows = by_id(facts, flaky_job_ratio.records(facts, scope()))
    assert counted(rows) == {"r@s:test:h", "r@s:lint:h", "r@s:lint:other", "r@s:scan:h"}
    assert {key for key in rows if rows[key]["numerator"] == 1} == {"r@s:test:h"}
    assert str(rows["r@s:test:h"]["event_at"]) == "2026-01-31 23:00:00"
    assert rows["r@s:gone:h"]["excluded_reason"] == "not_executed"

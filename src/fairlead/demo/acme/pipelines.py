"""Simulate the runs of the pipelines: what each change, release and night set in motion.

The outcome of a run is decided first (clean, flaky, assisted, failed, errored, cancelled); its
attempts follow from it. Only GitHub tells a person's re-run from a machine's, so flaky and assisted
runs happen there alone; a GitLab or Jenkins run that goes wrong stays wrong.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from fairlead.demo.acme.calendar import HOUR, MINUTE, Span, midnight, spread
from fairlead.demo.acme.company import Service, members_of, services, teams
from fairlead.demo.acme.records import Change, Release, Run, RunAttempt, RunOutcome

RERUN_BOT = "acme-rerun[bot]"


@dataclass
class Pipelines:
    """The runs of one repository while they are made."""

    service: Service
    rng: random.Random
    span: Span
    last_number: int = 0

    def next_number(self) -> int:
        self.last_number += 1
        return self.last_number


def simulate_runs(
    pipelines: Pipelines, changes: list[Change], releases: list[Release]
) -> list[Run]:
    """Every run of a repository, by the instant of its creation."""
    runs = [*_change_runs(pipelines, changes), *_deploy_runs(releases)]
    runs += _nightly_runs(pipelines, changes)
    runs = [run for run in runs if run.attempts[-1].finished_at < pipelines.span.end_at]
    runs.sort(key=lambda run: (run.attempts[0].created_at, run.pipeline, run.sha))
    for run in runs:
        run.number = pipelines.next_number()
        if run.release is not None:
            run.release.run_number = run.number
    return runs


def _change_runs(pipelines: Pipelines, changes: list[Change]) -> Iterator[Run]:
    for change in changes:
        service = services()[change.service_ids[0]]
        if change.integration != "direct" and service.host != "jenkins":
            pushes = 1 + 2 * (len(change.reviews) > 1) + (pipelines.rng.random() < 0.5)
            for number in range(pushes):
                at = change.opened_at + number * 95 * MINUTE + 20
                if change.merged_at is None or at < change.merged_at:
                    yield _ci_run(pipelines, service, change, at, is_main=False)
        if change.merged_at is not None:
            yield _ci_run(pipelines, service, change, change.merged_at + 8, is_main=True)


def _ci_run(
    pipelines: Pipelines, service: Service, change: Change, at: int, *, is_main: bool
) -> Run:
    rng = pipelines.rng
    habits = teams()[service.team_id].habits
    progress = pipelines.span.progress(at)
    outcome = _outcome(
        rng,
        errored=0.0 if service.host == "jenkins" else 0.008,
        flaky=habits.flaky_ratio.at(progress) if service.host == "github" else 0.0,
        assisted=habits.assisted_ratio.at(progress) if service.host == "github" else 0.0,
        failed=habits.broken_ratio.at(progress)
        + (0.0 if is_main else 0.09)
        + (habits.flaky_ratio.at(progress) if service.host != "github" else 0.0),
    )
    seconds = habits.build_seconds.at(progress) * (0.8 if service.tier == 3 else 1.0)
    actor = change.merged_by if is_main else change.author
    return Run(
        number=0,
        service=service,
        pipeline="ci",
        event="push" if is_main else "pull_request",
        branch="main" if is_main else change.branch,
        sha=change.main_sha if is_main else change.head_sha,
        actor=actor or change.author,
        attempts=_attempts(rng, at, outcome, seconds, actor or change.author, service),
        outcome=outcome,
        change=change,
    )


def _outcome(
    rng: random.Random, *, flaky: float, assisted: float, failed: float, errored: float = 0.008
) -> RunOutcome:
    draw = rng.random()
    steps: tuple[tuple[RunOutcome, float], ...] = (
        ("flaky", flaky),
        ("assisted", assisted),
        ("failed", failed),
        ("errored", errored),
        ("cancelled", 0.02),
    )
    for outcome, ratio in steps:
        if draw < ratio:
            return outcome
        draw -= ratio
    return "clean"


def _attempts(
    rng: random.Random, at: int, outcome: RunOutcome, seconds: float, actor: str, service: Service
) -> list[RunAttempt]:
    first = _attempt(rng, at, seconds, actor)
    if outcome in ("clean", "cancelled"):
        first.result = "success" if outcome == "clean" else "cancelled"
        return [first]
    if outcome == "errored":
        first.result, first.finished_at = "startup_failure", first.started_at + 4
        return [first]
    first.result = "timed_out" if rng.random() < 0.06 else "failure"
    if outcome == "failed":
        return [first]
    if outcome == "flaky":
        at = first.finished_at + rng.randrange(20, 200)
        return [first, _attempt(rng, at, seconds, RERUN_BOT, is_by_bot=True)]
    person = rng.choice(members_of(service.team_id)).login
    at = first.finished_at + spread(25 * MINUTE, 0.8, rng)
    return [first, _attempt(rng, at, seconds, person)]


def _attempt(
    rng: random.Random, at: int, seconds: float, actor: str, *, is_by_bot: bool = False
) -> RunAttempt:
    started_at = at + spread(14, 0.9, rng)
    finished_at = started_at + spread(seconds, 0.22, rng)
    return RunAttempt(at, started_at, finished_at, "success", actor, is_by_bot)


def _deploy_runs(releases: list[Release]) -> Iterator[Run]:
    """The deployment workflow; Argo CD deploys by itself and needs none."""
    for release in releases:
        if release.service.host == "jenkins":
            continue
        last = release.attempts[-1].finished_at + 12
        attempt = RunAttempt(
            release.requested_at - 6,
            release.requested_at - 2,
            last,
            "success",
            release.requested_by,
        )
        is_pushed = release.kind in ("normal", "revert")
        yield Run(
            number=0,
            service=release.service,
            pipeline="deploy",
            event="push" if is_pushed else "workflow_dispatch",
            branch=release.ref,
            sha=release.sha,
            actor=release.requested_by,
            attempts=[attempt],
            outcome="clean",
            release=release,
        )


def _nightly_runs(pipelines: Pipelines, changes: list[Change]) -> Iterator[Run]:
    """One scheduled run a week, early on Monday, on the tip of the default branch."""
    rng = pipelines.rng
    mainline = sorted((c for c in changes if c.position >= 0), key=lambda c: c.position)
    index = 0
    for day in pipelines.span.days():
        if day.weekday() != 0:
            continue
        at = midnight(day) + 3 * HOUR
        while index < len(mainline) and (mainline[index].merged_at or 0) <= at:
            index += 1
        if index == 0:
            continue
        tip = mainline[index - 1]
        outcome = _outcome(rng, flaky=0.0, assisted=0.0, failed=0.05)
        owner = members_of(pipelines.service.team_id)[0].login
        yield Run(
            0, pipelines.service, "nightly", "schedule", "main", tip.main_sha, owner,
            _attempts(rng, at, outcome, 40.0 * MINUTE, owner, pipelines.service), outcome, tip,
        )  # fmt: skip

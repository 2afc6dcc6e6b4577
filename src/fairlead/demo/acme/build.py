"""Build acme: simulate its year, write the payloads of every tool, and the truth beside them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from fairlead.demo.acme import (
    alertmanager,
    argocd,
    github,
    github_actions,
    gitlab,
    jenkins,
    jira,
    pagerduty,
)
from fairlead.demo.acme.calendar import Span, midnight, span_of_months
from fairlead.demo.acme.causes import deployment_ref
from fairlead.demo.acme.company import PLATFORM_REPO
from fairlead.demo.acme.model import write_model
from fairlead.demo.acme.monorepo import SOURCE as PATHS_SOURCE
from fairlead.demo.acme.monorepo import send_paths
from fairlead.demo.acme.outbox import Outbox
from fairlead.demo.acme.records import Release, Year
from fairlead.demo.acme.simulation import Progress, Shape, simulate
from fairlead.demo.acme.truth import Silence, truth_of, write_truth

__all__ = ["AcmeManifest", "AcmeSource", "build_acme", "build_shape", "write_model"]

CONNECTORS = {PATHS_SOURCE: "mapping"}
SILENT_FROM_DAYS = 120
SILENCE_DAYS = 14


class AcmeSource(NamedTuple):
    """One source of acme: its id, its connector, and the files to be ingested."""

    source_id: str
    connector_id: str
    paths: tuple[Path, ...]


class AcmeManifest(NamedTuple):
    """What was built, and where the truth about it stands."""

    sources: tuple[AcmeSource, ...]
    truth_path: Path
    payload_count: int


def build_acme(
    into: Path,
    *,
    end: date,
    seed: int = 7,
    months: int = 12,
    progress: Callable[[str, int, int], None] | None = None,
) -> AcmeManifest:
    """Write acme's payloads for the months that end with the day `end` below `into`.

    Equal arguments give equal bytes. `progress` is told a stage, and how much of it is done.
    """
    return build_shape(into, Shape(span_of_months(end, months), seed), progress=progress)


def build_shape(
    into: Path, shape: Shape, *, progress: Callable[[str, int, int], None] | None = None
) -> AcmeManifest:
    """As `build_acme`, for a part of acme or for one without noise (see `Shape`)."""
    tell: Progress = progress or _say_nothing
    year = simulate(shape, tell)
    outbox = Outbox(shape.rng("outbox"), shape.has_noise, shape.span.end_at)
    silence = _silence(shape.span) if shape.has_noise else None
    if shape.has_noise:
        _forget_shas(year, shape)
    _send_all(year, shape, outbox, silence, tell)
    tell("write payloads", 0, 1)
    paths = outbox.write(into / "payloads")
    table = truth_of(year, shape, silence)
    table["broken"], table["messages"] = outbox.broken, outbox.counts()
    truth_path = into / "truth.json"
    write_truth(truth_path, table)
    tell("write payloads", 1, 1)
    sources = tuple(
        AcmeSource(source_id, CONNECTORS.get(source_id, source_id), tuple(found))
        for source_id, found in paths.items()
    )
    return AcmeManifest(sources, truth_path, sum(outbox.counts().values()))


def _say_nothing(stage: str, done: int, total: int) -> None:
    """Progress for callers who want none."""


def _silence(span: Span) -> Silence | None:
    """Two weeks in which Jenkins could not be reached; short periods have none."""
    if (span.end - span.first).days < 2 * SILENT_FROM_DAYS:
        return None
    first = span.first + timedelta(days=SILENT_FROM_DAYS)
    first -= timedelta(days=first.weekday())
    return Silence("jenkins", midnight(first), midnight(first + timedelta(days=SILENCE_DAYS)))


def _forget_shas(year: Year, shape: Shape) -> None:
    """A few Argo CD deployments name no commit: those that no rollback or redeploy leans on."""
    rng = shape.rng("forgotten")
    targets = {id(release.target) for release in year.releases if release.target}
    last: dict[str, Release] = {}
    for release in year.releases:
        before = last.get(release.service.id)
        is_plain = before is not None and before.kind == release.kind == "normal"
        if (
            before is not None
            and is_plain
            and before.evidence is None
            and release.service.host == "jenkins"
            and id(before) not in targets
        ):
            before.has_sha = rng.random() > 0.015
        last[release.service.id] = release


def _send_all(
    year: Year, shape: Shape, outbox: Outbox, silence: Silence | None, tell: Progress
) -> None:
    steps: tuple[tuple[str, Callable[[], None]], ...] = (
        ("changes", lambda: _send_changes(year, outbox)),
        ("pipelines", lambda: _send_runs(year, outbox, silence)),
        ("deployments", lambda: _send_releases(year, outbox)),
        ("incidents", lambda: _send_incidents(year, shape.span, outbox)),
        ("alerts", lambda: alertmanager.send_alerts(outbox, year.alerts, shape.span)),
    )
    for number, (name, send) in enumerate(steps):
        tell(f"make payloads: {name}", number, len(steps))
        send()
    tell("make payloads", len(steps), len(steps))


def _send_changes(year: Year, outbox: Outbox) -> None:
    for repo, changes in year.changes.items():
        root = year.roots[repo]
        if repo.startswith("acme-data/"):
            gitlab.send_changes(outbox, repo, changes, root)
        else:
            github.send_changes(outbox, repo, changes, root)
        if repo == PLATFORM_REPO:
            send_paths(outbox, changes, root)
        jira.send_tickets(outbox, changes)


def _send_runs(year: Year, outbox: Outbox, silence: Silence | None) -> None:
    repos = {repo: index for index, repo in enumerate(year.changes)}
    for run in year.runs:
        number = repos[run.service.repo] * 100_000 + run.number
        at = run.attempts[-1].finished_at
        if run.service.host == "github":
            github_actions.send_run(outbox, run, github_actions.FIRST_RUN_ID + number)
        elif run.service.host == "gitlab":
            if run.pipeline == "ci":
                gitlab.send_run(outbox, run, gitlab.FIRST_PIPELINE_ID + number)
        elif not (silence and silence.covers("jenkins", at)) and run.pipeline == "ci":
            jenkins.send_run(outbox, run)


def _send_releases(year: Year, outbox: Outbox) -> None:
    for release in year.releases:
        if release.service.host == "github":
            github.send_release(outbox, release)
        elif release.service.host == "gitlab":
            gitlab.send_release(outbox, release)
        else:
            argocd.send_release(outbox, release)


def _send_incidents(year: Year, span: Span, outbox: Outbox) -> None:
    for incident in year.incidents:
        cause = incident.cause if incident.is_linked else None
        cause_ref = f"deployment:{deployment_ref(cause)}" if cause else None
        tool = jira if incident.is_in_jira else pagerduty
        tool.send_incident(outbox, incident, span, cause_ref)

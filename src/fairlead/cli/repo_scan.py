"""Compose the git-only report: read a repository, then let the pure methods speak."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fairlead.cli.repo_state import VERSION, ScanState, load_state, save_state
from fairlead.ingest.git_location import unreadable
from fairlead.ingest.git_repository import Limits, Repository, open_repository
from fairlead.methods.ci_file import PipelineFile
from fairlead.methods.ci_posture import pipeline_system, read_pipeline
from fairlead.methods.ops_posture import wanted_paths
from fairlead.methods.release_attribution import RELEASE_PATTERN
from fairlead.methods.repository_evidence import Churn, RepositoryEvidence
from fairlead.methods.repository_figures import (
    branches_section,
    lead_time_section,
    releases_section,
    stability_section,
)
from fairlead.methods.repository_history import CommitRecord, History
from fairlead.methods.repository_posture import (
    connect_section,
    ops_section,
    ownership_section,
    pipeline_section,
)
from fairlead.methods.repository_report import RepositoryReport, instant_of

MAX_PIPELINE_FILES = 200
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class ScanOptions:
    """What a scan is asked for; `since_at` cuts the figures, never the reading."""

    tag_pattern: str = RELEASE_PATTERN
    since_at: datetime | None = None
    with_files: bool = True
    state_path: Path | None = None
    limits: Limits = field(default_factory=Limits)


def scan_repository(
    path: Path, options: ScanOptions, as_of_at: datetime, progress: Progress | None = None
) -> RepositoryReport:
    """The report of the repository at a path as of an instant; FL3112, FL3115 or FL3116."""
    tell = progress or (lambda _stage, _done, _total: None)
    with open_repository(path, options.limits) as repository, _without_collector():
        evidence = _evidence(repository, options, as_of_at, tell)
        tell("weighing", 0, None)
        return _report(repository, evidence, options, as_of_at)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Commits are millions of small tuples without cycles: looking for cycles costs a third."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _evidence(
    repository: Repository, options: ScanOptions, as_of_at: datetime, tell: Progress
) -> RepositoryEvidence:
    history, churn = _history(repository, options, tell)
    if not history.commits and repository.location.refs:
        why = repository.notes[-1] if repository.notes else "no commit can be read"
        raise unreadable(repository.location.root, why)
    tell("reading files", 0, None)
    default = repository.default_branch
    tree = repository.tree(default.commit_sha) if default else []
    entries = {entry.path: entry.sha for entry in tree if entry.mode != "120000"}
    paths = list(entries)
    pipelines = [place for place in paths if pipeline_system(place)][:MAX_PIPELINE_FILES]
    chosen = [*pipelines, *wanted_paths(paths)]
    blobs = repository.blobs(entries[place] for place in chosen)
    texts = {
        place: blobs[entries[place]].decode("utf-8", "replace")
        for place in chosen
        if entries[place] in blobs
    }
    return RepositoryEvidence(
        history=history,
        tags=repository.tags,
        branches=repository.branches,
        default=default,
        pattern=re.compile(options.tag_pattern),
        as_of_epoch=int(as_of_at.timestamp()),
        since_epoch=int(options.since_at.timestamp()) if options.since_at else None,
        churn=churn,
        paths=paths if tree or default is None else None,
        texts=texts,
        origin_host=repository.location.origin_host,
    )


def _history(
    repository: Repository, options: ScanOptions, tell: Progress
) -> tuple[History, dict[str, Churn] | None]:
    """The whole history: what was kept, what is new, without what no ref reaches any more."""
    kept = load_state(options.state_path, repository.repo_id) if options.state_path else None
    if kept and kept.mailmap_sha != repository.mailmap_sha:
        kept = None
    known = repository.existing(set(kept.refs.values())) if kept else set()
    found: list[CommitRecord] = []
    for commit in repository.commits(known=known):
        found.append(commit)
        if len(found) % 5_000 == 0:
            tell("reading commits", len(found), None)
    history = History.of([*found, *(kept.commits if kept else ())])
    if kept:
        history = _reachable(repository, history)
    has_counts = options.with_files and not repository.is_graph_only
    churn = _churn(repository, history, kept, tell) if has_counts else None
    if options.state_path:
        state = ScanState(VERSION, repository.repo_id, dict(repository.location.refs))
        state.mailmap_sha, state.commits, state.churn = (
            repository.mailmap_sha,
            list(history.commits),
            churn,
        )
        save_state(options.state_path, state)
    return history, churn


def _reachable(repository: Repository, history: History) -> History:
    """After a force-push: what the refs reach now."""
    tips = [*repository.location.refs.values(), repository.location.head_sha or ""]
    tips += [tag.commit_sha for tag in repository.tags]
    starts = [history.positions[sha] for sha in tips if sha in history.positions]
    reached = history.reachable(starts)
    if all(reached):
        return history
    return History.of(row for row, hit in zip(history.commits, reached, strict=True) if hit)


def _churn(
    repository: Repository, history: History, kept: ScanState | None, tell: Progress
) -> dict[str, Churn]:
    known = dict(kept.churn) if kept and kept.churn is not None else {}
    wanted = [row for row in history.commits if len(row.parents) < 2 and row.sha not in known]
    changes = repository.file_changes(wanted) if wanted else iter(())
    for done, (sha, files) in enumerate(changes, start=1):
        added = sum(row.added_count or 0 for row in files)
        deleted = sum(row.deleted_count or 0 for row in files)
        known[sha] = Churn(len(files), added, deleted)
        if done % 2_000 == 0:
            tell("counting lines", done, len(wanted))
    return known


def _report(
    repository: Repository,
    evidence: RepositoryEvidence,
    options: ScanOptions,
    as_of_at: datetime,
) -> RepositoryReport:
    pipelines = _pipelines(evidence)
    span = evidence.span or (None, None)
    sections = [
        releases_section(evidence),
        lead_time_section(evidence),
        stability_section(evidence),
        branches_section(evidence),
        pipeline_section(evidence, pipelines),
        ops_section(evidence),
        ownership_section(evidence),
        connect_section(evidence, pipelines),
    ]
    return RepositoryReport(
        repo_id=repository.repo_id,
        kind=repository.location.kind,
        default_branch=evidence.default.name if evidence.default else None,
        head_sha=evidence.default.commit_sha if evidence.default else None,
        commits_count=len(evidence.history.commits),
        first_commit_at=instant_of(span[0]),
        last_commit_at=instant_of(span[1]),
        as_of_at=as_of_at.astimezone(UTC),
        since_at=options.since_at,
        tag_pattern=options.tag_pattern,
        sections=sections,
        pipelines=pipelines,
        notes=tuple(repository.notes),
    )


def _pipelines(evidence: RepositoryEvidence) -> list[PipelineFile]:
    return [
        read_pipeline(path, text) for path, text in evidence.texts.items() if pipeline_system(path)
    ]

"""Ingest and pull in a workspace: shared by `ingest`, `pull`, `data replay` and `demo`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairlead.cli.context import Context
from fairlead.cli.output import progress_bar, say
from fairlead.connectors.contract import Payload
from fairlead.ingest.intake import FactSink, Intake, IntakeReport, coverage_facts
from fairlead.ingest.journal import Journal
from fairlead.kernel.diagnostic import fail
from fairlead.web.source_settings import NoSink, SourceSettings, settings_of

if TYPE_CHECKING:
    from fairlead.ingest.documents import Broken, Document


def ingest_paths(
    context: Context,
    source_id: str,
    source: SourceSettings,
    paths: Sequence[Path],
    *,
    dry_run: bool = False,
) -> IntakeReport:
    """Read files, folders or git repositories of a source into the lake, with progress."""
    with ExitStack() as stack:
        sink: FactSink
        if dry_run:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            journal, sink = Journal(Path(folder) / "journal.sqlite3"), NoSink()
        else:
            journal, sink = context.journal, context.lake
        progress = stack.enter_context(progress_bar())
        task = progress.add_task(f"reading {source_id}", total=None)
        intake = Intake(
            sink,
            journal,
            source.connector,
            source_id,
            settings=source.settings,
            clock=context.clock,
            progress=lambda count: progress.update(task, completed=count),
        )
        report = intake.take(documents(source, paths))
    if not dry_run:
        spans = coverage_facts(report, context.clock.now())
        context.lake.append(spans, source=source_id, recorded_at=context.clock.now())
    return report


def documents(
    source: SourceSettings, paths: Sequence[Path]
) -> Iterable[Document | Broken | Payload]:
    """The documents of payload files, or the records of git repositories.

    Every path is looked at before the first is read. For `git`, a file with a payload's suffix is
    a file of records; anything else is a repository.
    """
    from fairlead.ingest.documents import find_files, read_file

    missing = [path for path in paths if not path.exists() and not path.is_symlink()]
    if missing:
        raise fail("FL3112", f"there is no file or folder `{missing[0]}`")
    repositories = []
    if source.connector.id == "git":
        repositories = [path for path in paths if not _is_payload_file(path)]
    files = [path for path in paths if path not in repositories]
    found = find_files(files) if files else []
    for repository in repositories:
        yield from _records(repository)
    for path in found:
        yield from read_file(path)


def _is_payload_file(path: Path) -> bool:
    from fairlead.ingest.documents import SUFFIXES

    name = path.name.lower().removesuffix(".gz")
    return path.is_file() and name.endswith(SUFFIXES)


def _records(path: Path) -> Iterable[Payload]:
    """The records of a repository; what could not be read of it is said at the end."""
    from fairlead.ingest.git_repository import open_repository, repository_payloads

    with open_repository(path) as repository:
        yield from repository_payloads(repository)
        for note in repository.notes:
            say(f"note: `{path}`: {note}")


def pull_source(context: Context, source_id: str, since: datetime) -> Any:
    """Fetch a configured source through its API into the lake; a `PullReport`."""
    from fairlead.ingest.pulling import Puller
    from fairlead.ingest.secrets import resolve_secrets

    configured = context.source(source_id)
    if configured is None:
        raise fail(
            "FL2001",
            f"there is no source `{source_id}` in the model",
            help="a pull needs a Source document with its connector and secrets",
        )
    if not context.model.workspace.outbound:
        raise fail("FL3113", "this workspace allows no outbound requests",
                   help="set `outbound: true` in the Workspace document")  # fmt: skip
    source = settings_of(context, source_id, None, None)
    secrets = resolve_secrets(configured.secrets, root=context.root)
    base_url = configured.base_url or source.connector.base_url
    if base_url is None:
        raise fail("FL1006", f"the source `{source_id}` has no `base_url`")
    with progress_bar() as progress:
        task = progress.add_task(f"pulling {source_id}", total=None)
        intake = Intake(context.lake, context.journal, source.connector, source_id,
                        settings=source.settings, clock=context.clock,
                        progress=lambda count: progress.update(task, completed=count))  # fmt: skip
        puller = Puller(
            source.connector,
            intake,
            base_url=base_url,
            headers=(source.connector.auth_headers or dict)(secrets),
            internal_hosts=context.model.workspace.internal_hosts,
            clock=context.clock,
            say=lambda text: progress.update(task, description=text),
        )
        return puller.pull(source.settings, since)


def rows_of(report: IntakeReport) -> list[dict[str, Any]]:
    """What an intake did, as rows: what, which, how many."""
    rows = [{"what": "payloads", "which": report.source, "count": report.payloads}]
    for what, counter in (
        ("written", report.written), ("known already", report.known),
        ("not needed", report.not_needed), ("flagged", report.flags), ("quarantined", report.held),
    ):  # fmt: skip
        rows += [
            {"what": what, "which": name, "count": count}
            for name, count in sorted(counter.items())
            if count
        ]
    return rows


def held_words(report: IntakeReport) -> str:
    """How many payloads are held, by code: `2 payloads are in quarantine (FL3101, FL3103)`."""
    one = report.held_count == 1
    noun = "payload is" if one else "payloads are"
    return f"{report.held_count:,} {noun} in quarantine ({', '.join(sorted(report.held))})"

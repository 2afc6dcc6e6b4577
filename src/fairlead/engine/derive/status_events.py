"""Turns rows of `deployment_events` into status messages, less those that a person superseded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from fairlead.engine.derive.reader import Row
from fairlead.facts import fact_type
from fairlead.kernel.ids import content_sha256
from fairlead.methods.deployment_fold import StatusEvent


def status_events(rows: Iterable[Row], as_of: datetime | None) -> list[StatusEvent]:
    """The messages up to the instant; rows without a reference, instant or state tell nothing."""
    known = [row for row in rows if row.get("deployment_ref") and row.get("event_at")]
    superseded = {row["supersedes_fact_id"] for row in known if row.get("supersedes_fact_id")}
    return [
        _event(row)
        for row in known
        if row.get("state")
        and not row.get("is_retracted")
        and (row.get("fact_id") is None or row["fact_id"] not in superseded)
        and (as_of is None or row["event_at"] <= as_of)
    ]


def _event(row: Row) -> StatusEvent:
    return StatusEvent(
        source=row.get("source"),
        deployment_ref=row["deployment_ref"],
        event_ref=row.get("event_ref"),
        event_at=row["event_at"],
        state=row["state"],
        content_sha256=row.get("content_sha256") or content_of(row, "deployment_events"),
        sequence=row.get("sequence_count") or 0,
        is_correction=bool(row.get("supersedes_fact_id")),
        repo_id=row.get("repo_id"),
        service_id=row.get("service_id"),
        service_ref=row.get("service_ref"),
        environment=row.get("environment"),
        environment_tier=row.get("environment_tier"),
        region=row.get("region"),
        kind=row.get("kind"),
        mechanism=row.get("mechanism"),
        commit_sha=row.get("commit_sha"),
        artifact_digests=tuple(sorted(row.get("artifact_digests") or ())),
        version_label=row.get("version_label"),
        run_ref=row.get("run_ref"),
        job_ref=row.get("job_ref"),
        started_by_id=row.get("started_by_id"),
        branch=row.get("branch"),
    )


def content_of(row: Row, type_name: str) -> str:
    """The digest of a row's own columns, for rows that carry none."""
    columns = fact_type(type_name).columns
    return content_sha256({name: row[name] for name in columns if row.get(name) is not None})

"""What git alone can say of a repository, as labelled figures: the shape of the report.

Every figure carries its basis: `exact` is a fact of the repository, `proxy` stands for something
that git does not know (a release tag for a deployment, a revert for a failure). A figure that is
absent has a reason, and where a tool would give it, the name of that tool.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from fairlead.methods.ci_file import PipelineFile
from fairlead.methods.intervals import quantile

Basis = Literal["exact", "proxy"]
Unit = Literal["count", "per_week", "seconds", "ratio", "lines", "files", "text", "yes_no"]


@dataclass(frozen=True)
class Figure:
    """One number or word; `n` is how many records it rests on, `low` and `high` its 95 % interval.

    `reason` says why `value` is null, `connect` which tool would give it.
    """

    id: str
    name: str
    value: float | int | str | bool | None
    unit: Unit
    basis: Basis
    explanation: str
    n: int | None = None
    numerator: int | None = None
    low: float | None = None
    high: float | None = None
    reason: str | None = None
    connect: str | None = None


@dataclass(frozen=True)
class Section:
    """Figures under one heading."""

    id: str
    title: str
    figures: Sequence[Figure]


@dataclass(frozen=True)
class RepositoryReport:
    """The whole report; `notes` name what could not be read."""

    repo_id: str
    kind: str
    default_branch: str | None
    head_sha: str | None
    commits_count: int
    first_commit_at: datetime | None
    last_commit_at: datetime | None
    as_of_at: datetime
    since_at: datetime | None
    tag_pattern: str
    sections: Sequence[Section]
    pipelines: Sequence[PipelineFile] = ()
    notes: Sequence[str] = field(default_factory=tuple)


def absent(
    figure_id: str,
    name: str,
    unit: Unit,
    basis: Basis,
    reason: str,
    explanation: str,
    connect: str | None = None,
) -> Figure:
    """A figure that cannot be told, with its reason."""
    return Figure(figure_id, name, None, unit, basis, explanation, reason=reason, connect=connect)


def statistic(
    figure_id: str,
    name: str,
    values: Sequence[float],
    unit: Unit,
    basis: Basis,
    explanation: str,
    *,
    share: float = 0.5,
    empty_reason: str,
    connect: str | None = None,
) -> Figure:
    """A quantile (median unless told) of values; absent with the reason when there are none."""
    value = quantile(values, share)
    if value is None:
        return absent(figure_id, name, unit, basis, empty_reason, explanation, connect)
    return Figure(figure_id, name, value, unit, basis, explanation, n=len(values))


def ratio(
    figure_id: str,
    name: str,
    numerator: int,
    denominator: int,
    basis: Basis,
    explanation: str,
    *,
    empty_reason: str,
    interval: Callable[[float, float], tuple[float, float] | None] | None = None,
) -> Figure:
    """A share that keeps its parts; absent with the reason when its denominator is 0."""
    if denominator == 0:
        return absent(figure_id, name, "ratio", basis, empty_reason, explanation)
    low, high = (interval(numerator, denominator) if interval else None) or (None, None)
    return Figure(
        figure_id,
        name,
        numerator / denominator,
        "ratio",
        basis,
        explanation,
        n=denominator,
        numerator=numerator,
        low=low,
        high=high,
    )


def instant_of(epoch: int | None) -> datetime | None:
    """Seconds since 1970 as an instant in UTC."""
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC)

"""Time from the writing of a commit to the first release tag that contains it.

Grain:    one row per commit that a release contains.
Reads:    release_commits.
Returns:  record_id | service_id | repo_id | event_at | seconds | excluded_reason |
          is_first_release; the engine gives the median.
Window:   by the instant of the first release that contains the commit, [start, end).
Null:     null with `no_released_commits` when no release contains a commit; never 0.
Late:     a commit counts at its release, whenever the repository is scanned.
Errors:   none of its own.
Differs:  a proxy of lead time: a tag is no deployment, and each commit counts, not each change.
          Commits of the first release are old by nature: the dimension `is_first_release` gives the
          second figure without them.
Source:   delivery.md 4.32. Version: 1.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.shelf import Facts, Kpi, Scope, seconds_between


def records(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Released commits with their time to release; negative spans are listed, not counted."""
    rows = facts.release_commits
    seconds = ibis.coalesce(
        rows.lead_time_seconds.cast("float64"), seconds_between(rows.authored_at, rows.released_at)
    )
    excluded = ibis.cases(
        (rows.excluded_reason.notnull(), rows.excluded_reason),
        (seconds < 0, "negative_span"),
        (seconds.isnull(), "start_unknown"),
        else_=ibis.null("string"),
    )
    return rows.select(
        "service_id",
        "repo_id",
        "tag",
        "commit_sha",
        "authored_at",
        record_id=rows.repo_id.fill_null("") + "@" + rows.commit_sha,
        event_at=rows.released_at,
        excluded_reason=excluded,
        seconds=seconds,
        is_first_release=rows.is_first_release.fill_null(False),
    )


KPI = Kpi(
    id="lead_time_to_release",
    name="Lead time to release",
    form="duration",
    unit="seconds",
    direction="down",
    statistic="median",
    version=1,
    records=records,
    reads=("release_commits",),
    companion_of="lead_time_for_changes",
    basis="proxy",
    dimensions=("is_first_release",),
    empty_reason="no_released_commits",
)

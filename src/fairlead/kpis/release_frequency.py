"""Number of release tags per week: what git alone knows of deployment frequency.

Grain:    one row per release tag.
Reads:    releases.
Returns:  record_id | service_id | repo_id | event_at | excluded_reason | seconds_since_previous;
          the engine gives count / days * 7.
Window:   by the tag's instant, [start, end).
Null:     null with `no_releases` when no tag is known.
Late:     a tag counts at its own instant, whenever it is scanned.
Errors:   none of its own.
Differs:  a proxy: a tag is no deployment. Pre-releases are excluded and listed.
Source:   delivery.md 4.32. Version: 1.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.shelf import Facts, Kpi, Scope, seconds_between


def records(facts: Facts, scope: Scope) -> ir.Table:  # noqa: ARG001 - a KPI's shape
    """Releases of each repository with the time since its previous one."""
    rows = facts.releases
    rows = rows.mutate(
        repo_key=rows.repo_id.fill_null(""),
        excluded_reason=ibis.cases(
            (rows.is_prerelease.fill_null(False), "prerelease"),
            (rows.released_at.isnull(), "undated"),
            else_=ibis.null("string"),
        ),
    )
    consecutive = ibis.window(
        group_by=[rows.repo_key, rows.excluded_reason], order_by=[rows.released_at, rows.tag]
    )
    since = seconds_between(rows.released_at.lag().over(consecutive), rows.released_at)
    return rows.select(
        "service_id",
        "repo_id",
        "tag",
        "commit_sha",
        "excluded_reason",
        record_id=rows.repo_key + "@" + rows.tag,
        event_at=rows.released_at,
        seconds_since_previous=ibis.ifelse(
            rows.excluded_reason.isnull(), since, ibis.null("float64")
        ),
    )


KPI = Kpi(
    id="release_frequency",
    name="Release frequency",
    form="rate",
    unit="per_week",
    direction="up",
    statistic="per_exposure",
    version=1,
    records=records,
    reads=("releases",),
    companion_of="deployment_frequency",
    basis="proxy",
    per_days=7.0,
    empty_reason="no_releases",
    needs_coverage=("releases",),
)

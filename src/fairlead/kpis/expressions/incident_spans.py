"""Incidents that enter KPIs, and how long their impact lasted (incidents I1).

Restore is the length of the union of an incident's impact intervals: overlaps of components count
once, and the quiet time before a reopening does not count. Without intervals it runs from the
first known of impact, detection and declaration to the mitigation, else the resolution.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.instants import cut_at, later, listed_at
from fairlead.kpis.expressions.settings import flag
from fairlead.kpis.expressions.sharing import shared
from fairlead.kpis.shelf import Facts, Scope, instant, seconds_between

STATISTICS = ("mean", "median", "p90")
OVER_STATES = ("mitigated", "resolved", "closed")


def real_incidents(facts: Facts) -> ir.Table:
    """Incidents and security incidents, without drills, tests, cancelled and merged ones.

    Adds `severity`: the final one, else the peak, else the declared one.
    """
    rows = facts.incidents
    rows = rows.filter(
        rows.kind.fill_null("incident").isin(("incident", "security")),
        rows.state.fill_null("").notin(("cancelled", "merged")),
    )
    return rows.mutate(
        severity=ibis.coalesce(rows.severity_final, rows.severity_peak, rows.severity_declared)
    )


def per_service(facts: Facts, incidents: ir.Table) -> ir.Table:
    """One row per incident and service of its `service_ids`; none named gives a null service."""
    named = shared(facts, "incident_services", lambda: _named_services(facts))
    rows = incidents.drop("service_ids").inner_join(named, "incident_id")
    return rows.mutate(record_id=rows.incident_id)


def _named_services(facts: Facts) -> ir.Table:
    pairs = facts.incidents.select("incident_id", service_id="service_ids")
    return pairs.unnest("service_id", keep_empty=True).distinct()


def impact_unions(facts: Facts, scope: Scope, incidents: ir.Table) -> ir.Table:
    """Per incident with intervals: union so far in seconds, first start, last end, is it open.

    Each interval adds what lies after the greatest end before it. An interval without an end lasts
    until the incident's mitigation or resolution; when that lies before it or is not known, the
    impact goes on and is measured up to the knowledge cut.
    """
    rows = facts.impact_intervals.inner_join(
        incidents.select("incident_id", "mitigated_at", "resolved_at"), "incident_id"
    )
    nothing = ibis.null("timestamp")
    ended_at = ibis.coalesce(
        rows.ended_at,
        ibis.ifelse(rows.mitigated_at >= rows.started_at, rows.mitigated_at, nothing),
        ibis.ifelse(rows.resolved_at >= rows.started_at, rows.resolved_at, nothing),
    )
    rows = rows.select("incident_id", "component_id", "started_at", until_at=ended_at)
    rows = rows.mutate(reached_at=ibis.coalesce(rows.until_at, instant(cut_at(scope))))
    before = ibis.window(
        group_by=rows.incident_id,
        order_by=[rows.started_at, rows.reached_at, rows.component_id],
        preceding=(None, 1),
    )
    rows = rows.mutate(covered_at=rows.reached_at.max().over(before))
    from_at = later(rows.started_at, rows.covered_at)
    added = ibis.ifelse(
        rows.reached_at > from_at, rows.reached_at.delta(from_at, unit="microsecond"), 0
    )
    rows = rows.mutate(added_microseconds=added)
    grouped = rows.group_by("incident_id").aggregate(
        union_microseconds=rows.added_microseconds.sum(),
        impact_from_at=rows.started_at.min(),
        impact_until_at=rows.until_at.max(),
        has_open_impact=rows.until_at.isnull().any(),
        interval_count=rows.started_at.count(),
    )
    return grouped.mutate(union_seconds=grouped.union_microseconds.cast("float64") / 1e6).drop(
        "union_microseconds"
    )


def restores(facts: Facts, scope: Scope) -> ir.Table:
    """One row per incident: start, end and their bases, restore and elapsed seconds, exclusion.

    `excluded_reason` is `open` while the impact lasts, `unknown` when an instant is missing (under
    `strict` also when a fallback would be needed), `order_violation` when the end lies before the
    start. An incident is counted at its last mitigation; an open one is listed at its start.
    """
    incidents = real_incidents(facts)
    spans = impact_unions(facts, scope, incidents)
    rows = incidents.left_join(spans, "incident_id").drop("incident_id_right")
    measured = rows.impact_from_at.notnull()
    rows = rows.mutate(
        started_at=ibis.coalesce(
            rows.impact_from_at, rows.impact_started_at, rows.detected_at, rows.declared_at
        ),
        span_start_basis=ibis.cases(
            (measured, "intervals"),
            (rows.impact_started_at.notnull(), "impact"),
            (rows.detected_at.notnull(), "detected"),
            (rows.declared_at.notnull(), "declared"),
            else_=ibis.null("string"),
        ),
        ended_at=ibis.ifelse(
            measured,
            ibis.ifelse(rows.has_open_impact, ibis.null("timestamp"), rows.impact_until_at),
            ibis.coalesce(rows.mitigated_at, rows.resolved_at),
        ),
        span_end_basis=ibis.cases(
            (measured, "intervals"),
            (rows.mitigated_at.notnull(), "mitigated"),
            (rows.resolved_at.notnull(), "resolved"),
            else_=ibis.null("string"),
        ),
    )
    return _measured(rows, scope)


def _measured(rows: ir.Table, scope: Scope) -> ir.Table:
    has_ended = rows.ended_at.notnull()
    is_open = ~has_ended & rows.state.fill_null("").notin(OVER_STATES)
    measured = rows.impact_from_at.notnull()
    elapsed = seconds_between(rows.started_at, rows.ended_at)
    age = seconds_between(rows.started_at, instant(cut_at(scope)))
    fallback = (
        rows.span_start_basis.isin(("detected", "declared"))
        | (rows.span_end_basis == "resolved").fill_null(False)
        if flag(scope, "strict")
        else ibis.literal(False)
    )
    nothing = ibis.null("float64")
    return rows.mutate(
        is_open=is_open,
        event_at=ibis.cases(
            (has_ended & measured, later(rows.ended_at, rows.mitigated_at)),
            (has_ended, rows.ended_at),
            (is_open, listed_at(scope, rows.started_at)),
            else_=ibis.coalesce(rows.closed_at, listed_at(scope, rows.started_at)),
        ),
        excluded_reason=ibis.cases(
            (is_open, "open"),
            (~has_ended | rows.started_at.isnull() | fallback, "unknown"),
            (rows.ended_at < rows.started_at, "order_violation"),
            else_=ibis.null("string"),
        ),
        seconds=ibis.ifelse(has_ended, ibis.ifelse(measured, rows.union_seconds, elapsed), nothing),
        censored_seconds=ibis.ifelse(
            is_open & (age >= 0) & ~fallback,
            ibis.ifelse(measured, rows.union_seconds, age),
            nothing,
        ),
        elapsed_seconds=ibis.ifelse(is_open, age, elapsed),
    )

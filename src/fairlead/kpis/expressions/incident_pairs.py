"""Time between two instants of an incident, never mixed with another pair (incidents I1)."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.incident_spans import per_service, real_incidents
from fairlead.kpis.expressions.instants import cut_at, listed_at
from fairlead.kpis.shelf import Facts, Scope, instant, seconds_between

SHOWN = (
    "incident_id",
    "title",
    "state",
    "severity",
    "severity_declared",
    "severity_peak",
    "severity_final",
    "detected_by",
    "impact_started_at",
    "detected_at",
    "declared_at",
    "mitigated_at",
    "resolved_at",
    "service_ids",
)


@dataclass(frozen=True)
class Pair:
    """Which instants a duration lies between, and what it means that the second is missing.

    `over_states` are states after which the missing instant will not come any more; then the
    reason is `missing_reason`, before that it is `open` and the age is censored. No `over_states`:
    a missing end is never a running clock.
    """

    ended: str
    over_states: tuple[str, ...] = ()
    missing_reason: str = "unknown"


def pair_records(
    incidents: ir.Table, scope: Scope, started_at: ir.TimestampValue, pair: Pair
) -> ir.Table:
    """Records of one pair, a row per incident: counted at its second instant."""
    ended_at = incidents[pair.ended]
    has_ended, has_started = ended_at.notnull(), started_at.notnull()
    if pair.over_states:
        over = incidents.state.fill_null("").isin(pair.over_states)
        is_open = ~has_ended & has_started & ~(over | incidents.resolved_at.notnull())
    else:
        is_open = ibis.literal(False)
    seconds = seconds_between(started_at, ended_at)
    age = seconds_between(started_at, instant(cut_at(scope)))
    begun_at = ibis.coalesce(started_at, incidents.detected_at, incidents.declared_at)
    excluded = ibis.cases(
        (is_open, "open"),
        (~has_started, "unknown"),
        (~has_ended, pair.missing_reason),
        (seconds < 0, "order_violation"),
        else_=ibis.null("string"),
    )
    fallback_at = ibis.coalesce(incidents.resolved_at, incidents.mitigated_at, begun_at)
    return incidents.select(
        *SHOWN,
        started_at=started_at,
        ended_at=ended_at,
        event_at=ibis.ifelse(
            has_ended, ended_at, ibis.ifelse(is_open, listed_at(scope, begun_at), fallback_at)
        ),
        excluded_reason=excluded,
        seconds=seconds,
        censored_seconds=ibis.ifelse(is_open & (age >= 0), age, ibis.null("float64")),
    )


def incident_pair(facts: Facts, scope: Scope, started: str, pair: Pair) -> ir.Table:
    """Records of one pair of columns, a row per incident and service."""
    incidents = real_incidents(facts)
    return per_service(facts, pair_records(incidents, scope, incidents[started], pair))

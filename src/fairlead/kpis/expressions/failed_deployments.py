"""Evidence of failure gathered per deployment group (delivery 4.9 to 4.11).

Evidence on any production deployment of a group is evidence on the group, except on a redeploy,
which brought nothing new. Accepted and confirmed evidence counts; a person's confirmation is
certain, whatever confidence stood before.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from fairlead.kpis.expressions.counted_deployments import deployment_groups, production_attempts
from fairlead.kpis.shelf import Facts, Scope

CERTAIN_RATIO = 0.9
OBSERVATION_SECONDS = 259_200
COUNTED_STATES = ("accepted", "confirmed")


def evidence(facts: Facts, scope: Scope) -> ir.Table:
    """One row per evidence, with the group that it speaks of; rejected evidence stays out."""
    failures = facts.deployment_failures
    attempts = production_attempts(facts, scope).semi_join(failures, "deployment_id")
    members = (
        attempts.filter(attempts.kind.fill_null("normal") != "redeploy")
        .select("deployment_id", "service_key", "group_key")
        .distinct()
    )
    failures = failures.filter(failures.state.isin((*COUNTED_STATES, "suspected"))).select(
        "deployment_id",
        "evidence_kind",
        "evidence_ref",
        "state",
        "failed_at",
        "recovered_at",
        "recovery_kind",
        confidence_ratio=ibis.ifelse(failures.state == "confirmed", 1.0, failures.confidence_ratio),
        is_counted=failures.state.isin(COUNTED_STATES),
        is_incident=(failures.evidence_kind == "incident").fill_null(False),
    )
    return failures.inner_join(members, "deployment_id")


def failed_groups(facts: Facts, scope: Scope) -> ir.Table:
    """One row per group with evidence: whether it failed, how surely, and when it recovered.

    Recovery is the latest mitigation of its incidents, and open while one of them is; without an
    incident it is the latest end that other evidence gives.
    """
    rows = evidence(facts, scope)
    counted = rows.is_counted
    certain = counted & (rows.confidence_ratio.fill_null(0.0) >= CERTAIN_RATIO)
    incident = counted & rows.is_incident
    grouped = rows.group_by("service_key", "group_key").aggregate(
        is_failed=counted.any(),
        is_failed_surely=certain.any(),
        is_suspected=(~counted).any(),
        confidence_ratio=rows.confidence_ratio.max(where=counted),
        failed_at=rows.failed_at.min(where=counted),
        has_incident=incident.any(),
        has_open_incident=(incident & rows.recovered_at.isnull()).any(),
        incident_recovered_at=rows.recovered_at.max(where=incident),
        other_recovered_at=rows.recovered_at.max(where=counted),
    )
    recovered_at = ibis.ifelse(
        grouped.has_incident, grouped.incident_recovered_at, grouped.other_recovered_at
    )
    return grouped.mutate(
        recovered_at=ibis.ifelse(grouped.has_open_incident, ibis.null("timestamp"), recovered_at)
    ).drop("has_incident", "has_open_incident", "incident_recovered_at", "other_recovered_at")


def groups_with_evidence(facts: Facts, scope: Scope) -> ir.Table:
    """Counted groups, one row each, with the columns of `failed_groups` or false and null."""
    groups = deployment_groups(facts, scope)
    failed = failed_groups(facts, scope).rename(
        failed_service_key="service_key", failed_group_key="group_key"
    )
    joined = groups.left_join(
        failed,
        [
            groups.service_key == failed.failed_service_key,
            groups.record_id == failed.failed_group_key,
        ],
    )
    return joined.mutate(
        is_failed=joined.is_failed.fill_null(False),
        is_failed_surely=joined.is_failed_surely.fill_null(False),
        is_suspected=joined.is_suspected.fill_null(False),
    ).drop("failed_service_key", "failed_group_key")

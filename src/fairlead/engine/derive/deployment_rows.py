"""Writes a judged placement as a row of `deployments`, and reads such a row back."""

from __future__ import annotations

from fairlead.engine.derive.reader import Row
from fairlead.methods.deployment_fold import Attempt
from fairlead.methods.deployment_group import Membership
from fairlead.methods.deployment_timeline import Placement, Settled


def deployment_row(place: Placement, settled: Settled | None, membership: Membership | None) -> Row:
    """The row; a placement without finish or service has no judgement but what was stated."""
    attempt = place.attempt
    stated = attempt.stated_kind
    judged = settled or Settled(stated, "statement" if stated else None, None, None, None, False)
    return {
        "source": attempt.source,
        "deployment_ref": place.deployment_ref,
        "deployment_id": place.deployment_id,
        "group_id": membership.group_id if membership else None,
        "service_id": place.service_id,
        "environment": place.environment,
        "stage": place.stage,
        "region": place.region,
        "kind": judged.kind,
        "kind_rule": judged.kind_rule,
        "mechanism": place.mechanism,
        "repo_id": attempt.repo_id,
        "commit_sha": attempt.commit_sha,
        "artifact_digests": list(attempt.artifact_digests),
        "version_label": attempt.version_label,
        "previous_deployment_id": judged.previous_deployment_id,
        "base_sha": judged.base_sha,
        "created_at": attempt.created_at,
        "started_at": attempt.started_at,
        "start_basis": attempt.start_basis,
        "finished_at": attempt.finished_at,
        "finish_basis": attempt.finish_basis,
        "fully_rolled_out_at": membership.fully_rolled_out_at if membership else None,
        "outcome": attempt.outcome,
        "started_by_id": attempt.started_by_id,
        "change_request_id": None,
        "decision_id": None,
        "is_baseline": judged.is_baseline,
        "is_shadow": place.is_shadow,
        "drops_changes": judged.drops_changes,
        "observation_seconds": place.observation_seconds,
        "run_ref": attempt.run_ref,
    }


def placement_of_row(row: Row) -> Placement:
    """The placement behind a row: enough to walk past it, since its judgement stands beside it."""
    attempt = Attempt(
        source=row.get("source"),
        deployment_ref=row["deployment_ref"],
        outcome=row["outcome"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        start_basis=row["start_basis"],
        finished_at=row.get("finished_at"),
        finish_basis=row.get("finish_basis"),
        repo_id=row.get("repo_id"),
        commit_sha=row.get("commit_sha"),
        artifact_digests=tuple(row.get("artifact_digests") or ()),
        version_label=row.get("version_label"),
        run_ref=row.get("run_ref"),
        started_by_id=row.get("started_by_id"),
    )
    return Placement(
        attempt=attempt,
        deployment_ref=row["deployment_ref"],
        service_id=row.get("service_id"),
        environment=row.get("environment"),
        stage=row["stage"],
        region=row.get("region"),
        mechanism=row["mechanism"],
        is_shadow=bool(row.get("is_shadow")),
        observation_seconds=row["observation_seconds"],
    )


def settled_of_row(row: Row) -> Settled:
    """The judgement that a row holds."""
    return Settled(
        kind=row.get("kind"),
        kind_rule=row.get("kind_rule"),
        drops_changes=row.get("drops_changes"),
        previous_deployment_id=row.get("previous_deployment_id"),
        base_sha=row.get("base_sha"),
        is_baseline=bool(row.get("is_baseline")),
    )

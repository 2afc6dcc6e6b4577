"""Resolves attempts against the catalog: which service and environment, what stage, whose shadow.

Service: as stated, else by the name that the tool uses, else the one service of the repository; in
a monorepo the rule that matches, else every service of the repository (one placement each, its
reference suffixed `#<service>`). The catalog is asked as it was when the attempt began.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from fairlead.engine.derive.deployment_rules import matches, rule_attempts
from fairlead.engine.derive.reader import FactReader, Where
from fairlead.engine.derive.status_events import status_events
from fairlead.methods.deployment_fold import Attempt, fold_attempts
from fairlead.methods.deployment_timeline import Placement
from fairlead.opmodel.kinds.deployment_rule import DeploymentRule
from fairlead.opmodel.kinds.environment import Environment
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.model import Model

Catalog = Callable[[datetime], Model]
JobNames = dict[tuple[str | None, str], str | None]


def always(model: Model) -> Catalog:
    """The catalog that knows the present model only."""
    return lambda _: model


def all_placements(
    reader: FactReader, model: Model, catalog: Catalog, as_of: datetime | None
) -> list[Placement]:
    """Every attempt of every source and rule, resolved."""
    attempts = fold_attempts(status_events(reader.rows("deployment_events"), as_of))
    explicit = resolve_attempts(attempts, reader, catalog)
    return [*explicit, *_of_rules(reader, model, catalog, as_of, None, explicit)]


def placements_of(
    reader: FactReader,
    model: Model,
    catalog: Catalog,
    as_of: datetime | None,
    *,
    deployment_refs: Collection[str],
    run_refs: Collection[str],
    repo_ids: Collection[str],
) -> list[Placement]:
    """The placements of some attempts only, from all of their messages; rules by run and tag."""
    rows = reader.rows("deployment_events", where={"deployment_ref": deployment_refs})
    explicit = resolve_attempts(fold_attempts(status_events(rows, as_of)), reader, catalog)
    where: Where = {"run_ref": run_refs, "repo_id": repo_ids}
    return [*explicit, *_of_rules(reader, model, catalog, as_of, where, explicit)]


def resolve_attempts(
    attempts: Sequence[Attempt], reader: FactReader, catalog: Catalog
) -> list[Placement]:
    """One placement per attempt and service."""
    names = _job_names(attempts, reader, catalog)
    return [place for attempt in attempts for place in _resolve(attempt, catalog, names)]


def _of_rules(
    reader: FactReader,
    model: Model,
    catalog: Catalog,
    as_of: datetime | None,
    where: Where | None,
    explicit: Iterable[Placement],
) -> list[Placement]:
    """Placements by rules; where the source itself told of the same run, its own word counts."""
    told = {_run_of(place) for place in explicit if place.attempt.run_ref}
    found = [
        _placement(attempt, rule.service, attempt.deployment_ref, catalog(attempt.created_at))
        for attempt, rule in rule_attempts(reader, model, as_of, where)
    ]
    return [place for place in found if _run_of(place) not in told]


def _run_of(place: Placement) -> tuple[str | None, ...]:
    attempt = place.attempt
    return (attempt.source, attempt.run_ref, place.service_id, place.environment)


def _job_names(attempts: Sequence[Attempt], reader: FactReader, catalog: Catalog) -> JobNames:
    """Names of the jobs behind attempts of monorepos, where a rule may have to choose."""
    refs = {
        attempt.job_ref
        for attempt in attempts
        if attempt.job_ref and len(_of_repository(attempt, catalog(attempt.created_at))) > 1
    }
    if not refs:
        return {}
    rows = reader.rows("pipeline_jobs", where={"job_ref": refs})
    return {(row.get("source"), row["job_ref"]): row.get("name") for row in rows}


def _of_repository(attempt: Attempt, model: Model) -> Sequence[Service]:
    return model.services_by_repository.get(attempt.repo_id or "", ())


def _resolve(attempt: Attempt, catalog: Catalog, names: JobNames) -> list[Placement]:
    model = catalog(attempt.created_at)
    ref = attempt.deployment_ref
    named = model.service_of_name(attempt.service_id) or attempt.service_id
    named = named or model.service_of_name(attempt.service_ref)
    if named is not None:
        return [_placement(attempt, named, ref, model)]
    services = [service.id for service in _of_repository(attempt, model)]
    if len(services) > 1:
        services = _by_rule(attempt, model, names) or services
    if len(services) > 1:
        return [_placement(attempt, found, f"{ref}#{found}", model) for found in services]
    return [_placement(attempt, services[0] if services else None, ref, model)]


def _by_rule(attempt: Attempt, model: Model, names: JobNames) -> list[str]:
    environment = model.environment_of(attempt.environment, attempt.source)
    job_name = names.get((attempt.source, attempt.job_ref)) if attempt.job_ref else None
    return list(
        dict.fromkeys(
            rule.service
            for rule in model.all_of(DeploymentRule).values()
            if environment is not None
            and rule.environment == environment.id
            and rule.match.pipeline is None
            and rule.match.tag is None
            and rule.match.source in (None, attempt.source)
            and matches(rule.match.repository, attempt.repo_id)
            and matches(rule.match.job, job_name)
            and matches(rule.match.branch, attempt.branch)
        )
    )


def _placement(attempt: Attempt, service_id: str | None, ref: str, model: Model) -> Placement:
    environment = model.environment_of(attempt.environment, attempt.source)
    service = model.all_of(Service).get(service_id or "")
    mechanism = attempt.mechanism or "code"
    authority = service.deployments_from if service else None
    return Placement(
        attempt=attempt,
        deployment_ref=ref,
        service_id=service_id,
        environment=environment.id if environment else attempt.environment,
        stage=_stage(environment, attempt),
        region=attempt.region or (environment.region if environment else None),
        mechanism=mechanism,
        is_shadow=authority not in (None, attempt.source) and mechanism == "code",
        observation_seconds=(service.observation_seconds if service else None)
        or model.workspace.observation_seconds,
    )


def _stage(environment: Environment | None, attempt: Attempt) -> str:
    return environment.stage if environment else attempt.environment_tier or "unmapped"

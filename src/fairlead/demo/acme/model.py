"""Write acme's operating model as the YAML files that a company would keep in git."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from fairlead.demo.acme import model_catalog, model_workspace
from fairlead.demo.acme.causes import RULE_ID
from fairlead.demo.acme.company import services, teams

DEFAULT_BASELINE = "2026-Q1"

ENVIRONMENTS = """\
# Environments. Names are exact or globs; what is not written here shows as unmapped.
apiVersion: fairlead/v1
kind: Environment
id: staging
stage: staging
order: 1
names:
  - {name: "staging/*", source: argocd}
---
# Two regions; a roll-out over both is one deployment.
apiVersion: fairlead/v1
kind: Environment
id: production-eu
title: Production, Europe
stage: production
region: eu
order: 2
names:
  - {name: production, source: gitlab}
  - {name: "prod-eu/*", source: argocd}
---
apiVersion: fairlead/v1
kind: Environment
id: production-us
title: Production, United States
stage: production
region: us
order: 3
names:
  - {name: "prod-us/*", source: argocd}
"""


def model_texts(last: date | None = None) -> Iterator[tuple[str, str]]:
    """Path and text of each file; `last` is the last day of the history, for the baseline."""
    baseline = DEFAULT_BASELINE if last is None else baseline_before(last)
    yield "workspace/workspace.yaml", model_workspace.WORKSPACE
    for source_id, text in model_workspace.SOURCES.items():
        yield f"workspace/sources/{source_id}.yaml", text
    yield "workspace/targets/targets.yaml", model_workspace.TARGETS.format(baseline=baseline)
    yield "services/landscape.yaml", model_catalog.landscape_document()
    for team in teams().values():
        yield f"teams/{team.id}.yaml", model_catalog.team_document(team)
        yield f"services/{team.id}.yaml", model_catalog.services_document(team)
    yield "teams/bots.yaml", model_catalog.bots_document()
    yield "delivery/environments.yaml", ENVIRONMENTS
    yield "delivery/rules.yaml", _rules()
    yield "delivery/dora_bands.yaml", model_workspace.DORA_BANDS


def _rules() -> str:
    """The one service whose pipeline jobs are its deployments."""
    service = next(service for service in services().values() if service.is_deployed_by_rule)
    parts = [
        f"apiVersion: fairlead/v1\nkind: DeploymentRule\nid: {rule_id}\n"
        f"match: {{source: gitlab, repository: {service.repo}, job: {job}}}\n"
        f"service: {service.id}\nenvironment: {environment}\n"
        for rule_id, job, environment in (
            (RULE_ID, "deploy-production", "production-eu"),
            (RULE_ID.replace("production", "staging"), "deploy-staging", "staging"),
        )
    ]
    head = "# Where no tool tells of deployments, jobs with these names are deployments.\n"
    return head + "---\n".join(parts)


def baseline_before(last: date) -> str:
    """The first whole quarter of the twelve months that end with `last`, as `2026-Q1`."""
    quarter = last.year * 4 + (last.month - 1) // 3 - 3
    return f"{quarter // 4}-Q{quarter % 4 + 1}"


def write_model(into: Path, *, last: date | None = None) -> list[Path]:
    """Write every file of the model below `into`; the paths written."""
    found = []
    for name, text in model_texts(last):
        path = into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        found.append(path)
    return found

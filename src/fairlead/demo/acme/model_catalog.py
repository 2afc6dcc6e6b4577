"""Acme's operating model: teams, people, tiers, systems and services, made from the company."""

from __future__ import annotations

import json

from fairlead.demo.acme.argocd import application_names
from fairlead.demo.acme.causes import RULE_ID
from fairlead.demo.acme.changes import DEPENDENCY_BOT
from fairlead.demo.acme.company import (
    PLATFORM_REPO,
    Person,
    Service,
    Team,
    members_of,
    services,
)
from fairlead.demo.acme.github_actions import ci_file
from fairlead.demo.acme.gitlab import BOT
from fairlead.demo.acme.jenkins import job_name
from fairlead.demo.acme.pipelines import RERUN_BOT

_HEAD = "apiVersion: fairlead/v1\nkind: {kind}\nid: {id}\n"
_SYSTEMS = {
    "shop": ("Shop", "storefront catalog", "customers"),
    "money": ("Money", "payments", "business"),
    "logistics": ("Logistics", "fulfilment", "business"),
    "customers": ("Customer accounts", "identity", "customers"),
    "insight": ("Insight", "analytics", "business"),
    "foundation": ("Foundation", "platform", "engineering"),
    "partnering": ("Partnering", "partners", "business"),
}
_DOMAINS = {"customers": "Customers", "business": "Business", "engineering": "Engineering"}
_TIERS = (
    ("Customers notice within minutes; runs in two regions.", 1),
    ("Customers notice within hours, or staff cannot work.", 2),
    ("Everything else.", 3),
)
_REMARKS = {
    "storefront": "Has halved its builds and its failures within a year.",
    "payments": "Freezes releases in the last ten days of each quarter.",
    "fulfilment": "Ships less and breaks more than a year ago.",
    "analytics": "Fights flaky pipelines.",
    "platform": "Keeps all it owns in one repository.",
}


def team_document(team: Team) -> str:
    """The people of a team, then the team."""
    people = members_of(team.id)
    remark = f"# {_REMARKS[team.id]}\n" if team.id in _REMARKS else ""
    text = f"{remark}{_HEAD.format(kind='Team', id=team.id)}title: {team.title}\n"
    text += f"lead: {people[0].login}\nmembers: [{', '.join(person.login for person in people)}]\n"
    text += f'aliases: ["acme/{team.id}"]\n'
    return "---\n".join([text, *(_person(person) for person in people)])


def _person(person: Person) -> str:
    tools = ("github", "gitlab", "jenkins", "argocd")
    accounts = ", ".join(f"{tool}: [{person.login}]" for tool in tools)
    return (
        f"{_HEAD.format(kind='Person', id=person.login)}title: {person.name}\n"
        f"email: {person.login}@acme.example\ntime_zone: Europe/Berlin\n"
        f"accounts: {{{accounts}}}\n"
    )


def bots_document() -> str:
    """Automation accounts, so that their work stays apart."""
    bots = (
        ("dependabot", "Dependabot", "github", DEPENDENCY_BOT),
        ("acme-rerun", "Re-run helper", "github", RERUN_BOT),
        ("renovate", "Renovate", "gitlab", BOT),
    )
    found = [
        f"{_HEAD.format(kind='Person', id=id_)}title: {title}\nis_bot: true\n"
        f"accounts: {{{tool}: [{json.dumps(account)}]}}\n"
        for id_, title, tool, account in bots
    ]
    return "# Machines that open changes or start pipelines again.\n" + "---\n".join(found)


def landscape_document() -> str:
    """Tiers, domains and systems."""
    parts = [
        f"{_HEAD.format(kind='Tier', id=f'tier-{rank}')}title: Tier {rank}\nrank: {rank}\n"
        f"description: {text}\n"
        for text, rank in _TIERS
    ]
    parts += [f"{_HEAD.format(kind='Domain', id=id_)}title: {t}\n" for id_, t in _DOMAINS.items()]
    parts += [
        f"{_HEAD.format(kind='System', id=id_)}title: {title}\nowner: {owners.split()[0]}\n"
        f"domain: {domain}\n"
        for id_, (title, owners, domain) in _SYSTEMS.items()
    ]
    return "# How much services matter, and how they belong together.\n" + "---\n".join(parts)


def services_document(team: Team) -> str:
    """The services of a team."""
    owned = [service for service in services().values() if service.team_id == team.id]
    return f"# What {team.title} runs.\n" + "---\n".join(_service(service) for service in owned)


def _service(service: Service) -> str:
    names = [service.pager_name]
    names += application_names(service) if service.host == "jenkins" else ()
    lines = [
        f"title: {service.id.replace('-', ' ').capitalize()}",
        f"owner: {service.team_id}",
        f"tier: tier-{service.tier}",
        f"system: {_system_of(service)}",
        f"repositories: [{service.repo}]",
        *_pipelines(service),
        f"names: {json.dumps(names)}",
    ]
    if service.is_deployed_by_rule:
        lines.append(f"# No tool tells of its deployments: delivery/rules.yaml, {RULE_ID}.")
    else:
        source = "argocd" if service.host == "jenkins" else service.host
        lines.append(f"deployments_from: {source}")
    if service.depends_on:
        lines.append(f"depends_on: [{', '.join(service.depends_on)}]")
    return _HEAD.format(kind="Service", id=service.id) + "\n".join(lines) + "\n"


def _system_of(service: Service) -> str:
    return next(
        id_ for id_, (_, owners, _) in _SYSTEMS.items() if service.team_id in owners.split()
    )


def _pipelines(service: Service) -> list[str]:
    """Paths and own pipelines in the monorepo; which pipeline is the standard one."""
    if service.host == "gitlab":
        pipeline = service.repo
    elif service.host == "jenkins":
        pipeline = job_name(service.id)
    else:
        pipeline = f"{service.repo}:.github/workflows/{ci_file(service)}"
    lines = []
    if service.repo == PLATFORM_REPO:
        lines = [f'paths: ["{service.folder}/**"]', f"pipelines: [{json.dumps(pipeline)}]"]
    if service.has_standard_pipeline:
        return [*lines, f"standard_pipelines: [{json.dumps(pipeline)}]"]
    return [*lines, "# Not on the golden path yet: none of its pipelines is a standard one."]

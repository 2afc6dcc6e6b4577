"""Name records as Fairlead will know them, so that an incident's cause and the truth can point."""

from __future__ import annotations

from fairlead.demo.acme import argocd, gitlab, jira, pagerduty
from fairlead.demo.acme.records import Incident, Release

RULE_ID = "data-export-production"


def deployment_ref(release: Release) -> str:
    """`<source>:<reference>` of the first successful placement in production."""
    attempt = release.production[0]
    if release.service.is_deployed_by_rule:
        job = gitlab.FIRST_RELEASE_JOB_ID + attempt.number
        return f"gitlab:rule:{RULE_ID}:job:{job}"
    if release.service.host == "jenkins":
        return f"argocd:{argocd.deployment_ref(release, attempt)}"
    return f"{release.service.host}:{attempt.number}"


def incident_ref(incident: Incident) -> str:
    """`<source>:<id>` of an incident."""
    if incident.is_in_jira:
        return f"{jira.SOURCE}:{jira.incident_ref(incident)}"
    return f"{pagerduty.SOURCE}:{pagerduty.incident_ref(incident)}"

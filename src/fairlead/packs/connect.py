"""How each connector is set up at its tool: where, which events, and a message to try it with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

# What tools are called that no connector reads yet.
NAMES = {
    "aws": "AWS",
    "aws_secrets_manager": "AWS Secrets Manager",
    "azure": "Azure",
    "azure_boards": "Azure Boards",
    "azure_key_vault": "Azure Key Vault",
    "datadog": "Datadog",
    "entra_id": "Entra ID",
    "focus": "FOCUS files",
    "gcp": "Google Cloud",
    "gcp_secret_manager": "Google Secret Manager",
    "grafana": "Grafana",
    "grafana_oncall": "Grafana OnCall",
    "hr_csv": "HR file (CSV)",
    "new_relic": "New Relic",
    "okta": "Okta",
    "opa": "Open Policy Agent",
    "prometheus": "Prometheus",
    "sarif": "SARIF files",
    "servicenow": "ServiceNow",
    "snyk": "Snyk",
    "sonarqube": "SonarQube",
    "splunk": "Splunk",
    "surveys": "Surveys",
    "terraform": "Terraform",
    "trivy": "Trivy",
    "vault": "HashiCorp Vault",
}


@dataclass(frozen=True)
class SetUp:
    """The steps at a tool; `event` is the header of the sample, empty where there is none."""

    connector_id: str
    where: tuple[str, ...]
    events: tuple[str, ...]
    event: str
    sample: str


@cache
def set_ups() -> dict[str, SetUp]:
    """The set-up of every connector, by its id."""
    rows = yaml.safe_load((files(__package__) / "connect.yaml").read_text("utf-8"))
    return {
        row["connector_id"]: SetUp(
            row["connector_id"],
            tuple(row["where"]),
            tuple(row["events"]),
            row["event"],
            row["sample"],
        )
        for row in rows
    }

"""Acme's operating model: the workspace, its sources, its targets and the DORA bands, as text."""

from __future__ import annotations

WORKSPACE = """\
# Acme, the example company of Fairlead. It sells things, and none of it exists.
apiVersion: fairlead/v1
kind: Workspace
id: acme
title: Acme
# Days, weeks and months begin where the company sits.
time_zone: Europe/Berlin
default_period: last-3-months
# The example is read from files; nothing is asked of any tool.
outbound: false
# A failure may show up to 72 h after its deployment.
observation_seconds: 259200
ticket_pattern: '\\b[A-Z][A-Z0-9]+-\\d+\\b'
"""

SOURCES = {
    "github": """\
# GitHub holds most repositories; Actions build and deploy them.
apiVersion: fairlead/v1
kind: Source
id: github
title: GitHub
connector: github
settings:
  # The monorepo names the service that it deploys in the payload of the deployment.
  service_field: payload.service
  deploy_workflows: [deploy.yml]
  ci_workflows: [ci*.yml, build-legacy.yml]
  ai_labels: [ai-assisted]
  ticket_pattern: '\\b[A-Z][A-Z0-9]+-\\d+\\b'
secrets:
  token: env:GITHUB_TOKEN
  webhook_secret: env:GITHUB_WEBHOOK_SECRET
""",
    "platform-paths": """\
# An export of `git log --numstat` tells which paths of the monorepo a commit touched, and so which
# service it belongs to. A mapping is enough: no connector was written for it.
apiVersion: fairlead/v1
kind: Source
id: platform-paths
title: Paths of acme/platform
connector: mapping
settings:
  records:
    - fact: commit_files
      columns:
        repo_id: {const: acme/platform}
        commit_sha: commit
        path: path
        added_count: added
        deleted_count: deleted
        committed_at: {path: committed_at, format: iso}
""",
    "gitlab": """\
# GitLab is where the analytics team and the partner team work.
apiVersion: fairlead/v1
kind: Source
id: gitlab
title: GitLab
connector: gitlab
base_url: https://gitlab.acme.example/api/v4
settings:
  ticket_pattern: '\\b[A-Z][A-Z0-9]+-\\d+\\b'
secrets:
  token: env:GITLAB_TOKEN
""",
    "jenkins": """\
# Jenkins builds five older services; Argo CD deploys them.
apiVersion: fairlead/v1
kind: Source
id: jenkins
title: Jenkins
connector: jenkins
base_url: https://jenkins.acme.example
settings:
  jobs: [acme]
secrets:
  user: env:JENKINS_USER
  token: env:JENKINS_TOKEN
""",
    "argocd": """\
# Argo CD deploys what Jenkins builds. Applications are named after service and environment.
apiVersion: fairlead/v1
kind: Source
id: argocd
title: Argo CD
connector: argocd
base_url: https://argocd.acme.example
secrets:
  token: env:ARGOCD_TOKEN
""",
    "pagerduty": """\
# PagerDuty holds the incidents of six teams. Its custom field `cause` names the deployment that
# people found guilty.
apiVersion: fairlead/v1
kind: Source
id: pagerduty
title: PagerDuty
connector: pagerduty
settings:
  cause_field: cause
  severity_map: {P1: sev1, P2: sev2, P3: sev3, P4: sev4}
secrets:
  token: env:PAGERDUTY_TOKEN
""",
    "jira": """\
# Jira holds the incidents of the analytics and the partner team, and everybody's tickets.
apiVersion: fairlead/v1
kind: Source
id: jira
title: Jira
connector: jira
base_url: https://jira.acme.example
settings:
  incident_issue_types: [Incident]
  status_map: {Open: declared, In Progress: acknowledged, Done: resolved}
  cause_field: customfield_10071
secrets:
  email: env:JIRA_EMAIL
  token: env:JIRA_TOKEN
""",
    "alertmanager": """\
# Every alert, also those that page nobody. The label `service` holds the id of the service.
apiVersion: fairlead/v1
kind: Source
id: alertmanager
title: Alertmanager
connector: alertmanager
base_url: https://alertmanager.acme.example
settings:
  service_label: service
silent_after_seconds: 86400
secrets:
  token: env:ALERTMANAGER_TOKEN
""",
}

TARGETS = """\
# What every KPI should be. Shares are 0..1, durations are seconds. The narrowest scope wins:
# service, then team, then tier, then everybody.

# K01: one deployment a week and service; tier 1 may slip to one in two weeks before it is red.
apiVersion: fairlead/v1
kind: KpiTarget
id: deployment_frequency
kpi: deployment_frequency
target: 1
---
apiVersion: fairlead/v1
kind: KpiTarget
id: deployment_frequency_tier_1
kpi: deployment_frequency
scope: {{tier: tier-1}}
target: 1
amber: 0.5
---
# K02: from commit to production within a day for tier 1; two days are amber.
apiVersion: fairlead/v1
kind: KpiTarget
id: lead_time_for_changes_tier_1
kpi: lead_time_for_changes
scope: {{tier: tier-1}}
target: 86400
amber: 172800
---
# K03: fewer than 15 % of deployments fail; payments has agreed on 10 %.
apiVersion: fairlead/v1
kind: KpiTarget
id: change_failure_rate
kpi: change_failure_rate
target: 0.15
---
apiVersion: fairlead/v1
kind: KpiTarget
id: change_failure_rate_payments
kpi: change_failure_rate
scope: {{team: payments}}
target: 0.10
amber: 0.15
---
# K04: a Sev1 is restored within an hour.
apiVersion: fairlead/v1
kind: KpiTarget
id: time_to_restore_sev1
kpi: time_to_restore
dimension: {{severity: sev1}}
target: 3600
---
# K11: 95 % of runs of standard pipelines need nobody's help.
apiVersion: fairlead/v1
kind: KpiTarget
id: pipeline_success_rate
kpi: pipeline_success_rate
target: 0.95
---
# K12: a fifth faster than in the baseline, pipeline by pipeline.
apiVersion: fairlead/v1
kind: KpiTarget
id: build_test_duration
kpi: build_test_duration
improvement_ratio: 0.20
baseline: {baseline}
"""

DORA_BANDS = """\
# Bands of two editions of the DORA report. Targets come first; bands only place acme beside others.
apiVersion: fairlead/v1
kind: DoraBands
id: dora_2021
title: DORA 2021
edition: 2021
bands:
  lead_time_for_changes: # seconds
    - {band: elite, limit: 3600} # under an hour
    - {band: high, limit: 604800} # under a week
    - {band: medium, limit: 15778800} # under six months
  change_failure_rate: # share of deployments
    - {band: elite, limit: 0.15}
    - {band: high, limit: 0.20}
    - {band: medium, limit: 0.30}
  time_to_restore: # seconds
    - {band: elite, limit: 3600} # under an hour
    - {band: high, limit: 86400} # under a day
    - {band: medium, limit: 604800} # under a week
---
apiVersion: fairlead/v1
kind: DoraBands
id: dora_2023
title: DORA 2023
edition: 2023
bands:
  deployment_frequency: # deployments a week
    - {band: elite, limit: 7} # on demand
    - {band: high, limit: 1} # daily to weekly
    - {band: medium, limit: 0.23} # weekly to monthly
  lead_time_for_changes: # seconds
    - {band: elite, limit: 86400} # under a day
    - {band: high, limit: 604800} # under a week
    - {band: medium, limit: 2592000} # under a month
  change_failure_rate: # share of deployments
    - {band: elite, limit: 0.05}
    - {band: high, limit: 0.10}
    - {band: medium, limit: 0.15}
  failed_deployment_recovery_time: # seconds
    - {band: elite, limit: 3600} # under an hour
    - {band: high, limit: 86400} # under a day
    - {band: medium, limit: 604800} # under a week
"""

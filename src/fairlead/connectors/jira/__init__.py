"""Jira: issues of the configured incident types, from webhooks and from the search with changelog.

Reads:       webhooks `jira:issue_created/updated/deleted`; `GET rest/api/3/search/jql` (Cloud) or
             `rest/api/2/search` (Data Center) with `expand=changelog`; browse permission.
Emits:       incidents, incident_links.
Key:         incident_id = `<source>:<issue key>`.
Order:       `fields.updated` (a webhook's `timestamp` where it is later); of the search one
             microsecond more, since it knows the whole changelog.
Limits:      pages of 100; a changelog longer than its first page is asked on its own. JQL reads
             wall clock of the asking user, so the search asks by minutes before now.
Not covered: comments, worklogs, sprints, request types and SLAs of service projects; issues that
             change their key; work items in general (platform). A webhook knows the present status
             and its own change only: acknowledged and mitigated instants of earlier changes come
             with the search.
Errors:      FL3102, FL3103, FL3104, FL3107 (unknown webhookEvent), FL3110 (wrong settings).
Source:      developer.atlassian.com: Jira webhooks, Jira Cloud REST API v3 and Data Center v2.
"""

from fairlead.connectors.contract import Connector
from fairlead.connectors.jira.mapping import map_payload, split
from fairlead.connectors.jira.plan import auth_headers, plan

CONNECTOR = Connector(
    id="jira",
    name="Jira",
    emits=("incidents", "incident_links"),
    map_payload=map_payload,
    split=split,
    plan=plan,
    auth_headers=auth_headers,
    secrets=("email", "token"),
    settings={
        "incident_issue_types": "Issue types that are incidents; `[Incident]` when absent.",
        "status_map": "Status name to declared, acknowledged, mitigated, resolved, closed or "
        "cancelled; a status left out counts by its category and is flagged `unmapped_status`.",
        "severity_map": "Priority name to sev1..sev5, over Highest to sev1 … Lowest to sev5.",
        "severity_field": "Field that holds the severity; `priority` when absent.",
        "service_field": "Field that names the services; `components` when absent.",
        "instant_fields": "Field per instant, such as `impact_started_at: customfield_10040`.",
        "cause_field": "Field that names the deployment or change that caused the incident.",
        "cause_kind": "`deployment` (default) or `change`, for a value without prefix.",
        "deployment": "`cloud` (default) or `server`: which search to ask.",
        "jql": "Further JQL that narrows the search, such as `project = OPS`.",
    },
)

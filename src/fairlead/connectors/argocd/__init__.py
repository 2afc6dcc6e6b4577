"""Argo CD: syncs of applications, from our notification and from the application history.

Reads:       the webhook of `notification.yaml` (shipped in this folder: paste it into
             argocd-notifications-cm); `GET /api/v1/applications` (role with `applications, get`).
Emits:       deployment_events.
Key:         source, event_ref. deployment_ref = `<namespace>/<application>@<start>` of a sync, the
             same in a notification, the operation state and the history, so that all of them fold
             into one deployment. A history entry without start is `…#<history id>`.
Order:       the start of a running sync, the finish of a finished one.
Limits:      no paging; Argo CD keeps ten history entries by default: pull more often than that.
Not covered: health after the sync, Argo Rollouts steps, sync windows, hooks and waves. A rollback
             is a sync like any other to Argo CD: the kind is left to rule 4.4. Dry runs and partial
             syncs are no deployments.
Errors:      FL3102, FL3103, FL3104, FL3105, FL3107 (another template version), FL3110 (unknown
             phase). The commit is that of the deployed repository or chart source, often a
             configuration repository: `commit_from: image_tag` takes full SHAs from image tags.
Source:      argo-cd.readthedocs.io: notifications, API (application), type `Application` v1alpha1.
"""

from fairlead.connectors.argocd.mapping import map_payload, split
from fairlead.connectors.argocd.plan import auth_headers, plan
from fairlead.connectors.contract import Connector

CONNECTOR = Connector(
    id="argocd",
    name="Argo CD",
    emits=("deployment_events",),
    map_payload=map_payload,
    split=split,
    plan=plan,
    auth_headers=auth_headers,
    secrets=("token",),
    settings={
        "service_label": "Label of the application that names the service; else its name.",
        "environment_label": "Label that names the environment; else `<cluster>/<namespace>` of "
        "the destination.",
        "commit_from": "`revision` (default) or `image_tag`: where the commit SHA stands.",
        "projects": "Argo CD projects to pull; all when absent.",
    },
)

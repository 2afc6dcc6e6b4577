"""CDEvents 0.3 to 0.5 (and drafts) over CloudEvents 1.0: runs, deployments, artifacts, incidents.

Reads:       HTTP binary, structured and batch forms; files of any of them.
Emits:       pipeline_runs, pipeline_jobs, deployment_events, artifacts, changes, incidents.
Key:         runs and jobs: subject id; deployments: the event's id, since CDEvents has none for a
             deployment; artifacts: the digest in the package URL; changes: repository and subject
             id; incident_id = `<source>:<subject id>`.
Order:       the event's timestamp.
Limits:      none of its own.
Not covered: test runs, test outputs, environments, builds, repositories, branches, tickets,
             approvals, services removed or published. Each event is whole: a `finished` does not
             carry the start of its run, nor a `resolved` the start of its incident, unless
             customData does (`created_at`, `started_at`, `detected_at`, `declared_at`). CDEvents
             knows no re-runs: attempt 1, rerun_kind `unknown`, unless customData says otherwise.
Errors:      FL3102, FL3103, FL3104, FL3105, FL3107 (unknown type or major version), FL3110.
             `change.merged` carries no SHA: without one in customData or links, flag `unlinked`.
Source:      cdevents.dev/docs and github.com/cdevents/spec (0.3, 0.4, 0.5); CloudEvents 1.0.
"""

from fairlead.connectors.cdevents.mapping import map_payload, split
from fairlead.connectors.contract import Connector

CONNECTOR = Connector(
    id="cdevents",
    name="CDEvents",
    emits=(
        "pipeline_runs",
        "pipeline_jobs",
        "deployment_events",
        "artifacts",
        "changes",
        "incidents",
    ),
    map_payload=map_payload,
    split=split,
    settings={
        "severity_map": "customData.severity of incidents to sev1..sev5, over their own names.",
        "ignored_types": "Globs of other CloudEvents types that are not needed here.",
    },
)

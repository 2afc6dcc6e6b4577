"""A small workspace with figures worked out by hand: five deployments, one of which failed.

October 2026, UTC: `internal-portal` is deployed on 5, 6, 7 and 8 October at 10:00, `build-cache`
on the 6th. The deployment of the 7th causes incident i1 at 11:00, over at 13:00.
"""

from __future__ import annotations

from pathlib import Path

from tests.cli.running import Ran, fairlead

NOW = "2026-11-24T06:00:00+00:00"
DEPLOYMENTS = """id,at,service,sha
d1,2026-10-05T10:00:00Z,internal-portal,{a}
d2,2026-10-06T10:00:00Z,internal-portal,{b}
d3,2026-10-07T10:00:00Z,internal-portal,{c}
d4,2026-10-08T10:00:00Z,internal-portal,{d}
d5,2026-10-06T10:00:00Z,build-cache,{e}
""".format(**{letter: letter * 40 for letter in "abcde"})
DEPLOYMENT_MAPPING = """records:
  - fact: deployment_events
    columns:
      event_ref: id
      deployment_ref: id
      event_at: {path: at, format: iso}
      state: {const: success}
      service_id: service
      environment: {const: prod-eu}
      commit_sha: sha
"""
INCIDENTS = """id,start,end,blames
i1,2026-10-07T11:00:00Z,2026-10-07T13:00:00Z,deployment:deploys:d3
"""
INCIDENT_MAPPING = """records:
  - fact: incidents
    columns:
      incident_id: id
      state: {const: resolved}
      kind: {const: incident}
      severity_declared: {const: sev2}
      service_ids: {const: [internal-portal]}
      impact_started_at: {path: start, format: iso}
      declared_at: {path: start, format: iso}
      resolved_at: {path: end, format: iso}
      mitigated_at: {path: end, format: iso}
  - fact: incident_links
    columns:
      from_ref: {path: "join(':', ['incident', id])"}
      to_ref: blames
      relation: {const: caused_by_change}
      decided_by: {const: human}
      accepted: {const: true}
      decided_at: {path: end, format: iso}
"""


def make_workspace(folder: Path) -> Path:
    """A fresh operating model in a folder."""
    made = fairlead("init", "my-org", "--profile", "saas-mid", "--into", folder)
    assert made.code == 0, made.err
    return folder


def write_inputs(folder: Path) -> Path:
    """The input files of the small workspace, beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "deploys.csv").write_text(DEPLOYMENTS)
    (folder / "deploys.yaml").write_text(DEPLOYMENT_MAPPING)
    (folder / "incidents.csv").write_text(INCIDENTS)
    (folder / "incidents.yaml").write_text(INCIDENT_MAPPING)
    return folder


def ingest_inputs(workspace: Path, inputs: Path) -> list[Ran]:
    """Read both files into the workspace."""
    return [
        fairlead("-w", workspace, "ingest", name, inputs / f"{name}.csv", "--format", "json",
                 "--mapping", inputs / f"{name}.yaml")
        for name in ("deploys", "incidents")
    ]  # fmt: skip

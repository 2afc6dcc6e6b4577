"""When a change was built: end of the run that made the deployed digest, else of its own CI run.

The run that made the digest is named by the artifact; without a digest it is the run of the merge
SHA on the default branch that succeeded last before the deployment started, else the earliest. A
deploying run builds nothing, and is never taken for a build by its SHA.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from fairlead.engine.derive.reader import FactReader, Row


class BuildInstants:
    """The ends of runs by run reference and by commit, and the artifacts by digest."""

    def __init__(self, artifacts: Mapping[str, Row], runs: Iterable[Row]) -> None:
        self._artifacts = artifacts
        self._end_of_run: dict[str, datetime] = {}
        self._by_commit: dict[str, list[tuple[datetime, str]]] = {}
        for run in runs:
            end, ref = run.get("finished_at"), run.get("run_ref")
            if end is None or ref is None or run.get("result") not in (None, "success"):
                continue
            self._end_of_run[ref] = max(end, self._end_of_run.get(ref, end))
            if run.get("is_default_branch") and run.get("kind") in (None, "ci"):
                self._by_commit.setdefault(run.get("commit_sha") or "", []).append((end, ref))

    def built_at(self, deployment: Row, merge_sha: str | None) -> datetime | None:
        """The instant for one change in one deployment; None where no run tells it."""
        made = [self._made_at(digest) for digest in deployment.get("artifact_digests") or ()]
        known = [at for at in made if at is not None]
        if known:
            return max(known)
        ends = [
            end
            for end, ref in self._by_commit.get(merge_sha or "", ())
            if ref != deployment.get("run_ref")
        ]
        start = deployment.get("started_at") or deployment["finished_at"]
        before = [end for end in ends if end <= start]
        return max(before) if before else min(ends, default=None)

    def _made_at(self, digest: str) -> datetime | None:
        artifact = self._artifacts.get(digest)
        if artifact is None:
            return None
        end = self._end_of_run.get(artifact.get("run_ref") or "")
        built: Any = artifact.get("built_at")
        return built if end is None else end


def artifacts_of(reader: FactReader, deployments: Iterable[Row]) -> dict[str, Row]:
    """The artifacts of the digests that were deployed."""
    wanted = {digest for row in deployments for digest in row.get("artifact_digests") or ()}
    if not wanted:
        return {}
    rows = reader.rows("artifacts")
    return {row["artifact_digest"]: row for row in rows if row["artifact_digest"] in wanted}

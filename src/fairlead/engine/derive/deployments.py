"""Derives `deployments` from status messages, pipeline jobs, runs and release tags.

Every row is built from all messages; `deployment_refold` recomputes only what a late one touches.
A service's path globs are those of the catalog when the last attempt of the lane began.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from fairlead.engine.derive.deployment_rows import deployment_row
from fairlead.engine.derive.hotfix_signs import HotfixSigns, read_hotfix_signs
from fairlead.engine.derive.placements import Catalog, all_placements, always
from fairlead.engine.derive.reader import FactReader, Row
from fairlead.methods.deployment_group import Member, Membership, group_members
from fairlead.methods.deployment_kind import Ancestry, History, PathHistory
from fairlead.methods.deployment_timeline import Lane, Placement, Settled, settle_lane
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.model import Model

GroupKey = tuple[str | None, str, str | None]


def derive_deployments(
    reader: FactReader,
    model: Model,
    ancestry: Ancestry,
    as_of: datetime | None,
    *,
    catalog: Catalog | None = None,
) -> list[Row]:
    """Every row of `deployments`, in the order of deployment id."""
    resolved = catalog or always(model)
    placements = all_placements(reader, model, resolved, as_of)
    signs = read_hotfix_signs(reader, ancestry)
    return rows_of(placements, ancestry, signs, resolved, {})


def rows_of(
    placements: Sequence[Placement],
    ancestry: Ancestry,
    signs: HotfixSigns,
    catalog: Catalog,
    known: Mapping[str, Settled],
) -> list[Row]:
    """Rows of placements; `known` judgements are kept as they are."""
    settled = settle(placements, ancestry, signs, catalog, known)
    groups = group(placements, settled)
    rows = [
        deployment_row(place, settled.get(place.deployment_id), groups.get(place.deployment_id))
        for place in placements
    ]
    return sorted(rows, key=lambda row: str(row["deployment_id"]))


def settle(
    placements: Iterable[Placement],
    ancestry: Ancestry,
    signs: HotfixSigns,
    catalog: Catalog,
    known: Mapping[str, Settled],
) -> dict[str, Settled]:
    """The judgement of every placement that has a service and a finish."""
    lanes: dict[Lane, list[Placement]] = {}
    for place in placements:
        if place.service_id is not None and place.finished_at is not None:
            lanes.setdefault(place.lane, []).append(place)
    found: dict[str, Settled] = {}
    for lane, places in lanes.items():
        history = _history(lane, places, ancestry, catalog)
        found |= settle_lane(places, history=history, hotfix_sign=signs.sign, settled=known)
    return found


def _history(
    lane: Lane, places: Sequence[Placement], ancestry: Ancestry, catalog: Catalog
) -> History:
    latest = max(place.attempt.created_at for place in places)
    service = catalog(latest).all_of(Service).get(lane.service_id or "")
    globs = tuple(service.paths) if service else ()
    if not globs or not isinstance(ancestry, PathHistory):
        return History(ancestry)
    paths = ancestry
    return History(
        ancestry,
        lambda repo_id, old_sha, new_sha: paths.paths_changed(repo_id, old_sha, new_sha, globs),
    )


def group(placements: Iterable[Placement], settled: Mapping[str, Settled]) -> dict[str, Membership]:
    """The fan-out groups of counted deployments; shadows are grouped among themselves."""
    members: dict[GroupKey, list[Member]] = {}
    for place in placements:
        judged = settled.get(place.deployment_id)
        if judged is None or judged.kind == "redeploy" or place.finished_at is None:
            continue
        if place.is_live and place.stage == "production":
            key = (place.service_id, place.mechanism, place.lane.shadow_source)
            members.setdefault(key, []).append(
                Member(place.deployment_id, place.environment, place.version, place.finished_at)
            )
    found: dict[str, Membership] = {}
    for grouped in members.values():
        found |= group_members(grouped)
    return found

"""Attributes incidents to the deployments that may have caused them, by service and time.

Method:     candidates of an incident that starts at s are deployments with 0 <= s - finish < H on
            an affected service (match 1), a direct dependency (0.5) or a second hop (0.25);
            `w = match * exp(-hours / decay)`; the best one is blamed with confidence
            `w_best / (sum of w + constant)`; ties go to the later finish, then the smaller id.
            A fan-out group is one candidate: its latest member that finished by s.
Inputs:     counted deployments with their horizon, onsets of incidents with the services that they
            hit, and what each service depends on.
Outputs:    per incident with a candidate the blamed deployment and the confidence.
Complexity: O(d log d + r log d) for d deployments and r reaches (services within two hops).
Source:     delivery.md section 4.9.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from fairlead.facts.fact_type import order_of
from fairlead.methods.attribution_arrays import (
    Constants,
    Deployments,
    Float,
    Int,
    Reaches,
    sort_deployments,
)
from fairlead.methods.attribution_pairs import best_by_pairs
from fairlead.methods.attribution_sums import best_by_sums

MATCH_BY_HOP = (1.0, 0.5, 0.25)
ACCEPTED_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """One counted deployment that an incident may be blamed on."""

    deployment_id: str
    service_id: str
    finished_at: datetime
    horizon: timedelta
    group_id: str | None = None

    @property
    def unit(self) -> tuple[str, str]:
        """What counts as one: the fan-out group within its service, else the deployment."""
        return (self.service_id, self.group_id or self.deployment_id)


@dataclass(frozen=True, slots=True)
class Onset:
    """One incident: when it began, what it hit, and deployments that a person cleared of it."""

    incident_id: str
    started_at: datetime
    service_ids: tuple[str, ...]
    cleared_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Blame:
    """The deployment that is most likely to have caused an incident."""

    incident_id: str
    deployment_id: str
    confidence: float

    @property
    def is_accepted(self) -> bool:
        return self.confidence >= ACCEPTED_FROM


def attribute_arrays(
    deployments: Deployments,
    reaches: Reaches,
    onset: Int,
    *,
    constants: Constants | None = None,
    cleared: Int | None = None,
) -> tuple[Int, Float]:
    """Blamed index (into the sorted deployments, -1 for none) and confidence per incident.

    By running sums, unless one of its services has deployments of different horizons or a person
    cleared a deployment of it: then every candidate pair is looked at. Both give the same answer.
    `onset` is the start of each incident; `cleared` holds the pairs that are ruled out, each as
    incident * number of deployments + deployment.
    """
    used = constants or Constants()
    pairwise = np.zeros(onset.shape, dtype=np.bool_)
    pairwise[reaches.incident[deployments.has_mixed_horizons()[reaches.service]]] = True
    if cleared is not None and cleared.size:
        pairwise[cleared // deployments.finish.size] = True
    exceptions = pairwise[reaches.incident]
    blamed = np.full(onset.shape, -1, dtype=np.int64)
    confidence = np.zeros(onset.shape, dtype=np.float64)
    for best in (
        best_by_sums(deployments, reaches.of(~exceptions), onset, used),
        *best_by_pairs(deployments, reaches.of(exceptions), onset, used, cleared),
    ):
        blamed[best.incident] = best.deployment
        confidence[best.incident] = best.weight / (best.total + used.other_weight)
    return blamed, confidence


def reaches_of(
    onsets: Sequence[Onset],
    service_codes: Mapping[str, int],
    depends_on: Mapping[str, Collection[str]],
) -> Reaches:
    """Every service that each incident may have been hurt through, with its best match."""
    known: dict[tuple[str, ...], list[tuple[int, float]]] = {}
    incident: list[int] = []
    service: list[int] = []
    match: list[float] = []
    for number, onset in enumerate(onsets):
        found = known.get(onset.service_ids)
        if found is None:
            hops = hops_of(onset.service_ids, depends_on)
            found = [
                (service_codes[name], MATCH_BY_HOP[hop])
                for name, hop in sorted(hops.items())
                if name in service_codes
            ]
            known[onset.service_ids] = found
        incident += [number] * len(found)
        service += [code for code, _ in found]
        match += [weight for _, weight in found]
    return Reaches(
        np.asarray(incident, dtype=np.int64),
        np.asarray(service, dtype=np.int64),
        np.asarray(match, dtype=np.float64),
    )


def hops_of(
    service_ids: Collection[str], depends_on: Mapping[str, Collection[str]]
) -> dict[str, int]:
    """Distance along dependencies, up to two hops, from any of the affected services."""
    found = dict.fromkeys(service_ids, 0)
    edge = list(found)
    for hop in range(1, len(MATCH_BY_HOP)):
        following = [name for near in edge for name in depends_on.get(near, ())]
        edge = [name for name in dict.fromkeys(following) if name not in found]
        found |= dict.fromkeys(edge, hop)
    return found


def attribute(
    candidates: Sequence[Candidate],
    onsets: Sequence[Onset],
    depends_on: Mapping[str, Collection[str]],
    constants: Constants | None = None,
) -> list[Blame]:
    """The blamed deployment of each incident that has a candidate, in the incidents' order."""
    if not candidates or not onsets:
        return []
    ordered = sorted(candidates, key=lambda item: item.deployment_id)
    names = sorted({item.service_id for item in ordered})
    codes = {name: code for code, name in enumerate(names)}
    arrays, order = _arrays(ordered, codes)
    cleared = _cleared(ordered, order, onsets)
    starts = np.asarray([order_of(onset.started_at) for onset in onsets], dtype=np.int64)
    reaches = reaches_of(onsets, codes, depends_on)
    blamed, confidence = attribute_arrays(
        arrays, reaches, starts, constants=constants, cleared=cleared
    )
    return [
        Blame(onset.incident_id, ordered[int(order[row])].deployment_id, float(share))
        for onset, row, share in zip(onsets, blamed, confidence, strict=True)
        if row >= 0
    ]


def _arrays(ordered: Sequence[Candidate], codes: Mapping[str, int]) -> tuple[Deployments, Int]:
    groups: dict[tuple[str, str], int] = {}
    group = [groups.setdefault(item.unit, len(groups)) if item.group_id else -1 for item in ordered]
    return sort_deployments(
        np.asarray([codes[item.service_id] for item in ordered], dtype=np.int64),
        np.asarray([order_of(item.finished_at) for item in ordered], dtype=np.int64),
        np.asarray([item.horizon // timedelta(microseconds=1) for item in ordered], dtype=np.int64),
        np.asarray(group, dtype=np.int64),
        np.arange(len(ordered), dtype=np.int64),
        len(codes),
    )


def _cleared(ordered: Sequence[Candidate], order: Int, onsets: Sequence[Onset]) -> Int:
    """Ruled out pairs; to clear one member of a fan-out group is to clear the group."""
    rows: dict[tuple[str, str], list[int]] = {}
    unit = {item.deployment_id: item.unit for item in ordered}
    for row, number in enumerate(order):
        rows.setdefault(ordered[int(number)].unit, []).append(row)
    found = [
        number * len(ordered) + row
        for number, onset in enumerate(onsets)
        for cleared_id in onset.cleared_ids
        if cleared_id in unit
        for row in rows[unit[cleared_id]]
    ]
    return np.asarray(found, dtype=np.int64)

"""Attributes incidents to the deployments that may have caused them, by service and time.

Method:     candidates of an incident that starts at s are deployments with 0 <= s - finish < H on
            an affected service (match 1), a direct dependency (0.5) or a second hop (0.25);
            `w = match * exp(-hours / decay)`; the best one is blamed with confidence
            `w_best / (sum of w + constant)`; ties go to the later finish, then the smaller id.
            A fan-out group is one candidate: its latest member that finished by s.
Inputs:     arrays of deployments (service code, finish and horizon in microseconds, next finish of
            the group) and reaches (incident, service code, match), all sorted by the caller's
            `Deployments.of` and `reaches_of`.
Outputs:    per incident the index of the blamed deployment (-1 for none) and its confidence.
Complexity: O(d log d + r log d + p) for d deployments, r reaches, p candidate pairs; memory by
            chunks of incidents.
Source:     delivery.md section 4.9.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from fairlead.facts.fact_type import order_of

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]

MATCH_BY_HOP = (1.0, 0.5, 0.25)
ACCEPTED_FROM = 0.5
MICROS_PER_HOUR = 3_600_000_000
NEVER = np.iinfo(np.int64).max
CHUNK_SIZE = 8_192


@dataclass(frozen=True)
class Constants:
    """What human verdicts may re-estimate: decay in hours, and the weight of `something else`."""

    decay_hours: float = 12.0
    other_weight: float = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """One counted deployment that an incident may be blamed on."""

    deployment_id: str
    service_id: str
    finished_at: datetime
    horizon: timedelta
    group_id: str | None = None


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


@dataclass(frozen=True)
class Deployments:
    """Deployments as arrays in the order (service, finish, id); `starts` bounds each service."""

    service: Int
    finish: Int
    horizon: Int
    next_finish: Int
    id_rank: Int
    starts: Int

    @property
    def max_horizon(self) -> int:
        return int(self.horizon.max()) if self.horizon.size else 0


@dataclass(frozen=True)
class Reaches:
    """Services that an incident may have been hurt through, in the order of the incidents."""

    incident: Int
    service: Int
    match: Float


def sort_deployments(
    service: Int, finish: Int, horizon: Int, group: Int, id_rank: Int, service_count: int
) -> tuple[Deployments, Int]:
    """The arrays in search order, and the permutation that leads there; `group` -1 is alone."""
    order = np.lexsort((id_rank, finish, service))
    service, finish, group = service[order], finish[order], group[order]
    starts = np.searchsorted(service, np.arange(service_count + 1))
    return (
        Deployments(
            service=service,
            finish=finish,
            horizon=horizon[order],
            next_finish=_next_in_group(group, finish),
            id_rank=id_rank[order],
            starts=starts.astype(np.int64),
        ),
        order.astype(np.int64),
    )


def _next_in_group(group: Int, finish: Int) -> Int:
    """Per deployment the finish of the next member of its group, or NEVER."""
    found = np.full(group.shape, NEVER, dtype=np.int64)
    grouped = np.flatnonzero(group >= 0)
    if grouped.size == 0:
        return found
    order = grouped[np.lexsort((grouped, finish[grouped], group[grouped]))]
    follows = group[order[1:]] == group[order[:-1]]
    found[order[:-1][follows]] = finish[order[1:][follows]]
    return found


def attribute_arrays(
    deployments: Deployments,
    reaches: Reaches,
    onset: Int,
    *,
    constants: Constants | None = None,
    cleared: Int | None = None,
) -> tuple[Int, Float]:
    """Blamed index (into the sorted deployments, -1 for none) and confidence per incident.

    `onset` is the start of each incident; `cleared` holds the pairs that are ruled out, each as
    incident * number of deployments + deployment.
    """
    used = constants or Constants()
    low, high = _bounds(deployments, reaches, onset)
    blamed = np.full(onset.shape, -1, dtype=np.int64)
    confidence = np.zeros(onset.shape, dtype=np.float64)
    edges = np.searchsorted(reaches.incident, np.arange(onset.size + 1))
    for first in range(0, onset.size, CHUNK_SIZE):
        last = min(first + CHUNK_SIZE, onset.size)
        part = slice(int(edges[first]), int(edges[last]))
        pairs = _pairs(deployments, reaches, onset, low, high, part, cleared)
        _choose(deployments, pairs, onset, used, blamed, confidence)
    return blamed, confidence


def _bounds(deployments: Deployments, reaches: Reaches, onset: Int) -> tuple[Int, Int]:
    """Per reach the slice of deployments with start - H < finish <= start, for the longest H."""
    low = np.zeros(reaches.service.shape, dtype=np.int64)
    high = np.zeros(reaches.service.shape, dtype=np.int64)
    order = np.argsort(reaches.service, kind="stable")
    services = reaches.service[order]
    begin = onset[reaches.incident[order]]
    edges = np.searchsorted(services, np.arange(deployments.starts.size))
    horizon = deployments.max_horizon
    for code in range(deployments.starts.size - 1):
        part = order[edges[code] : edges[code + 1]]
        start, stop = deployments.starts[code], deployments.starts[code + 1]
        if part.size == 0 or start == stop:
            continue
        finish = deployments.finish[start:stop]
        at = begin[edges[code] : edges[code + 1]]
        low[part] = start + np.searchsorted(finish, at - horizon, side="right")
        high[part] = start + np.searchsorted(finish, at, side="right")
    return low, high


@dataclass(frozen=True)
class _Pairs:
    """Candidate pairs in the order of the incidents."""

    incident: Int
    deployment: Int
    match: Float


def _pairs(
    deployments: Deployments,
    reaches: Reaches,
    onset: Int,
    low: Int,
    high: Int,
    part: slice,
    cleared: Int | None,
) -> _Pairs:
    counts = high[part] - low[part]
    reach = np.repeat(np.arange(part.start, part.stop), counts)
    offsets = np.arange(reach.size) - np.repeat(np.cumsum(counts) - counts, counts)
    deployment = low[reach] + offsets
    incident = reaches.incident[reach]
    at = onset[incident]
    is_candidate = (at - deployments.finish[deployment] < deployments.horizon[deployment]) & (
        deployments.next_finish[deployment] > at
    )
    if cleared is not None and cleared.size:
        is_candidate &= ~np.isin(incident * deployments.finish.size + deployment, cleared)
    return _Pairs(
        incident[is_candidate], deployment[is_candidate], reaches.match[reach][is_candidate]
    )


def _choose(
    deployments: Deployments,
    pairs: _Pairs,
    onset: Int,
    constants: Constants,
    blamed: Int,
    confidence: Float,
) -> None:
    """Write the best candidate of each incident of these pairs."""
    if pairs.incident.size == 0:
        return
    finish = deployments.finish[pairs.deployment]
    hours = (onset[pairs.incident] - finish) / MICROS_PER_HOUR
    weight = pairs.match * np.exp(-hours / constants.decay_hours)
    edges = np.flatnonzero(np.r_[True, pairs.incident[1:] != pairs.incident[:-1]])
    sizes = np.diff(np.r_[edges, pairs.incident.size])
    total = np.add.reduceat(weight, edges)
    best = np.maximum.reduceat(weight, edges)
    is_best = weight == np.repeat(best, sizes)
    latest = np.maximum.reduceat(np.where(is_best, finish, np.iinfo(np.int64).min), edges)
    is_best &= finish == np.repeat(latest, sizes)
    ranks = np.where(is_best, deployments.id_rank[pairs.deployment], NEVER)
    is_best &= ranks == np.repeat(np.minimum.reduceat(ranks, edges), sizes)
    chosen = np.flatnonzero(is_best)
    incidents = pairs.incident[chosen]
    blamed[incidents] = pairs.deployment[chosen]
    confidence[incidents] = best / (total + constants.other_weight)


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
    groups: dict[str, int] = {}
    group = [
        groups.setdefault(item.group_id, len(groups)) if item.group_id else -1 for item in ordered
    ]
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
    rows: dict[str, list[int]] = {}
    unit = {item.deployment_id: item.group_id or item.deployment_id for item in ordered}
    for row, number in enumerate(order):
        rows.setdefault(unit[ordered[int(number)].deployment_id], []).append(row)
    found = [
        number * len(ordered) + row
        for number, onset in enumerate(onsets)
        for cleared_id in onset.cleared_ids
        for row in rows.get(unit.get(cleared_id, cleared_id), ())
    ]
    return np.asarray(found, dtype=np.int64)

"""Deployments and reaches of incidents as sorted arrays, and the best of candidate weights.

Shapes:     deployments and reaches are columns of equal length; service codes run 0..n-1; finishes,
            onsets and horizons are int64 microseconds, weights float64.
Complexity: O(d log d) to sort d deployments; O(p) to choose among p weights.
Source:     delivery.md section 4.9.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]

MICROS_PER_HOUR = 3_600_000_000
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Constants:
    """What human verdicts may re-estimate: decay in hours, and the weight of `something else`."""

    decay_hours: float = 12.0
    other_weight: float = 0.5

    @property
    def decay_micros(self) -> float:
        return self.decay_hours * MICROS_PER_HOUR


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
    def ends_at(self) -> Int:
        """When each stops being a candidate: at its horizon, or at the next finish of its group."""
        found: Int = np.minimum(self.finish + self.horizon, self.next_finish)
        return found

    @property
    def service_count(self) -> int:
        return int(self.starts.size) - 1

    def has_mixed_horizons(self) -> Bool:
        """Per service, whether its deployments differ in their horizon."""
        found = np.zeros(self.service_count, dtype=np.bool_)
        differs = np.flatnonzero(
            (self.service[1:] == self.service[:-1]) & (self.horizon[1:] != self.horizon[:-1])
        )
        found[self.service[differs]] = True
        return found


@dataclass(frozen=True)
class Reaches:
    """Services that an incident may have been hurt through, in the order of the incidents."""

    incident: Int
    service: Int
    match: Float

    def of(self, chosen: Bool) -> Reaches:
        return Reaches(self.incident[chosen], self.service[chosen], self.match[chosen])


@dataclass(frozen=True)
class Best:
    """The best candidate of some incidents: its index, weight, and the sum over all candidates."""

    incident: Int
    deployment: Int
    weight: Float
    total: Float


def sort_deployments(
    service: Int, finish: Int, horizon: Int, group: Int, id_rank: Int, service_count: int
) -> tuple[Deployments, Int]:
    """The arrays in search order, and the permutation that leads there.

    A `group` lies within one service; -1 is a deployment alone.
    """
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


def reaches_by_service(service: Int, service_count: int) -> Iterator[tuple[int, Int]]:
    """The positions of the reaches into each service that any reaches into."""
    order = np.argsort(service, kind="stable").astype(np.int64)
    edges = np.searchsorted(service[order], np.arange(service_count + 1))
    for code in np.flatnonzero(np.diff(edges)):
        yield int(code), order[edges[code] : edges[code + 1]]


def best_of(
    deployments: Deployments, incident: Int, deployment: Int, weight: Float, total: Float
) -> Best:
    """The best of each incident's candidates, given in the order of the incidents.

    Ties go to the later finish, then to the smaller id. `total` is summed per incident.
    """
    if incident.size == 0:
        return Best(incident, deployment, weight, total)
    edges = np.flatnonzero(np.r_[True, incident[1:] != incident[:-1]])
    sizes = np.diff(np.r_[edges, incident.size])
    is_best = weight == np.repeat(np.maximum.reduceat(weight, edges), sizes)
    finish = np.where(is_best, deployments.finish[deployment], np.iinfo(np.int64).min)
    is_best &= finish == np.repeat(np.maximum.reduceat(finish, edges), sizes)
    rank = np.where(is_best, deployments.id_rank[deployment], NEVER)
    is_best &= rank == np.repeat(np.minimum.reduceat(rank, edges), sizes)
    chosen = np.flatnonzero(is_best)
    return Best(incident[chosen], deployment[chosen], weight[chosen], np.add.reduceat(total, edges))

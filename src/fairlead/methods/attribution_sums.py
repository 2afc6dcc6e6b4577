"""Attributes incidents by running sums: work does not grow with the number of candidates.

Method:     a deployment is a candidate from its finish f until its end e (horizon, or the next
            finish of its group). The sum of exp(-(s - f)/decay) over candidates at s is the
            decayed sum of all that finished by s less that of all that ended by s; both are
            running sums `S[k] = S[k-1] * exp(-step/decay) + term`, read off by bisection. Of one
            service the best candidate is the last to finish, so no pair is ever looked at.
Inputs:     sorted deployments with one horizon per service, reaches in the order of incidents.
Outputs:    the best candidate of each incident that has one.
Complexity: O(d log d + r log d).
Source:     delivery.md section 4.9.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairlead.methods.attribution_arrays import (
    NEVER,
    Best,
    Constants,
    Deployments,
    Float,
    Int,
    Reaches,
    best_of,
    reaches_by_service,
)


@dataclass(frozen=True)
class _Running:
    """Instants in the order of each service, and the decayed sum of terms at each of them."""

    at: Int
    sums: Float


def best_by_sums(
    deployments: Deployments, reaches: Reaches, onset: Int, constants: Constants
) -> Best:
    """The best candidates of all incidents at once."""
    decay = constants.decay_micros
    begun = _running(deployments, deployments.finish, np.ones(deployments.finish.shape), decay)
    ended = _ended(deployments, decay)
    first = _first_of_equal(deployments)
    at = onset[reaches.incident]
    last, gone = _positions(deployments, reaches, at, begun.at, ended.at)
    start = deployments.starts[reaches.service]
    is_reached = (last >= start) & (last > gone)
    chosen = np.flatnonzero(is_reached)
    last, gone, at = last[chosen], gone[chosen], at[chosen]
    match, start = reaches.match[chosen], start[chosen]
    weight = np.exp(-(at - deployments.finish[last]) / decay)
    total = begun.sums[last] * weight - _decayed(ended, gone, start, at, decay)
    is_alone = last - gone == 1
    total = np.where(is_alone, weight, np.maximum(total, weight))
    return best_of(
        deployments, reaches.incident[chosen], first[last], match * weight, match * total
    )


def _ended(deployments: Deployments, decay: float) -> _Running:
    """The running sum over those that ended, in the order of their ends."""
    ends_at = deployments.ends_at
    order = np.lexsort((ends_at, deployments.service)).astype(np.int64)
    terms = np.exp(-(ends_at - deployments.finish)[order] / decay)
    return _running(deployments, ends_at[order], terms, decay)


def _running(deployments: Deployments, at: Int, terms: Float, decay: float) -> _Running:
    """Decayed sums within each service; `at` rises within a service."""
    factors = np.zeros(at.shape, dtype=np.float64)
    factors[1:] = np.exp(-(at[1:] - at[:-1]).clip(min=0) / decay)
    factors[deployments.starts[:-1][deployments.starts[:-1] < at.size]] = 0.0
    sums = 0.0
    found: list[float] = []
    steps: list[list[float]] = np.column_stack((factors, terms)).tolist()
    for factor, term in steps:
        sums = sums * factor + term
        found.append(sums)
    return _Running(at, np.asarray(found, dtype=np.float64))


def _first_of_equal(deployments: Deployments) -> Int:
    """Per deployment the smallest id of its service and finish that is last of its group."""
    service, finish = deployments.service, deployments.finish
    number = np.arange(finish.size, dtype=np.int64)
    if number.size == 0:
        return number
    is_edge = (service[1:] != service[:-1]) | (finish[1:] != finish[:-1])
    edges = np.flatnonzero(np.r_[True, is_edge])
    leading = np.where(deployments.next_finish > finish, number, NEVER)
    found = np.minimum.reduceat(leading, edges)
    return np.repeat(found, np.diff(np.r_[edges, number.size]))


def _positions(
    deployments: Deployments, reaches: Reaches, at: Int, begun_at: Int, ended_at: Int
) -> tuple[Int, Int]:
    """Per reach the last deployment that finished, and the last that ended, by the onset."""
    last = deployments.starts[reaches.service] - 1
    gone = last.copy()
    for code, part in reaches_by_service(reaches.service, deployments.service_count):
        start, stop = deployments.starts[code], deployments.starts[code + 1]
        last[part] += np.searchsorted(begun_at[start:stop], at[part], side="right")
        gone[part] += np.searchsorted(ended_at[start:stop], at[part], side="right")
    return last, gone


def _decayed(ended: _Running, gone: Int, start: Int, at: Int, decay: float) -> Float:
    """The sum over the ended ones, decayed to the onset; zero where none has ended."""
    has_any = gone >= start
    place = np.where(has_any, gone, 0)
    return np.where(has_any, ended.sums[place] * np.exp(-(at - ended.at[place]) / decay), 0.0)

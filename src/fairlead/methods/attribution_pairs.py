"""Attributes incidents by looking at every candidate pair: for what running sums cannot tell.

Method:     per reach the slice of deployments within the longest horizon, found by bisection; then
            the pairs one by one in arrays, less those beyond their own horizon, those replaced by
            a later member of their group, and those that a person cleared.
Inputs:     sorted deployments, reaches in the order of incidents, onsets, cleared pairs.
Outputs:    the best candidate of each incident that has one, in chunks of reaches.
Complexity: O(r log d + p) for p candidate pairs; memory by chunks.
Source:     delivery.md section 4.9.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairlead.methods.attribution_arrays import (
    Best,
    Constants,
    Deployments,
    Int,
    Reaches,
    best_of,
    reaches_by_service,
)

CHUNK_SIZE = 8_192


def best_by_pairs(
    deployments: Deployments,
    reaches: Reaches,
    onset: Int,
    constants: Constants,
    cleared: Int | None,
) -> Iterator[Best]:
    """The best candidates, a chunk of incidents at a time."""
    if reaches.incident.size == 0:
        return
    low, high = _bounds(deployments, reaches, onset)
    incidents = np.unique(reaches.incident)
    edges = np.searchsorted(reaches.incident, incidents)
    for first in range(0, incidents.size, CHUNK_SIZE):
        after = first + CHUNK_SIZE
        stop = int(edges[after]) if after < incidents.size else reaches.incident.size
        part = slice(int(edges[first]), stop)
        yield _best_of_part(deployments, reaches, onset, low, high, part, constants, cleared)


def _bounds(deployments: Deployments, reaches: Reaches, onset: Int) -> tuple[Int, Int]:
    """Per reach the slice of deployments with start - H < finish <= start, for the longest H."""
    low = np.zeros(reaches.service.shape, dtype=np.int64)
    high = np.zeros(reaches.service.shape, dtype=np.int64)
    at = onset[reaches.incident]
    for code, part in reaches_by_service(reaches.service, deployments.service_count):
        start, stop = deployments.starts[code], deployments.starts[code + 1]
        if start == stop:
            continue
        finish = deployments.finish[start:stop]
        longest = deployments.horizon[start:stop].max()
        low[part] = start + np.searchsorted(finish, at[part] - longest, side="right")
        high[part] = start + np.searchsorted(finish, at[part], side="right")
    return low, high


def _best_of_part(
    deployments: Deployments,
    reaches: Reaches,
    onset: Int,
    low: Int,
    high: Int,
    part: slice,
    constants: Constants,
    cleared: Int | None,
) -> Best:
    counts = high[part] - low[part]
    reach = np.repeat(np.arange(part.start, part.stop), counts)
    offsets = np.arange(reach.size) - np.repeat(np.cumsum(counts) - counts, counts)
    deployment, incident = low[reach] + offsets, reaches.incident[reach]
    at = onset[incident]
    is_candidate = at < deployments.ends_at[deployment]
    if cleared is not None and cleared.size:
        is_candidate &= ~np.isin(incident * deployments.finish.size + deployment, cleared)
    incident, deployment = incident[is_candidate], deployment[is_candidate]
    elapsed = at[is_candidate] - deployments.finish[deployment]
    weight = reaches.match[reach][is_candidate] * np.exp(-elapsed / constants.decay_micros)
    return best_of(deployments, incident, deployment, weight, weight)

"""Is a change distinguishable from chance: two shares, two counts, two sets of durations.

Formulas follow facts.md S6, S7 and incidents.md I2, I3. Each function gives a two-sided p value, or
None (`too_few`) below its minimum. "Distinguishable" means p < 0.05.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np

DISTINGUISHABLE = 0.05
SHARE_MINIMUM = 5
PERMUTATION_MINIMUM = 5
EXACT_SPLITS = 20_000
DRAWS = 10_000


def two_shares(k1: int, n1: int, k2: int, n2: int) -> float | None:
    """Fisher's exact test, two sided, of k1/n1 against k2/n2; None below 5 on either side (S7)."""
    if min(n1, n2) < SHARE_MINIMUM:
        return None
    from scipy.stats import fisher_exact

    return float(fisher_exact([[k1, n1 - k1], [k2, n2 - k2]]).pvalue)


def two_counts(c1: int, exposure1: float, c2: int, exposure2: float) -> float | None:
    """Exact conditional binomial test of two Poisson rates; None when nothing happened (I3)."""
    if c1 + c2 == 0:
        return None
    from scipy.stats import binomtest

    share = exposure1 / (exposure1 + exposure2)
    return float(binomtest(c1, c1 + c2, share).pvalue)


def two_durations(first: Sequence[float], second: Sequence[float], seed: int = 0) -> float | None:
    """Permutation test on the difference of mean log durations; None below 5 a side (I2).

    Exact when there are at most 20,000 splits, else 10,000 seeded draws with the observed one.
    """
    if min(len(first), len(second)) < PERMUTATION_MINIMUM:
        return None
    logs = np.log(np.maximum(np.asarray([*first, *second], dtype=float), 1.0))
    size = len(first)
    observed = abs(logs[:size].mean() - logs[size:].mean()) - 1e-12
    if math.comb(len(logs), size) <= EXACT_SPLITS:
        total, count, hits = logs.sum(), 0, 0
        for chosen in combinations(range(len(logs)), size):
            part = logs[list(chosen)].sum()
            count += 1
            hits += abs(part / size - (total - part) / (len(logs) - size)) >= observed
        return hits / count
    generator = np.random.default_rng(seed)
    hits = 1
    for _ in range(DRAWS):
        shuffled = generator.permutation(logs)
        hits += abs(shuffled[:size].mean() - shuffled[size:].mean()) >= observed
    return hits / (DRAWS + 1)

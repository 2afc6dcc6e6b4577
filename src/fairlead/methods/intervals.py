"""Intervals of shares, counts, medians and means, and survival of what is still open.

Formulas follow facts.md section 5 (S3, S6, S8, S9) and incidents.md I2, I3. All intervals are two
sided at 95 % unless a parameter says otherwise. scipy is imported when a function needs it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

Z95 = 1.959963984540054
Z95_ONE_SIDED = 1.6448536269514722
MEDIAN_MINIMUM = 6
MEAN_MINIMUM = 10
BOOTSTRAP_RESAMPLES = 2_000
EXACT_MEDIAN_LIMIT = 2_000

Interval = tuple[float, float]


def wilson(successes: float, n: float, z: float = Z95) -> Interval | None:
    """Wilson score interval of a share; None for n = 0. O(1). Source: Wilson 1927, S3."""
    if n <= 0:
        return None
    p = successes / n
    spread = z * math.sqrt(max(0.0, p * (1 - p) / n + z * z / (4 * n * n)))
    middle, scale = p + z * z / (2 * n), 1 + z * z / n
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def zero_event_bound(n: int) -> float | None:
    """Upper 95 % bound of a share when none of n events happened: 1 - 0.05^(1/n) (S9)."""
    return 1 - 0.05 ** (1 / n) if n > 0 else None


@lru_cache(maxsize=65_536)
def poisson(count: int) -> Interval:
    """Exact interval of a Poisson mean after `count` events, by gamma quantiles (I3)."""
    from scipy.special import gammaincinv

    low = float(gammaincinv(count, 0.025)) if count else 0.0
    return low, float(gammaincinv(count + 1, 0.975))


@lru_cache(maxsize=4096)
def median_rank(n: int) -> int | None:
    """The 1-based rank k whose order statistics (k, n + 1 - k) hold the median with 95 % (I2).

    The largest k with 1 - 2 P(Bin(n, 1/2) <= k - 1) >= 0.95; None below 6 values.
    """
    if n < MEDIAN_MINIMUM:
        return None
    from scipy.stats import binom

    k = int(binom.ppf(0.025, n, 0.5))
    while k >= 1 and 1 - 2 * float(binom.cdf(k - 1, n, 0.5)) < 0.95:
        k -= 1
    while 1 - 2 * float(binom.cdf(k, n, 0.5)) >= 0.95:
        k += 1
    return k if k >= 1 else None


def median_interval(values: Sequence[float]) -> Interval | None:
    """Distribution-free interval of the median by order statistics; None below 6. O(n log n)."""
    k = median_rank(len(values))
    if k is None:
        return None
    ordered = sorted(values)
    return ordered[k - 1], ordered[len(ordered) - k]


def mean_interval(values: Sequence[float], seed_text: str) -> Interval | None:
    """Studentised bootstrap interval of a mean; None below 10 values (I2).

    2,000 resamples, seeded by the first 8 bytes of SHA-256 of `kpi|scope|window`, so that the same
    question gives the same answer. Constant values give a point.
    """
    sample = np.asarray(values, dtype=float)
    n = len(sample)
    if n < MEAN_MINIMUM:
        return None
    mean, spread = float(sample.mean()), float(sample.std(ddof=1))
    if spread == 0:
        return mean, mean
    seed = int.from_bytes(hashlib.sha256(seed_text.encode()).digest()[:8], "big")
    draws = np.random.default_rng(seed).choice(sample, size=(BOOTSTRAP_RESAMPLES, n))
    spreads = draws.std(axis=1, ddof=1)
    usable = spreads > 0
    t = (draws.mean(axis=1)[usable] - mean) / (spreads[usable] / math.sqrt(n))
    low_t, high_t = np.quantile(t, [0.025, 0.975])
    error = spread / math.sqrt(n)
    return mean - float(high_t) * error, mean - float(low_t) * error


def kaplan_meier_median(closed: Sequence[float], censored: Sequence[float]) -> float | None:
    """The first time at which survival is 0.5 or less; None when it is never reached (S8).

    Open items are censored at their age: they leave the risk set after the events of that instant.
    """
    events = sorted(closed)
    if not events:
        return None
    everyone = np.sort(np.asarray([*closed, *censored], dtype=float))
    times, deaths = np.unique(np.asarray(events, dtype=float), return_counts=True)
    at_risk = len(everyone) - np.searchsorted(everyone, times, side="left")
    reached = np.flatnonzero(np.cumprod(1 - deaths / at_risk) <= 0.5 + 1e-12)
    return float(times[reached[0]]) if len(reached) else None


def quantile(values: Sequence[float], share: float) -> float | None:
    """Quantile by linear interpolation, type 7 (S2); None for no values."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)

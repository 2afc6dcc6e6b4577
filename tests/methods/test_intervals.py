"""Intervals against the worked numbers of the definitions and against statsmodels."""

from __future__ import annotations

import pytest
from statsmodels.stats.proportion import proportion_confint

from fairlead.methods.comparison import two_counts, two_durations, two_shares
from fairlead.methods.intervals import (
    Z95_ONE_SIDED,
    kaplan_meier_median,
    mean_interval,
    median_interval,
    median_rank,
    poisson,
    quantile,
    wilson,
    zero_event_bound,
)
from fairlead.methods.process_behaviour import behaviour


def test_wilson_gives_the_worked_examples() -> None:
    low, high = wilson(5, 40) or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.0546, 0.2611)
    assert round((wilson(0, 22) or (0, 0))[1], 4) == 0.1487
    assert round((wilson(29, 30) or (0, 0))[0], 3) == 0.833
    assert round((wilson(4, 60, Z95_ONE_SIDED) or (0, 0))[0], 4) == 0.0303
    assert wilson(0, 0) is None


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (3, 7), (50, 51), (999, 1000)])
def test_wilson_equals_statsmodels(k: int, n: int) -> None:
    assert wilson(k, n) == pytest.approx(proportion_confint(k, n, method="wilson"), abs=1e-12)


def test_poisson_gives_the_worked_examples() -> None:
    assert [round(x, 2) for x in poisson(8)] == [3.45, 15.76]
    assert [round(x, 2) for x in poisson(0)] == [0.0, 3.69]


def test_zero_event_bound_gives_the_worked_example() -> None:
    assert round(zero_event_bound(40) or 0, 3) == 0.072
    assert zero_event_bound(0) is None


@pytest.mark.parametrize(("n", "rank"), [(5, None), (6, 1), (10, 2), (30, 10)])
def test_median_rank_gives_the_worked_examples(n: int, rank: int | None) -> None:
    assert median_rank(n) == rank


def test_median_interval_is_made_of_order_statistics() -> None:
    assert median_interval([60, 10, 50, 20, 40, 30]) == (10, 60)
    assert median_interval([1, 2, 3, 4, 5]) is None
    assert median_interval(list(range(1, 31))) == (10, 21)


def test_mean_interval_needs_ten_values_and_repeats_itself() -> None:
    values = [3.0, 5, 8, 13, 21, 34, 55, 89, 144, 233]
    first = mean_interval(values, "kpi|scope|window")
    assert first == mean_interval(values, "kpi|scope|window")
    assert first is not None
    assert first[0] < 60.5 < first[1]
    assert mean_interval(values[:9], "x") is None
    assert mean_interval([4.0] * 12, "x") == (4.0, 4.0)


def test_kaplan_meier_gives_the_worked_examples() -> None:
    assert kaplan_meier_median([10, 30, 50], [20, 40]) == 50
    assert kaplan_meier_median([5, 10, 20], [12]) == 10
    assert kaplan_meier_median([22, 35, 41, 58, 90], [75, 130]) == 58
    assert kaplan_meier_median([20, 35, 50, 130], [200]) == 50
    assert kaplan_meier_median([10], [20, 20, 20]) is None


def test_quantiles_interpolate_linearly() -> None:
    values = [2.0, 4, 9, 30]
    assert [quantile(values, q) for q in (0.5, 0.75)] == [6.5, 14.25]
    assert quantile(values, 0.9) == pytest.approx(23.7)
    assert quantile([1, 2, 3, 4, 5], 0.9) == pytest.approx(4.6)
    assert quantile([1, 2, 3, 4, 5], 0.95) == pytest.approx(4.8)
    assert quantile([], 0.5) is None


def test_two_shares_gives_the_worked_example() -> None:
    assert round(two_shares(9, 30, 5, 40) or 0, 3) == 0.129
    assert two_shares(1, 4, 5, 40) is None


def test_two_counts_gives_the_worked_examples() -> None:
    assert round(two_counts(20, 91, 12, 92) or 0, 3) == 0.161
    assert round(two_counts(22, 91, 6, 92) or 0, 4) == 0.0022
    assert two_counts(0, 91, 0, 92) is None


def test_two_durations_gives_the_worked_examples() -> None:
    assert round(
        two_durations([95, 40, 62, 180, 55, 70], [60, 35, 44, 120, 50, 52]) or 0, 3
    ) == pytest.approx(0.320)
    found = two_durations([120, 140, 160, 180, 200, 220], [20, 25, 30, 35, 40, 45])
    assert found == pytest.approx(2 / 924)
    assert two_durations([1, 2, 3, 4], [1, 2, 3, 4, 5]) is None


def test_a_shift_is_a_signal_and_noise_is_none() -> None:
    noise = [10.0, 12, 9, 11, 10, 13, 8, 11, 10, 12, 9, 11]
    assert behaviour(noise).verdict == "stable"
    shifted = behaviour([*noise, 30.0, 31, 30])
    assert shifted.verdict == "up"
    assert shifted.signals[-3:] == (True, True, True)
    assert behaviour([1.0] * 7).verdict == "too_few"


def test_limits_are_centre_and_scaled_moving_range() -> None:
    found = behaviour([2.0, 4, 2, 4, 2, 4, 2, 4])
    assert found.centre == 3
    assert found.upper == pytest.approx(3 + 2.66 * 2)
    assert behaviour([2.0, 4, 2, 4, 2, 4, 2, 4], floor=0.0).lower == 0

"""Sums by slice of time equal counting each window by itself, whatever the windows."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.engine.aggregate import QUANTILES, durations, ranks, sums, windowed
from fairlead.engine.cube import Cube
from fairlead.engine.slices import Slices
from fairlead.kernel.window import Window
from fairlead.store.session import DuckSession

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = st.integers(0, 12)
MOMENTS = st.tuples(
    st.integers(0, 12 * 24),
    st.sampled_from(["a", "b", None]),
    st.sampled_from([None, None, "open", "bot"]),
    st.booleans(),
)


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def windows_of(pairs: list[tuple[int, int]]) -> list[Window]:
    return [Window(at(24 * min(p)), at(24 * (max(p) + 1))) for p in pairs]


def counts_in(window: Window, moment: tuple[int, str | None, str | None, bool]) -> bool:
    """The definition: begun before the end, and, unless it is still open, not before the start."""
    hours, _, _, is_open = moment
    return at(hours) < window.end and (is_open or at(hours) >= window.start)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(DAYS, DAYS), min_size=1, max_size=5), st.lists(MOMENTS, max_size=30))
def test_rolled_sums_equal_counting_each_window_by_itself(
    pairs: list[tuple[int, int]], moments: list[tuple[int, str | None, str | None, bool]]
) -> None:
    windows = windows_of(pairs)
    slices = Slices.of(windows)
    table = pa.table(
        {
            "event_at": pa.array([at(m[0]) for m in moments], pa.timestamp("us")),
            "service_id": pa.array([m[1] for m in moments], pa.string()),
            "excluded_reason": pa.array([m[2] for m in moments], pa.string()),
            "censored_seconds": pa.array([1.0 if m[3] else None for m in moments], pa.float64()),
            "seconds": pa.array([float(m[0]) for m in moments], pa.float64()),
        }
    )
    with DuckSession(tables={"records": table}) as session:
        cut = session.sliced(session.table("records"), slices.boundaries)
        rows = session.run_shape("test", lambda r, _: sums(r, ["service_id"]), cut, cut)
    counted, left_out = Cube(slices, ("service_id",), rows).rolled((), windows)
    for period, window in enumerate(windows):
        inside = [m for m in moments if counts_in(window, m)]
        found = [row for row in counted if row["period"] == period]
        kept = [m for m in inside if m[2] is None]
        assert sum(row["rows"] for row in found) == len(kept)
        assert sum(row["seconds"] for row in found) == sum(m[0] for m in kept)
        bots = [r for r in left_out if r["period"] == period and r["excluded_reason"] == "bot"]
        assert sum(row["rows"] for row in bots) == sum(m[2] == "bot" for m in inside)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 100), unique=True, max_size=40), st.lists(st.integers(-1, 101)))
def test_slice_is_how_many_boundaries_lie_at_or_before(limits: list[int], hours: list[int]) -> None:
    limits = sorted(limits)
    table = pa.table({"event_at": pa.array([at(h) for h in hours], pa.timestamp("us"))})
    with DuckSession(tables={"records": table}) as session:
        cut = session.sliced(session.table("records"), [at(limit) for limit in limits])
        found = session.connection.sql(f"SELECT slice FROM {cut.get_name()}").fetchall()
    assert [row[0] for row in found] == [bisect_right(limits, hour) for hour in hours]


@pytest.mark.parametrize("size", [1, 2, 3, 10, 1001])
def test_quantiles_and_ranks_are_those_of_sorted_values(size: int) -> None:
    values = [float((i * 7919) % 10_007) for i in range(size)]
    ordered = sorted(values)
    window = Window(at(0), at(24))
    slices = Slices.of([window])
    table = pa.table(
        {
            "event_at": pa.array([at(1)] * size, pa.timestamp("us")),
            "excluded_reason": pa.array([None] * size, pa.string()),
            "seconds": values,
        }
    )
    with DuckSession(tables={"records": table}) as session:
        session.register("members", slices.members([window]))
        cut = session.sliced(session.table("records"), slices.boundaries)
        members = session.table("members")
        rows, single = (
            session.run_shape(
                name, lambda r, m, f=find: f(windowed(r, m), ["period"]), cut, members
            )
            for name, find in (("durations", durations), ("ranks", ranks))
        )
    quantiles = rows.to_pylist()[0]["quantiles"]
    for share, found in zip(QUANTILES.values(), quantiles, strict=True):
        place = (size - 1) * share
        below = int(place)
        above = min(below + 1, size - 1)
        expected = ordered[below] + (place - below) * (ordered[above] - ordered[below])
        assert found == pytest.approx(expected)
    rank = int((size - 1.959963984540054 * size**0.5) / 2) if size > 4 else None
    row = single.to_pylist()[0]
    assert row["lower_median"] == ordered[(size - 1) // 2]
    if rank is not None and rank >= 1:
        assert (row["median_low"], row["median_high"]) == (ordered[rank - 1], ordered[size - rank])


def test_windows_that_a_cube_cannot_make_are_told() -> None:
    slices = Slices.of([Window(at(0), at(48))])
    assert slices.serve([Window(at(0), at(48))])
    assert not slices.serve([Window(at(0), at(24))])

"""The as-of rule as a property: any order of arrival gives one answer, that of a plain fold."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.facts import Fact
from fairlead.store.lake import Lake
from fairlead.store.session import DuckSession

AT = datetime(2026, 1, 1, tzinfo=UTC)
Version = tuple[str, int, str, bool]
VERSIONS = st.lists(
    st.tuples(
        st.sampled_from(["r1", "r2", "r3"]),
        st.integers(1, 4),
        st.sampled_from(["success", "failure", "error"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=10,
)


def fact(version: Version) -> Fact:
    ref, order, result, is_retracted = version
    values = {"run_ref": ref, "attempt_count": 1, "result": result}
    return Fact("pipeline_runs", values, order=order, is_retracted=is_retracted)


def answer(batches: list[list[Version]]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder) / "lake")
        for number, batch in enumerate(batches):
            recorded = AT + timedelta(minutes=number)
            lake.append([fact(v) for v in batch], source="ci", recorded_at=recorded)
        with DuckSession(lake) as session:
            return {row["run_ref"]: row["result"] for row in session.rows("pipeline_runs")}


def expected(versions: list[Version]) -> dict[str, set[str]]:
    """By plain reading of the rule: the greatest order decides; equal orders leave a choice."""
    found: dict[str, set[str]] = {}
    for ref in {version[0] for version in versions}:
        mine = [version for version in versions if version[0] == ref]
        last = max(version[1] for version in mine)
        top = [version for version in mine if version[1] == last]
        found[ref] = {"" if version[3] else version[2] for version in top}
    return found


@settings(max_examples=25, deadline=None)
@given(VERSIONS, st.randoms(use_true_random=False), st.integers(1, 4))
def test_arrival_order_batches_and_duplicates_change_nothing(
    versions: list[Version], random: object, parts: int
) -> None:
    first = answer([versions])
    shuffled = [*versions, *versions[:2]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    split = [shuffled[i::parts] for i in range(parts)]
    assert answer([part for part in split if part]) == first
    allowed = expected(versions)
    for ref, choices in allowed.items():
        assert first.get(ref, "") in choices

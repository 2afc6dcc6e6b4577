"""Properties of the alert fold: order and repetition change nothing, episodes never overlap."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.engine.derive.alerts import affected_identities, derive_alerts
from fairlead.engine.derive.reader import Row, RowReader
from fairlead.engine.derive.versions import changed_versions
from fairlead.opmodel.model import Model

START = datetime(2026, 3, 2, tzinfo=UTC)


@st.composite
def alert_messages(draw: st.DrawFn) -> list[Row]:
    return [
        {
            "source": "am",
            "delivery_ref": f"m{number}",
            "item_index_count": 0,
            "alert_identity": draw(st.sampled_from(["f1", "f2"])),
            "kind": draw(st.sampled_from(["fire", "fire", "resolve", "update", "ack"])),
            "occurred_at": START + timedelta(seconds=draw(st.integers(0, 40)) * 60),
            "received_at": draw(
                st.none() | st.integers(0, 60).map(lambda minute: START + timedelta(minutes=minute))
            ),
            "severity": draw(st.sampled_from([None, "info", "critical"])),
        }
        for number in range(draw(st.integers(1, 12)))
    ]


def alerts(rows: Sequence[Row], **more: Any) -> list[Row]:
    return derive_alerts(
        RowReader({"alert_events": rows}), Model(), START + timedelta(hours=2), **more
    )


@pytest.mark.row("K09")
@settings(max_examples=250, deadline=None)
@given(alert_messages(), st.randoms(use_true_random=False))
def test_order_and_repetition_of_messages_change_no_episode(
    rows: list[Row], shuffled: random.Random
) -> None:
    repeated = rows + [dict(row) for row in shuffled.sample(rows, len(rows) // 2)]
    shuffled.shuffle(repeated)
    assert alerts(repeated) == alerts(rows)


@pytest.mark.row("K09")
@settings(max_examples=200, deadline=None)
@given(alert_messages(), st.integers(0, 11))
def test_refolding_the_touched_identities_equals_a_rebuild(rows: list[Row], split: int) -> None:
    lake = {(row["alert_identity"], row["opening_event_ref"]): row for row in alerts(rows[:split])}
    touched = affected_identities(rows[split:])
    before = [row for row in lake.values() if (row["source"], row["alert_identity"]) in touched]
    for fact in changed_versions(before, alerts(rows, identities=touched), "alerts"):
        key = (fact.values["alert_identity"], fact.values["opening_event_ref"])
        if fact.is_retracted:
            del lake[key]
        else:
            lake[key] = dict(fact.values)
    assert not changed_versions(lake.values(), alerts(rows), "alerts")


@pytest.mark.row("K09")
@settings(max_examples=200, deadline=None)
@given(alert_messages())
def test_episodes_of_one_identity_never_overlap(rows: list[Row]) -> None:
    for identity in ("f1", "f2"):
        found = [row for row in alerts(rows) if row["alert_identity"] == identity]
        for earlier, later in pairwise(found):
            assert earlier["closes_at"] is not None
            assert earlier["closes_at"] <= later["started_at"]
        fires = [row for row in rows if row["alert_identity"] == identity and row["kind"] == "fire"]
        assert bool(found) == bool(fires)

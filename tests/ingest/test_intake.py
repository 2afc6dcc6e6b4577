"""Intake: mapped, passed over or held; a bad fact never takes a good one with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fairlead.connectors import load_connector
from fairlead.connectors.contract import (
    Connector,
    Mapped,
    MappingContext,
    MappingError,
    Payload,
)
from fairlead.facts import Fact
from fairlead.ingest.documents import Document
from fairlead.ingest.intake import Intake, coverage_facts
from fairlead.ingest.journal import Journal
from fairlead.ingest.secrets import resolve_secret
from fairlead.kernel.clock import FixedClock
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.store.lake import Lake
from fairlead.store.session import DuckSession

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def map_numbers(payload: Payload, context: MappingContext) -> Mapped:
    """A small tool of the tests: a run per number; text is refused, 0 is not needed."""
    value = payload.body["n"]
    if value == "text":
        raise MappingError("FL3102", "$.n", "text")
    if value == 0:
        return Mapped(not_needed="zero")
    values = {
        "run_ref": str(value),
        "attempt_count": 1,
        "queue_seconds": payload.body.get("queue"),
        "finished_at": NOW,
    }
    return Mapped([Fact("pipeline_runs", values, order=1)])


NUMBERS = Connector(id="numbers", name="Numbers", emits=("pipeline_runs",), map_payload=map_numbers)


def intake(folder: Path, connector: Connector = NUMBERS) -> tuple[Intake, Lake, Journal]:
    lake, journal = Lake(folder / "lake"), Journal(folder / "journal.sqlite3")
    return Intake(lake, journal, connector, "src", clock=FixedClock(NOW)), lake, journal


def documents(*bodies: object) -> list[Document]:
    return [Document(body, "n", f"file:{n}") for n, body in enumerate(bodies, start=1)]


def test_every_payload_is_written_passed_over_or_held(tmp_path: Path) -> None:
    work, _, journal = intake(tmp_path)
    report = work.take(documents({"n": 1}, {"n": 0}, {"n": "text"}, {"n": 2}, {"n": 1}))
    assert report.payloads == 5
    assert (report.written, report.known) == ({"pipeline_runs": 2}, {"pipeline_runs": 1})
    assert (report.not_needed, report.held) == ({"zero": 1}, {"FL3102": 1})
    held = journal.held()
    assert [(h.code, h.path, h.place, json.loads(h.payload)) for h in held] == [
        ("FL3102", "$.n", "file:3", {"n": "text"})
    ]


def test_fact_that_does_not_fit_its_column_is_held_alone(tmp_path: Path) -> None:
    work, lake, journal = intake(tmp_path)
    bodies = [{"n": n, "queue": "soon" if n == 37 else n} for n in range(1, 101)]
    report = work.take(documents(*bodies))
    assert report.written == {"pipeline_runs": 99}
    assert [json.loads(h.payload)["n"] for h in journal.held()] == [37]
    with DuckSession(lake) as session:
        assert len(session.rows("pipeline_runs")) == 99


def test_same_broken_payload_is_held_once(tmp_path: Path) -> None:
    for _ in range(3):
        work, _, journal = intake(tmp_path)
        work.take(documents({"n": "text"}))
    assert len(journal.held()) == 1


def test_dismissed_payloads_leave_the_counts_and_stay_listed(tmp_path: Path) -> None:
    work, _, journal = intake(tmp_path)
    work.take(documents({"n": "text"}))
    journal.settle([journal.held()[0].quarantine_id], "dismissed", NOW)
    assert journal.held() == []
    assert journal.quarantined_counts() == []
    assert len(journal.held(state="dismissed")) == 1


def test_counts_add_up_over_intakes(tmp_path: Path) -> None:
    for number in (1, 2):
        work, _, journal = intake(tmp_path)
        work.take(documents({"n": number}, {"n": 0}))
    counts = {(row["kind"], row["label"]): row["number"] for row in journal.counts()}
    assert counts == {("mapped", "pipeline_runs"): 2, ("not_needed", "zero"): 2}


def test_files_cover_the_span_of_their_events(tmp_path: Path) -> None:
    report = intake(tmp_path)[0].report
    report.extents["pipeline_runs"] = (datetime(2026, 1, 1, tzinfo=UTC), NOW)
    (fact,) = coverage_facts(report, NOW)
    assert fact.values["started_at"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert fact.values["ended_at"] == NOW
    assert fact.values["fact_refs"] == ["pipeline_runs"]


@pytest.mark.diagnostic("FL2001")
def test_unknown_connector_names_the_near_one() -> None:
    with pytest.raises(DiagnosticError) as caught:
        load_connector("gihub")
    assert caught.value.diagnostics[0].help == "did you mean `github`?"


def test_secrets_come_from_environment_and_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIRLEAD_TEST_TOKEN", "abc")
    (tmp_path / "token").write_text("def\n")
    assert resolve_secret("env:FAIRLEAD_TEST_TOKEN") == "abc"
    assert resolve_secret("file:token", root=tmp_path) == "def"


@pytest.mark.diagnostic("FL3114")
@pytest.mark.parametrize("reference", ["env:FAIRLEAD_NOT_SET", "file:no-such", "hunter2"])
def test_unresolved_secret_is_named_and_never_shown(reference: str, tmp_path: Path) -> None:
    with pytest.raises(DiagnosticError) as caught:
        resolve_secret(reference, root=tmp_path)
    found = caught.value.diagnostics[0]
    assert found.code == "FL3114"
    assert "hunter2" not in found.render()

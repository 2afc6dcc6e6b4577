"""The lake: appends lose nothing beside other writers, a kill, a full disk, a newer format."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fairlead.facts import Fact
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.store.lake import Lake
from fairlead.store.session import DuckSession

AT = datetime(2026, 1, 5, 10, tzinfo=UTC)


def run_fact(ref: str, *, result: str = "success", order: int = 1, **more: object) -> Fact:
    values = {"run_ref": ref, "attempt_count": 1, "result": result, "finished_at": AT, **more}
    return Fact("pipeline_runs", values, order=order)


def current(lake: Lake, as_of: datetime | None = None) -> dict[str, str]:
    with DuckSession(lake, as_of=as_of) as session:
        return {row["run_ref"]: row["result"] for row in session.rows("pipeline_runs")}


def test_equal_redelivery_is_not_written_again(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    first = lake.append([run_fact("r1"), run_fact("r2"), run_fact("r1")], source="ci")
    again = lake.append([run_fact("r2"), run_fact("r1")], source="ci")
    assert (first.written, first.known) == ({"pipeline_runs": 2}, {"pipeline_runs": 1})
    assert (again.written, again.known) == ({"pipeline_runs": 0}, {"pipeline_runs": 2})


def test_greater_source_order_wins_whatever_arrives_last(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.append([run_fact("r1", result="failure", order=9)], source="ci")
    lake.append([run_fact("r1", result="success", order=3)], source="ci")
    assert current(lake) == {"r1": "failure"}


def test_question_as_of_an_instant_sees_only_what_was_recorded(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.append([run_fact("r1", result="failure", order=1)], source="ci", recorded_at=AT)
    later = AT + timedelta(days=1)
    lake.append([run_fact("r1", result="success", order=2)], source="ci", recorded_at=later)
    assert current(lake, AT + timedelta(hours=1)) == {"r1": "failure"}
    assert current(lake, later) == {"r1": "success"}
    assert current(lake, AT - timedelta(seconds=1)) == {}


def test_correction_outranks_the_source_and_a_retraction_removes(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.append([run_fact("r1", result="failure", order=5)], source="ci")
    with DuckSession(lake) as session:
        wrong = session.rows("pipeline_runs")[0]["fact_id"]
    corrected = Fact(
        "pipeline_runs",
        {"run_ref": "r1", "attempt_count": 1, "result": "cancelled", "source": "ci"},
        order=1,
        supersedes_fact_id=wrong,
    )
    lake.append([corrected], source="human")
    assert current(lake) == {"r1": "cancelled"}
    gone = Fact("pipeline_runs", {"run_ref": "r2", "attempt_count": 1}, order=2, is_retracted=True)
    lake.append([run_fact("r2"), gone], source="ci")
    assert current(lake) == {"r1": "cancelled"}


def test_columns_that_an_older_lake_lacks_are_null(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.append([run_fact("r1")], source="ci")
    table = lake.table("pipeline_runs")
    assert table is not None
    narrow = table.to_pyarrow_table().drop_columns(["template_id", "is_standard"])
    from deltalake import write_deltalake

    write_deltalake(
        str(lake.root / "pipeline_runs"), narrow, mode="overwrite", schema_mode="overwrite"
    )
    assert "template_id" not in lake.stored_columns("pipeline_runs")
    with DuckSession(lake) as session:
        assert session.rows("pipeline_runs")[0]["template_id"] is None
    lake.append([run_fact("r2", template_id="t1")], source="ci")
    with DuckSession(lake) as session:
        found = {row["run_ref"]: row["template_id"] for row in session.rows("pipeline_runs")}
    assert found == {"r1": None, "r2": "t1"}


def test_compaction_changes_no_answer_beside_a_reader(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    for number in range(6):
        lake.append([run_fact(f"r{number}", order=number)], source="ci")
    with DuckSession(lake) as reader:
        reader.table("pipeline_runs")
        removed = lake.compact()
        assert len(reader.rows("pipeline_runs")) == 6
    assert removed["pipeline_runs"] == 6
    assert len(lake.files("pipeline_runs")) == 1
    assert len(current(lake)) == 6


def test_retention_deletes_what_is_older_and_only_when_asked(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    old = run_fact("old", finished_at=datetime(2020, 1, 1, tzinfo=UTC))
    lake.append([old, run_fact("young")], source="ci")
    assert lake.expire(AT, dry_run=True) == {"pipeline_runs": 1}
    assert len(current(lake)) == 2
    assert lake.expire(AT) == {"pipeline_runs": 1}
    assert list(current(lake)) == ["young"]


WRITER = """
import sys
from pathlib import Path
from fairlead.facts import Fact
from fairlead.store.lake import Lake
lake, name = Lake(Path(sys.argv[1])), sys.argv[2]
for batch in range(int(sys.argv[3])):
    facts = [
        Fact("pipeline_runs", {"run_ref": f"{name}-{batch}-{n}", "attempt_count": 1}, order=n)
        for n in range(50)
    ]
    lake.append(facts, source="ci")
    print(batch, flush=True)
"""


def start_writer(lake: Path, name: str, batches: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(lake), name, str(batches)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    Lake(folder)
    writers = [start_writer(folder, name, 8) for name in ("a", "b")]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    assert len(current(Lake(folder))) == 2 * 8 * 50


def test_kill_leaves_the_lake_readable_and_the_next_run_completes_it(tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    Lake(folder)
    writer = start_writer(folder, "w", 400)
    assert writer.stdout is not None
    acknowledged = -1
    for line in writer.stdout:
        acknowledged = int(line)
        if acknowledged == 3:
            break
    time.sleep(0.013)
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait(timeout=30)
    found = current(Lake(folder))
    for batch in range(acknowledged + 1):
        assert sum(ref.startswith(f"w-{batch}-") for ref in found) == 50
    assert start_writer(folder, "w", 12).wait(timeout=120) == 0
    assert len([ref for ref in current(Lake(folder)) if int(ref.split("-")[1]) < 12]) == 600


FULL_DISK = """
import resource, sys
from pathlib import Path
from fairlead.facts import Fact
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.store.lake import Lake
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
lake = Lake(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
facts = [
    Fact("pipeline_runs", {"run_ref": f"r{n}", "attempt_count": 1, "commit_sha": f"{n*7919:040x}"},
         order=n)
    for n in range(20_000)
]
try:
    lake.append(facts, source="ci")
except DiagnosticError as error:
    print(error.diagnostics[0].code)
"""


@pytest.mark.diagnostic("FL8002")
def test_full_disk_is_a_clear_error_and_stored_facts_stay(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.append([run_fact("kept")], source="ci")
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(lake.root)], capture_output=True, text=True
    )
    assert done.stdout.strip() == "FL8002", done.stderr
    assert current(Lake(lake.root)) == {"kept": "success"}
    assert lake.append([run_fact("next")], source="ci").total == 1


@pytest.mark.diagnostic("FL8001")
def test_lake_of_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    Lake(folder).append([run_fact("r1")], source="ci")
    (folder / "lake.json").write_text(json.dumps({"format_version": 99}))
    with pytest.raises(DiagnosticError) as caught:
        Lake(folder)
    assert caught.value.diagnostics[0].code == "FL8001"
    assert "format 99" in caught.value.diagnostics[0].message


@pytest.mark.diagnostic("FL8003")
@pytest.mark.parametrize("content", ["not json", "[]", '{"other": 1}'])
def test_damaged_marker_is_named(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "lake"
    folder.mkdir()
    (folder / "lake.json").write_text(content)
    with pytest.raises(DiagnosticError) as caught:
        Lake(folder)
    assert caught.value.diagnostics[0].code == "FL8003"


def test_folder_with_other_things_is_no_lake(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(DiagnosticError) as caught:
        Lake(tmp_path)
    assert caught.value.diagnostics[0].code == "FL8003"
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("values", "code", "part"),
    [
        ({"queue_seconds": 1.5}, "FL3102", "no whole number"),
        ({"queue_seconds": "soon"}, "FL3102", "no whole number"),
        ({"finished_at": datetime(2026, 1, 1)}, "FL3104", "no instant with a zone"),  # noqa: DTZ001
        ({"result": "great"}, "FL3110", "pipeline_runs.result"),
        ({"run_ref": None}, "FL3102", "part of the key"),
        ({"queue_seconds": 10**30}, "FL3102", "does not fit"),
    ],
)
def test_value_that_does_not_fit_is_refused_and_nothing_is_written(
    tmp_path: Path, values: dict[str, object], code: str, part: str
) -> None:
    lake = Lake(tmp_path / "lake")
    with pytest.raises(DiagnosticError) as caught:
        lake.append([run_fact("good"), run_fact("bad", **values)], source="ci")
    assert caught.value.diagnostics[0].code == code
    assert part in caught.value.diagnostics[0].message
    assert current(lake) == {}

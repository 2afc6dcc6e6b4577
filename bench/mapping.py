"""GitHub `workflow_run` payloads from an NDJSON file to facts in the lake, on one core.

50,000 payloads made from the recorded example, each with its own ids, repository, instants, attempt
and conclusion: 3.3 kB each without the addresses that nested objects repeat, and once more as long
as GitHub sends them. Ours: read, check, map, pass over what the lake holds, append, sync to disk.
The alternative is the floor of any Python program: `json.loads` of each line and nothing else.
Afterwards the facts are read back and compared with the payloads.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.figure import Figure, apart, best_of, peak_mebibytes, run_alone, sized, timed
from fairlead.connectors import load_connector
from fairlead.ingest.documents import read_file
from fairlead.ingest.intake import Intake
from fairlead.ingest.journal import Journal
from fairlead.store.lake import Lake
from fairlead.store.session import DuckSession

PAYLOADS, REPOSITORIES, REPEATS = 50_000, 200, 3
ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "conformance/connectors/github/workflow_run.completed.json"
START = datetime(2026, 1, 1, tzinfo=UTC)
CONCLUSIONS = {"success": "success", "failure": "failure", "timed_out": "timeout"}
TARGET_RATE = 5_000


def shortened(body: dict[str, Any]) -> dict[str, Any]:
    """The payload without addresses in nested objects; the run itself keeps its own."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: bare(v) for k, v in value.items() if not k.endswith("url")}
        return value

    addresses = {k: v for k, v in body["workflow_run"].items() if k.endswith("url")}
    short: dict[str, Any] = bare(body)
    short["workflow_run"] |= addresses
    return short


def varied(text: str, count: int, seed: int) -> Iterator[str]:
    """Lines of payloads, each with ids and instants of its own."""
    rng, body = random.Random(seed), json.loads(text)
    run, conclusions = body["workflow_run"], list(CONCLUSIONS)
    for number in range(count):
        created = START + timedelta(seconds=20 * number)
        lasted = timedelta(seconds=rng.randrange(30, 3_000))
        repository = f"acme/service{rng.randrange(REPOSITORIES)}"
        body["repository"]["full_name"] = repository
        run["repository"]["full_name"] = repository
        run["id"], run["run_number"] = 1_800_000_000 + number, number
        run["head_sha"] = f"{rng.getrandbits(160):040x}"
        run["conclusion"] = rng.choice(conclusions)
        run["run_attempt"] = 1 + (rng.random() < 0.02)
        run["created_at"] = f"{created:%Y-%m-%dT%H:%M:%SZ}"
        run["run_started_at"] = f"{created:%Y-%m-%dT%H:%M:%SZ}"
        run["updated_at"] = f"{created + lasted:%Y-%m-%dT%H:%M:%SZ}"
        yield json.dumps(body, separators=(",", ":"))


def write_payloads(path: Path, count: int, whole: bool) -> None:
    """An NDJSON file of payloads; the name of the file is the name of the event."""
    body = json.loads(EXAMPLE.read_text())
    text = json.dumps(body if whole else shortened(body))
    with path.open("w") as file:
        file.writelines(line + "\n" for line in varied(text, count, 11))


def pin() -> None:
    """Keep every thread of this process on one core, those that libraries started too."""
    core = {min(os.sched_getaffinity(0))}
    for task in Path("/proc/self/task").iterdir():
        os.sched_setaffinity(int(task.name), core)


def take_all(path: Path, folder: Path) -> int:
    """Payloads of a file into a fresh lake; how many facts were written."""
    intake = Intake(
        Lake(folder / "lake"),
        Journal(folder / "journal.sqlite"),
        load_connector("github"),
        "github",
    )
    report = intake.take(read_file(path))
    assert not report.held_count, report.held
    return report.facts_written


def times(path: Path, count: int) -> tuple[float, float, float]:
    """Seconds of ours and of `json.loads`, and our peak memory, on one core."""
    pin()
    seconds = []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as folder:
            spent, written = timed(lambda: take_all(path, Path(folder)))
            seconds.append(spent)
            assert written == count, (written, count)
            peak = peak_mebibytes()
            _assert_read_back(path, Path(folder) / "lake")
    parsed = best_of(REPEATS, lambda: _parse_alone(path))
    return min(seconds), parsed, peak


def _parse_alone(path: Path) -> None:
    with path.open("rb") as lines:
        for line in lines:
            json.loads(line)


def _assert_read_back(path: Path, root: Path) -> None:
    """Every hundredth payload stands in the lake with its ids, instants and result."""
    with DuckSession(Lake(root)) as session:
        rows = {row["run_ref"]: row for row in session.rows("pipeline_runs")}
    with path.open() as lines:
        for number, line in enumerate(lines):
            if number % 100:
                continue
            run = json.loads(line)["workflow_run"]
            row = rows[str(run["id"])]
            assert row["result"] == CONCLUSIONS[run["conclusion"]], row
            assert row["repo_id"] == run["repository"]["full_name"], row
            assert row["commit_sha"] == run["head_sha"], row
            assert row["attempt_count"] == run["run_attempt"], row
            assert row["finished_at"] == datetime.fromisoformat(run["updated_at"]), row


def measure(scale: float = 1.0) -> list[Figure]:
    """One figure for short payloads, which the target speaks of, and one for whole ones."""
    count, found = sized(PAYLOADS, scale, 100), []
    for whole in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            path, half = (Path(folder) / part / "workflow_run.ndjson" for part in ("a", "b"))
            for target, number in ((path, count), (half, count // 2)):
                target.parent.mkdir()
                write_payloads(target, number, whole)
            seconds, parsed, peak = apart(times, path, count)
            halved, _, _ = apart(times, half, count // 2)
            length = path.stat().st_size / count / 1000
        rate = count / seconds
        found.append(
            Figure(
                work=f"{count:,} workflow_run payloads of {length:.1f} kB to facts, one core",
                seconds=seconds,
                alternative="`json.loads` of each line alone",
                alternative_seconds=parsed,
                target="" if whole else f"at least {TARGET_RATE:,} a second",
                is_met=whole or rate >= TARGET_RATE,
                growth=seconds / halved,
                peak_mebibytes=peak,
                note=f"{rate:,.0f} a second; `json.loads` {count / parsed:,.0f} a second",
            )
        )
    return found


def main() -> int:
    """Measure and print; 1 when the target is missed."""
    return run_alone(measure)


if __name__ == "__main__":
    sys.exit(main())
